import type { WebSocket } from "ws";
import { FrameRateLimit } from "../../../src/sockets/frame-rate-limit.ts";
import type { ProblemInit } from "../../../src/protocol/index.ts";
import { problem } from "../../../src/protocol/index.ts";
import { FakeHttp, type Frame } from "./fake-http.ts";
import { FakeLog, type Row } from "./fake-log.ts";

export const channelIdOf = (index: number): string =>
  `chn_01ARZ3NDEKTSV4RRFFQ69G5F${String(index).padStart(2, "0")}`;

interface Client {
  rateLimit: FrameRateLimit;
  subscribed: Set<string>;
}

/** Fakes the gateway socket of the contract: channels, the user's events, and deliberate faults. */
export class FakeGateway extends FakeHttp {
  readonly channels = new Map<string, FakeLog>();
  /** The log of the user's own events. */
  userEvents: object[] = [];
  userEpoch = "own-one";
  /** Errors for the next subscriptions to a channel, in turn. */
  readonly subscriptionErrors = new Map<string, ProblemInit[]>();
  /** Commands to these channels are lost on their way. */
  readonly lossyChannels = new Set<string>();
  /** Errors for the next commands, in turn. */
  readonly commandErrors: ProblemInit[] = [];
  /** Whether the fake omits `unsubscribed` when a client leaves a channel. */
  omitsUnsubscribed = false;
  rateLimited = 0;
  /** The most subscriptions that a socket had at a time. */
  maxSubscribed = 0;
  /** What `…/unreads` returns. */
  unreads: object[] = [{ channelId: channelIdOf(1), unread: 3 }];
  /** When unreads were requested. */
  readonly unreadsRequestedAt: number[] = [];
  readonly #clients = new Map<WebSocket, Client>();

  /** Returns the log of a channel, created at its first use. */
  log(channelId: string): FakeLog {
    const log = this.channels.get(channelId) ?? new FakeLog(channelId);
    this.channels.set(channelId, log);
    return log;
  }

  append(channelId: string, content: string): void {
    this.#broadcast(channelId, this.log(channelId).append(content));
  }

  /** Sends envelopes to all subscribers of a channel. */
  #broadcast(channelId: string, ...envelopes: object[]): void {
    for (const [socket, { subscribed }] of this.#clients)
      if (subscribed.has(channelId)) this.send(socket, ...envelopes);
  }

  signal(channelId: string, type: string, data: object): void {
    this.#broadcast(channelId, { type, channelId, data });
  }

  appendUserEvent(type: string, data: object = {}): void {
    const event = { type, seq: this.userEvents.length + 1, at: "", data };
    this.userEvents.push(event);
    for (const socket of this.sockets) this.send(socket, event);
  }

  restart(channelId: string, retryAfterMs = 10): void {
    this.#unsubscribe(channelId, { reason: "restart", retryAfterMs });
  }

  remove(channelId: string): void {
    this.#unsubscribe(channelId, { reason: "removed", seq: this.log(channelId).position.seq });
    this.subscriptionErrors.set(
      channelId,
      Array.from({ length: 9 }, () => ({ code: "not_found", detail: "No" })),
    );
  }

