import { closeSocket } from "../../sockets/close-socket.ts";
import { supervisorCodes } from "../../sockets/supervision.ts";

const clientTag = (supervisionId: string): string => `client:${supervisionId}`;
const supervisorTag = (supervisionId: string): string => `supervisor:${supervisionId}`;

/** Returns the tags of a client's socket; none if the Worker does not supervise it. */
export const tagsOf = (supervisionId: string | undefined): string[] =>
  supervisionId === undefined ? [] : [clientTag(supervisionId)];

/**
 * The sockets over which the room reports that a client's socket closes, so that the Worker can end its TCP connection
 * (`gateway/room-supervisor.ts`). They hibernate with the room. A tag links each to its client's socket.
 */
export class Supervisors {
  readonly #ctx: DurableObjectState;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
  }

  /** Accepts a supervisor's socket; 404 if the client's socket is no longer open. */
  connect(supervisionId: string): Response {
    const isOpen = this.#ctx
      .getWebSockets(clientTag(supervisionId))
      .some(({ readyState }) => readyState === WebSocket.OPEN);
    if (!isOpen) return new Response(null, { status: 404 });
    const { 0: webSocket, 1: server } = new WebSocketPair();
    // Without an attachment, so that `SocketRegistry` does not treat it as a subscriber's socket.
    this.#ctx.acceptWebSocket(server, [supervisorTag(supervisionId)]);
    return new Response(null, { status: 101, webSocket });
  }

  /** Reports that the room has sent a close frame on this client's socket. */
  reportClosing(ws: WebSocket): void {
    for (const supervisor of this.#supervisorsOf(ws)) supervisor.send("closing");
  }

  /** Reports that the client has closed its socket. @param isOver whether both close frames have been received */
  reportClosed(ws: WebSocket, { isOver }: { isOver: boolean }): void {
    const code = isOver ? supervisorCodes.over : supervisorCodes.answered;
    for (const supervisor of this.#supervisorsOf(ws)) closeSocket(supervisor, code);
  }

  #supervisorsOf(ws: WebSocket): WebSocket[] {
    const [tag] = this.#tagsOf(ws);
    if (tag === undefined || !tag.startsWith(clientTag(""))) return [];
    return this.#ctx
      .getWebSockets(supervisorTag(tag.slice(clientTag("").length)))
      .filter(({ readyState }) => readyState === WebSocket.OPEN);
  }

  #tagsOf(ws: WebSocket): string[] {
    try {
      return this.#ctx.getTags(ws);
    } catch {
      // `getTags` throws for a socket that the platform has released because its connection has ended.
      return [];
    }
  }
}
