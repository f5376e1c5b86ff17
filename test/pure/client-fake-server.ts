import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import type { ErrorCode } from "../../src/protocol/index.ts";
import { problem } from "../../src/protocol/index.ts";

export const channelId = "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV";

interface Row {
  type: string;
  channelId: string;
  seq: number;
  at: string;
  data: { message: { id: string; seq: number; rev: number; content: string } };
}

/** One room as the contract describes it, small enough to make it misbehave on purpose. */
export class FakeServer {
  log: Row[] = [];
  epoch = "epoch-one";
  heartbeatMs = 10_000;
  confirmEveryBytes = 256 * 1024;
  /** More missed events than these are a gap. */
  replayEvents = 1_000;
  /** Access tokens that it takes. */
  accepted = new Set(["access-one"]);
  /** It takes commands but says nothing: as if cut between commit and ack. */
  mute = false;
  silent = false;
  /** What clients said, parsed, `ping` aside. */
  readonly frames: { id?: number; type: string; data: Record<string, unknown> }[] = [];
  readonly upgrades: URL[] = [];
  readonly requests: string[] = [];
  pings = 0;
  refuseNext: ErrorCode | null = null;
  readonly sockets = new Set<WebSocket>();
  #port = 0;
  readonly #nonces = new Map<string, Row>();
  readonly #http = createServer((request, response) => this.#answer(request, response));
  readonly #ws = new WebSocketServer({ noServer: true, handleProtocols: () => "parley.v1" });

  constructor() {
    this.#http.on("upgrade", (request, socket, head) => {
      this.upgrades.push(new URL(request.url ?? "", "http://fake"));
      if (!this.#admits(request))
        return void socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
      this.#ws.handleUpgrade(request, socket, head, (accepted) =>
        this.#welcome(accepted, this.upgrades.at(-1)!),
      );
    });
  }

  /** On the port that it had, if it was stopped. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#http.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (this.#http.address() as AddressInfo).port;
    return `http://127.0.0.1:${this.#port}`;
  }

  async stop(): Promise<void> {
    this.cut();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  append(content: string, nonce?: string): Row {
    const seq = this.log.length + 1;
    const row = {
      type: "messageCreate",
      channelId,
      seq,
      at: "",
      data: { message: { id: `msg_${seq}`, seq, rev: seq, content } },
    };
    this.log.push(row);
    if (nonce) this.#nonces.set(nonce, row);
    this.broadcast(row);
    return row;
  }

  broadcast(...envelopes: object[]): void {
    if (!this.silent) for (const socket of this.sockets) socket.send(JSON.stringify(envelopes));
  }

  /** As a network that dies: no close frame. */
  cut(): void {
    for (const socket of this.sockets) socket.terminate();
    this.sockets.clear();
  }

  close(code: number, reason = ""): void {
    for (const socket of this.sockets) socket.close(code, reason);
    this.sockets.clear();
  }

  get place() {
    return { seq: this.log.length, epoch: this.epoch };
  }

  #welcome(socket: WebSocket, { searchParams }: URL): void {
    const limits = {
      frameBytes: 65_536,
      contentLength: 8_000,
      replayEvents: this.replayEvents,
      confirmEveryBytes: this.confirmEveryBytes,
    };
    const frame: object[] = [
      {
        type: "hello",
        data: { userId: "u", sessionId: "s", heartbeatMs: this.heartbeatMs, limits, ...this.place },
      },
    ];
    const since = Number(searchParams.get("since") ?? this.log.length);
    if (searchParams.has("epoch") && (searchParams.get("epoch") !== this.epoch || since > this.log.length)) {
      frame.push({ type: "reset", channelId, data: this.place });
    } else {
      const from = Math.max(since, this.log.length - this.replayEvents);
      if (from > since) frame.push({ type: "gap", channelId, data: { from: since + 1, to: from } });
      frame.push(...this.log.slice(from));
    }
    frame.push({ type: "subscribed", channelId, data: { ...this.place, online: [], onlineCount: 0 } });
    socket.on("message", (data) => this.#hear(socket, String(data)));
    socket.on("close", () => this.sockets.delete(socket));
    this.sockets.add(socket);
    if (!this.silent) socket.send(JSON.stringify(frame));
  }

  #hear(socket: WebSocket, text: string): void {
    if (text === "ping") {
      this.pings++;
      if (!this.silent) socket.send("pong");
      return;
    }
    const frame = JSON.parse(text);
    this.frames.push(frame);
    if (frame.type !== "messageCreate") return;
    if (this.refuseNext) {
      socket.send(
        JSON.stringify([
          { type: "error", id: frame.id, error: problem({ code: this.refuseNext, detail: "No" }) },
        ]),
      );
      this.refuseNext = null;
      return;
    }
    const { content, nonce } = frame.data;
    const known = this.#nonces.get(nonce);
    const row = known ?? this.append(content, nonce);
    if (!this.mute)
      socket.send(
        JSON.stringify([
          { type: "ack", id: frame.id, data: { ...row.data, nonce, ...(known && { deduplicated: true }) } },
        ]),
      );
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://fake");
    this.requests.push(`${request.method} ${pathname}`);
    const reply = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (pathname === "/v1/auth/refresh") {
      this.accepted.add("access-two");
      return reply(200, {
        tokens: { accessToken: "access-two", refreshToken: "r2", tokenType: "Bearer", expiresIn: 900 },
      });
    }
    if (!this.#admits(request)) return reply(401, problem({ code: "unauthenticated", detail: "No" }));
    const after = Number(searchParams.get("after"));
    const events = this.log.slice(after, after + Number(searchParams.get("limit")));
    reply(200, { events, ...this.place, hasMore: after + events.length < this.log.length });
  }

  #admits({ headers }: IncomingMessage): boolean {
    return this.accepted.has((headers.authorization ?? "").replace("Bearer ", ""));
  }
}