  /** Returns the frames of a type that clients sent on any connection. */
  framesOfType(type: string): Frame[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  contents(channelId: string): string[] {
    return this.log(channelId).rows.map(({ data }) => data.message.content);
  }

  protected onOpen(socket: WebSocket, { searchParams }: URL): void {
    const { commandsPerSecond: perSecond, commandsBurst: burst } = this;
    const limits = { perSecond, burst, rejectionsPerMinute: 200, invalidFramesPerMinute: 20 };
    this.#clients.set(socket, { rateLimit: new FrameRateLimit(limits), subscribed: new Set() });
    socket.on("close", () => this.#clients.delete(socket));
    const position = { seq: this.userEvents.length, epoch: this.userEpoch };
    const since = searchParams.get("since");
    const isKnown = searchParams.get("epoch") === this.userEpoch && Number(since) <= position.seq;
    const missed = isKnown ? this.userEvents.slice(Number(since)) : [{ type: "reset", data: position }];
    this.send(socket, this.hello(position), ...(since === null ? [] : missed));
  }

  protected onFrame(socket: WebSocket, frame: Frame): void {
    const client = this.#clients.get(socket);
    if (!client || frame.type === "seen") return;
    const retryAfterMs = client.rateLimit.tryAcquire(Date.now());
    if (retryAfterMs > 0) {
      this.rateLimited++;
      return this.#sendError(socket, frame, { code: "rate_limited", detail: "Slower", retryAfterMs });
    }
    if (frame.type === "subscribe") return this.#subscribe(socket, frame);
    if (frame.type === "unsubscribe") return this.#unsubscribeSocket(socket, frame);
    if (frame.type === "statusUpdate")
      return this.send(socket, { type: "ack", id: frame.id, data: { userId: "u", ...frame.data } });
    if (frame.type === "messageCreate") this.#command(socket, frame);
  }

  protected responseTo(url: URL): object | null {
    if (url.pathname === "/v1/users/me/unreads") {
      this.unreadsRequestedAt.push(performance.now());
      return { items: this.unreads, nextCursor: null };
    }
    if (url.pathname === "/v1/realtime/ticket") return { ticket: "usr_u.secret", expiresIn: 30 };
    const channelId = url.pathname.split("/")[3] ?? "";
    return url.pathname.endsWith("/events") ? this.log(channelId).page(url) : {};
  }

  #subscribe(socket: WebSocket, frame: Frame): void {
    const { channelId = "", data } = frame;
    const error = this.subscriptionErrors.get(channelId)?.shift();
    if (error) return this.#sendError(socket, frame, error, channelId);
    const subscribed = this.#clients.get(socket)?.subscribed ?? new Set();
    if (subscribed.size >= this.maxSubscriptions && !subscribed.has(channelId))
      return this.#sendError(socket, frame, { code: "conflict", detail: "Too many channels" }, channelId);
    this.maxSubscribed = Math.max(this.maxSubscribed, subscribed.size + 1);
    const log = this.log(channelId);
    const since = (data["since"] as number | undefined) ?? null;
    this.#clients.get(socket)?.subscribed.add(channelId);
    const missed = log.envelopesSince(
      since,
      (data["epoch"] as string | undefined) ?? null,
      this.replayEvents,
    );
    this.send(socket, ...missed, log.subscribed());
  }

  #unsubscribeSocket(socket: WebSocket, { channelId = "" }: Frame): void {
    this.#clients.get(socket)?.subscribed.delete(channelId);
    if (!this.omitsUnsubscribed) this.sendUnsubscribed(channelId);
  }

  sendUnsubscribed(channelId: string): void {
    for (const socket of this.sockets)
      this.send(socket, { type: "unsubscribed", channelId, data: { reason: "requested" } });
  }

  #command(socket: WebSocket, frame: Frame): void {
    const { id, channelId = "", data } = frame;
    if (this.lossyChannels.has(channelId)) return;
    const error = this.commandErrors.shift();
    if (error) return this.#sendError(socket, frame, error);
    const { ack, made } = this.log(channelId).commit(data as { content: string; nonce: string });
    if (!this.sendsNoAcks) this.send(socket, { type: "ack", id, data: ack });
    if (made) this.#broadcast(channelId, made as Row);
  }

  #sendError(socket: WebSocket, { id }: Frame, error: ProblemInit, channelId?: string): void {
    this.send(socket, { type: "error", id, channelId, error: problem(error) });
  }

  #unsubscribe(channelId: string, data: object): void {
    this.#broadcast(channelId, { type: "unsubscribed", channelId, data });
    for (const { subscribed } of this.#clients.values()) subscribed.delete(channelId);
  }
}
