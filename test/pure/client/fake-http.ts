import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { problem } from "../../../src/protocol/index.ts";

export interface Frame {
  id?: number;
  type: string;
  channelId?: string;
  data: Record<string, unknown>;
}

/** What the fake servers share: a port, sessions, and sockets that can be cut. */
export abstract class FakeHttp {
  heartbeatMs = 10_000;
  /** The delay before `hello`, in milliseconds. */
  helloDelayMs = 0;
  confirmEveryBytes = 256 * 1024;
  /** More missed events than this are a gap. */
  replayEvents = 1_000;
  commandsPerSecond = 100_000;
  commandsBurst = 100_000;
  /** Subscriptions that one socket may have. */
  maxSubscriptions = 50;
  /** Access tokens and tickets that are accepted. */
  acceptedTokens = new Set(["access-one"]);
  /** Whether the server accepts commands without an ack, as if cut between commit and ack. */
  sendsNoAcks = false;
  sendsNothing = false;
  /** Whether REST requests get a 503. */
  isRestDown = false;
  /** Whether the session must pass a second factor: requests get a 403, and so do upgrades. */
  lacksSecondFactor = false;
  /** How often each frame is sent. */
  copies = 1;
  /** What clients sent, parsed, without `ping`. */
  readonly frames: Frame[] = [];
  readonly upgrades: URL[] = [];
  readonly requests: string[] = [];
  pings = 0;
  readonly sockets = new Set<WebSocket>();
  readonly #halfOpen = new WeakSet<WebSocket>();
  #port = 0;
  readonly #http = createServer((request, response) => this.#respond(request, response));
  readonly #ws = new WebSocketServer({ noServer: true, handleProtocols: () => "parley.v1" });

  constructor() {
    this.#http.on("upgrade", (request, socket, head) => {
      const url = new URL(request.url ?? "", "http://fake");
      this.upgrades.push(url);
      if (!this.#isAuthenticated(request))
        return void socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
      if (this.lacksSecondFactor)
        return void socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
      this.#ws.handleUpgrade(request, socket, head, (accepted) => {
        accepted.on("message", (data) => this.#onMessage(accepted, String(data)));
        accepted.on("close", () => this.sockets.delete(accepted));
        this.sockets.add(accepted);
        if (this.helloDelayMs === 0) return this.onOpen(accepted, url);
        setTimeout(() => this.onOpen(accepted, url), this.helloDelayMs);
      });
    });
  }

  protected abstract onOpen(socket: WebSocket, url: URL): void;
  protected abstract onFrame(socket: WebSocket, frame: Frame): void;
  /** Null if it does not exist. */
  protected abstract responseTo(url: URL): object | null;

  /** Listens on the previous port, if it was stopped. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#http.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (this.#http.address() as AddressInfo).port;
    return `http://127.0.0.1:${this.#port}`;
  }

  async stop(): Promise<void> {
    this.terminateSockets();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  /** Makes open connections half-open: nothing more is sent on them, not even a close. New ones work. */
  makeHalfOpen(): void {
    for (const socket of this.sockets) this.#halfOpen.add(socket);
  }

  #isSilent(socket: WebSocket): boolean {
    return this.sendsNothing || this.#halfOpen.has(socket);
  }

  send(socket: WebSocket, ...envelopes: object[]): void {
    if (this.#isSilent(socket)) return;
    for (let copy = 0; copy < this.copies; copy++) socket.send(JSON.stringify(envelopes));
  }

  /** Breaks the connections as a network failure does: without a close frame. */
  terminateSockets(): void {
    for (const socket of this.sockets) socket.terminate();
    this.sockets.clear();
  }

  close(code: number, reason = ""): void {
    for (const socket of this.sockets) socket.close(code, reason);
    this.sockets.clear();
  }

  protected hello(place: object): object {
    const { heartbeatMs, replayEvents, confirmEveryBytes, commandsPerSecond, commandsBurst } = this;
    const limits = {
      frameBytes: 65_536,
      contentLength: 8_000,
      replayEvents,
      confirmEveryBytes,
      commandsPerSecond,
      commandsBurst,
      channels: this.maxSubscriptions,
    };
    return { type: "hello", data: { userId: "u", sessionId: "s", heartbeatMs, limits, ...place } };
  }

  #onMessage(socket: WebSocket, text: string): void {
    if (text === "ping") {
      this.pings++;
      if (!this.#isSilent(socket)) socket.send("pong");
      return;
    }
    const frame = JSON.parse(text) as Frame;
    this.frames.push(frame);
    if (this.#halfOpen.has(socket)) return;
    this.onFrame(socket, frame);
  }

  #respond(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "", "http://fake");
    this.requests.push(`${request.method} ${url.pathname}`);
    const reply = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (this.lacksSecondFactor)
      return reply(403, problem({ code: "second_factor_required", detail: "Pass it first" }));
    if (this.isRestDown) return reply(503, problem({ code: "unavailable", detail: "Down" }));
    if (url.pathname === "/v1/auth/refresh") {
      this.acceptedTokens.add("access-two");
      return reply(200, {
        tokens: { accessToken: "access-two", refreshToken: "r2", tokenType: "Bearer", expiresIn: 900 },
      });
    }
    if (!this.#isAuthenticated(request))
      return reply(401, problem({ code: "unauthenticated", detail: "No" }));
    const body = this.responseTo(url);
    reply(body ? 200 : 404, body ?? problem({ code: "not_found", detail: "No" }));
  }

  #isAuthenticated({ headers }: IncomingMessage): boolean {
    const ticket = /ticket\.([^, ]+)/.exec(headers["sec-websocket-protocol"] ?? "")?.[1];
    return this.acceptedTokens.has(ticket ?? (headers.authorization ?? "").replace("Bearer ", ""));
  }
}
