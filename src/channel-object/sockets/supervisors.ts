import { splitSupervisionId, supervisionFrame, type SupervisionReport } from "../../sockets/supervision.ts";

const clientPrefix = "client:";
const supervisorTag = (supervisorId: string): string => `supervisor:${supervisorId}`;

/** Returns the tags of a client's socket; none if the Worker does not supervise it. */
export const tagsOf = (supervisionId: string | undefined): string[] =>
  supervisionId === undefined ? [] : [clientPrefix + supervisionId];

/**
 * The sockets over which the room reports that clients' sockets close, so that the Worker can end their TCP connections
 * (`gateway/room-supervisor.ts`). They hibernate with the room. A client's socket has a tag with the id of its supervisor.
 */
export class Supervisors {
  readonly #ctx: DurableObjectState;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
  }

  /** Accepts a supervisor's socket. */
  connect(supervisorId: string): Response {
    const { 0: webSocket, 1: server } = new WebSocketPair();
    // Without an attachment, so that `SocketRegistry` does not treat it as a subscriber's socket.
    this.#ctx.acceptWebSocket(server, [supervisorTag(supervisorId)]);
    return new Response(null, { status: 101, webSocket });
  }

  /** Reports that the room has sent a close frame on this client's socket. */
  reportClosing(ws: WebSocket): void {
    this.#report(ws, "closing");
  }

  /** Reports that the client has closed its socket. @param isOver whether both close frames have been received */
  reportClosed(ws: WebSocket, { isOver }: { isOver: boolean }): void {
    this.#report(ws, isOver ? "over" : "answered");
  }

  #report(ws: WebSocket, report: SupervisionReport): void {
    const [tag] = this.#tagsOf(ws);
    if (!tag?.startsWith(clientPrefix)) return;
    const [supervisorId, number] = splitSupervisionId(tag.slice(clientPrefix.length));
    for (const supervisor of this.#ctx.getWebSockets(supervisorTag(supervisorId)))
      if (supervisor.readyState === WebSocket.OPEN) supervisor.send(supervisionFrame(report, number));
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
