import { closeSocket } from "../../sockets/close-socket.ts";
import { supervisorCodes } from "../../sockets/supervision.ts";

const clientTag = (supervisionId: string): string => `client:${supervisionId}`;
const supervisorTag = (supervisionId: string): string => `supervisor:${supervisionId}`;

/** The tags of a client's socket that the Worker supervises. */
export const tagsOf = (supervisionId: string | undefined): string[] =>
  supervisionId === undefined ? [] : [clientTag(supervisionId)];

/**
 * The sockets over which the room reports the closing of its clients' sockets, so that the Worker can end their TCP connections
 * (`gateway/room-supervisor.ts`). They hibernate with the room; their tags tell which client's socket each belongs to.
 */
export class Supervisors {
  readonly #ctx: DurableObjectState;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
  }

  /** Accepts a supervisor's socket; 404 where the client's socket is not open any more. */
  connect(supervisionId: string): Response {
    const isOpen = this.#ctx
      .getWebSockets(clientTag(supervisionId))
      .some(({ readyState }) => readyState === WebSocket.OPEN);
    if (!isOpen) return new Response(null, { status: 404 });
    const { 0: webSocket, 1: server } = new WebSocketPair();
    // Without an attachment: it is no reader's.
    this.#ctx.acceptWebSocket(server, [supervisorTag(supervisionId)]);
    return new Response(null, { status: 101, webSocket });
  }

  /** The room has sent a close frame on this client's socket. */
  closing(ws: WebSocket): void {
    this.#of(ws, (supervisor) => supervisor.send("closing"));
  }

  /** The client has closed its socket. `isOver`: both sides' close frames have been received. */
  closed(ws: WebSocket, { isOver }: { isOver: boolean }): void {
    const code = isOver ? supervisorCodes.over : supervisorCodes.answered;
    this.#of(ws, (supervisor) => closeSocket(supervisor, code));
  }

  #of(ws: WebSocket, report: (supervisor: WebSocket) => void): void {
    const [tag] = this.#tagsOf(ws);
    if (tag === undefined || !tag.startsWith(clientTag(""))) return;
    for (const supervisor of this.#ctx.getWebSockets(supervisorTag(tag.slice(clientTag("").length))))
      if (supervisor.readyState === WebSocket.OPEN) report(supervisor);
  }

  #tagsOf(ws: WebSocket): string[] {
    try {
      return this.#ctx.getTags(ws);
    } catch {
      // The platform has released it: its connection has ended.
      return [];
    }
  }
}
