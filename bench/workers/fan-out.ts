/**
 * The minimal object that stores a message and sends it to every socket, with which Parley is compared: no accounts, validation or
 * projections. It uses Parley's wire format, with one event in each frame, and commits before it acknowledges.
 */
import { DurableObject } from "cloudflare:workers";

interface FanOutEnv {
  FAN_OUT: DurableObjectNamespace<FanOut>;
}

interface Command {
  id: number;
  type: string;
  data: { content: string };
}

export class FanOut extends DurableObject<FanOutEnv> {
  #seq = 0;
  readonly #sockets = new Set<WebSocket>();

  constructor(ctx: DurableObjectState, env: FanOutEnv) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS messages (seq INTEGER PRIMARY KEY, content TEXT)");
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  override fetch(): Response {
    const { 0: webSocket, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    this.#sockets.add(server);
    server.send('[{"type":"subscribed"}]');
    return new Response(null, {
      status: 101,
      webSocket,
      headers: { "Sec-WebSocket-Protocol": "parley.v1" },
    });
  }

  override webSocketMessage(ws: WebSocket, text: string): void {
    const { id, type, data } = JSON.parse(text) as Command;
    if (type !== "messageCreate") return;
    const seq = ++this.#seq;
    this.ctx.storage.sql.exec("INSERT INTO messages VALUES (?, ?)", seq, data.content);
    const message = { seq, content: data.content, createdAt: new Date().toISOString() };
    ws.send(JSON.stringify([{ type: "ack", id, data: { message } }]));
    const frame = JSON.stringify([{ type: "messageCreate", seq, data: { message } }]);
    setTimeout(() => {
      for (const socket of this.#sockets) socket.send(frame);
    }, 0);
  }

  override webSocketClose(ws: WebSocket): void {
    this.#sockets.delete(ws);
    ws.close(1000);
  }
}

export default {
  fetch(request: Request, { FAN_OUT }: FanOutEnv): Promise<Response> {
    return FAN_OUT.getByName(new URL(request.url).pathname).fetch(request);
  },
};
