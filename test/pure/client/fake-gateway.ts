import type { WebSocket } from "ws";
import { FrameRateLimit } from "../../../src/sockets/frame-rate-limit.ts";
import type { ProblemInit } from "../../../src/protocol/index.ts";
import { problem } from "../../../src/protocol/index.ts";
import { FakeHttp, type Frame } from "./fake-http.ts";
import { FakeLog, type Row } from "./fake-log.ts";

export const channelIdOf = (index: number): string =>
  `chn_01ARZ3NDEKTSV4RRFFQ69G5F${String(index).padStart(2, "0")}`;

interface Client {
  allowance: FrameRateLimit;
  subscribed: Set<string>;
}

/** Fakes the gateway socket of the contract: channels, the user's events, and deliberate faults. */
export class FakeGateway extends FakeHttp {
  readonly channels = new Map<string, FakeLog>();
  /** The log of the user's own events. */
  own: object[] = [];
  ownEpoch = "own-one";
  /** Errors for the next subscriptions to a channel, in turn. */
  readonly refusals = new Map<string, ProblemInit[]>();
  /** Commands to these channels are lost on their way. */
  readonly lost = new Set<string>();
  /** Errors for the next commands, in turn. */
  readonly refuseNext: ProblemInit[] = [];
  /** Whether the fake omits `unsubscribed` when a client leaves a channel. */
  holdsLeaves = false;
  rateLimited = 0;
  /** The most subscriptions that a socket had at a time. */
  mostOnASocket = 0;
  /** What `…/unreads` returns. */
  unreads: object[] = [{ channelId: channelIdOf(1), unread: 3 }];
  /** When unreads were requested. */
  readonly unreadsAskedAt: number[] = [];
  readonly #clients = new Map<WebSocket, Client>();

  /** Returns the log of a channel, created at its first use. */
  log(channelId: string): FakeLog {
    const log = this.channels.get(channelId) ?? new FakeLog(channelId);
    this.channels.set(channelId, log);
    return log;
  }

  append(channelId: string, content: string): void {
    this.#tell(channelId, this.log(channelId).append(content));
  }

  /** Sends envelopes to all subscribers of a channel. */
  #tell(channelId: string, ...envelopes: object[]): void {
    for (const [socket, { subscribed }] of this.#clients)
      if (subscribed.has(channelId)) this.send(socket, ...envelopes);
  }

  signal(channelId: string, type: string, data: object): void {
    this.#tell(channelId, { type, channelId, data });
  }

  appendOwn(type: string, data: object = {}): void {
    const event = { type, seq: this.own.length + 1, at: "", data };
    this.own.push(event);
    for (const socket of this.sockets) this.send(socket, event);
  }

  restart(channelId: string, retryAfterMs = 10): void {
    this.#unsubscribe(channelId, { reason: "restart", retryAfterMs });
  }

  remove(channelId: string): void {
    this.#unsubscribe(channelId, { reason: "removed", seq: this.log(channelId).place.seq });
    this.refusals.set(
      channelId,
      Array.from({ length: 9 }, () => ({ code: "not_found", detail: "No" })),
    );
  }

  /** Returns the frames of a type that clients sent on any connection. */
  asked(type: string): Frame[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  contents(channelId: string): string[] {
    return this.log(channelId).rows.map(({ data }) => data.message.content);
  }

  protected welcome(socket: WebSocket, { searchParams }: URL): void {
    const { commandsPerSecond: perSecond, commandsBurst: burst } = this;
    const limits = { perSecond, burst, rejectionsPerMinute: 200, invalidFramesPerMinute: 20 };
    this.#clients.set(socket, { allowance: new FrameRateLimit(limits), subscribed: new Set() });
    socket.on("close", () => this.#clients.delete(socket));
    const place = { seq: this.own.length, epoch: this.ownEpoch };
    const since = searchParams.get("since");
    const isKnown = searchParams.get("epoch") === this.ownEpoch && Number(since) <= place.seq;
    const missed = isKnown ? this.own.slice(Number(since)) : [{ type: "reset", data: place }];
    this.send(socket, this.hello(place), ...(since === null ? [] : missed));
  }

  protected hear(socket: WebSocket, frame: Frame): void {
    const client = this.#clients.get(socket);
    if (!client || frame.type === "seen") return;
    const retryAfterMs = client.allowance.tryAcquire(Date.now());
    if (retryAfterMs > 0) {
      this.rateLimited++;
      return this.#refuse(socket, frame, { code: "rate_limited", detail: "Slower", retryAfterMs });
    }
    if (frame.type === "subscribe") return this.#subscribe(socket, frame);
    if (frame.type === "unsubscribe") return this.#leave(socket, frame);
    if (frame.type === "statusUpdate")
      return this.send(socket, { type: "ack", id: frame.id, data: { userId: "u", ...frame.data } });
    if (frame.type === "messageCreate") this.#command(socket, frame);
  }

  protected read(url: URL): object | null {
    if (url.pathname === "/v1/users/me/unreads") {
      this.unreadsAskedAt.push(performance.now());
      return { items: this.unreads, nextCursor: null };
    }
    if (url.pathname === "/v1/realtime/ticket") return { ticket: "usr_u.secret", expiresIn: 30 };
    const channelId = url.pathname.split("/")[3] ?? "";
    return url.pathname.endsWith("/events") ? this.log(channelId).page(url) : {};
  }

  #subscribe(socket: WebSocket, frame: Frame): void {
    const { channelId = "", data } = frame;
    const refusal = this.refusals.get(channelId)?.shift();
    if (refusal) return this.#refuse(socket, frame, refusal, channelId);
    const subscribed = this.#clients.get(socket)?.subscribed ?? new Set();
    if (subscribed.size >= this.channelsOfSocket && !subscribed.has(channelId))
      return this.#refuse(socket, frame, { code: "conflict", detail: "Too many channels" }, channelId);
    this.mostOnASocket = Math.max(this.mostOnASocket, subscribed.size + 1);
    const log = this.log(channelId);
    const since = (data["since"] as number | undefined) ?? null;
    this.#clients.get(socket)?.subscribed.add(channelId);
    const missed = log.missedSince(since, (data["epoch"] as string | undefined) ?? null, this.replayEvents);
    this.send(socket, ...missed, log.subscribed());
  }

  #leave(socket: WebSocket, { channelId = "" }: Frame): void {
    this.#clients.get(socket)?.subscribed.delete(channelId);
    if (!this.holdsLeaves) this.sayLeft(channelId);
  }

  sayLeft(channelId: string): void {
    for (const socket of this.sockets)
      this.send(socket, { type: "unsubscribed", channelId, data: { reason: "requested" } });
  }

  #command(socket: WebSocket, frame: Frame): void {
    const { id, channelId = "", data } = frame;
    if (this.lost.has(channelId)) return;
    const refusal = this.refuseNext.shift();
    if (refusal) return this.#refuse(socket, frame, refusal);
    const { ack, made } = this.log(channelId).take(data as { content: string; nonce: string });
    if (!this.mute) this.send(socket, { type: "ack", id, data: ack });
    if (made) this.#tell(channelId, made as Row);
  }

  #refuse(socket: WebSocket, { id }: Frame, refusal: ProblemInit, channelId?: string): void {
    this.send(socket, { type: "error", id, channelId, error: problem(refusal) });
  }

  #unsubscribe(channelId: string, data: object): void {
    this.#tell(channelId, { type: "unsubscribed", channelId, data });
    for (const { subscribed } of this.#clients.values()) subscribed.delete(channelId);
  }
}
