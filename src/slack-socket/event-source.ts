import type { EventOrigin, ParleyApi, SlackEvent } from "../features/slack/index.ts";
import { closeSocket } from "../sockets/close-socket.ts";
import {
  type Channel,
  closeCodes,
  type CommandInvocation,
  type EventEnvelope,
  getChannels,
  type ServerEnvelope,
  type UserEventEnvelope,
} from "../protocol/index.ts";
import { ChannelFeed, type ChannelFeedOptions } from "./channel-feed.ts";

export interface EventSourceOptions extends Omit<ChannelFeedOptions, "emit"> {
  /** Channels to which one connection is subscribed. */
  maxChannels: number;
  /** How often a message is sent so that the gateway does not close the socket as idle. */
  heartbeatMs: number;
  onEvent(event: SlackEvent, origin: EventOrigin): void;
  /** A user runs a slash command of the bot. */
  onCommand(invocation: CommandInvocation): void;
  /** All channels of the bot are subscribed to, or it took too long. */
  onReady(): void;
  /** The bot is a member of more channels than one connection carries. */
  onTooManyChannels(): void;
  /** Too many events wait for their translation. */
  onOverload(): void;
  /** The gateway closed the socket. */
  onClosed(isSessionEnded: boolean): void;
}

/** How long `hello` waits for the subscriptions. */
const readyTimeoutMs = 10_000;
/** Events of one channel that may wait for their translation. */
const maxWaiting = 2_000;
/** Bytes after which receipt is confirmed to the gateway. */
const confirmBytes = 64 * 1024;

/** A client of the gateway within the same isolate. It subscribes to all channels of a bot, and translates their events. */
export class EventSource {
  readonly #ws: WebSocket;
  readonly #options: EventSourceOptions;
  readonly #feeds = new Map<string, ChannelFeed>();
  /** Channels whose first subscription was not answered yet. */
  readonly #awaited = new Set<string>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #heartbeat: ReturnType<typeof setInterval>;
  #unconfirmed = 0;
  #isReady = false;
  #isOpen = true;

  constructor(ws: WebSocket, options: EventSourceOptions) {
    this.#ws = ws;
    this.#options = options;
    this.#heartbeat = setInterval(() => this.#sendText("ping"), options.heartbeatMs);
    ws.addEventListener("message", ({ data }) => this.#receive(String(data)));
    ws.addEventListener("close", ({ code }) => this.#handleClose(code));
    ws.addEventListener("error", () => this.#handleClose(1006));
    ws.accept();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#end();
    closeSocket(this.#ws, closeCodes.done.code);
  }

  get #api(): ParleyApi {
    return this.#options.api;
  }

  #receive(text: string): void {
    if (!this.#isOpen || text === "pong") return;
    this.#unconfirmed += Buffer.byteLength(text);
    if (this.#unconfirmed >= confirmBytes) {
      this.#send({ type: "seen", data: { bytes: this.#unconfirmed } });
      this.#unconfirmed = 0;
    }
    for (const envelope of JSON.parse(text) as ServerEnvelope[]) this.#handle(envelope);
  }

  #handle(envelope: ServerEnvelope): void {
    if ("seq" in envelope && "channelId" in envelope && envelope.channelId !== undefined)
      return this.#handleEvent(envelope as EventEnvelope);
    switch (envelope.type) {
      case "hello":
        void this.#subscribeAll().catch((error: unknown) => {
          this.#options.handleError(error);
          this.#becomeReady();
        });
        return;
      case "subscribed":
        this.#feeds.get(envelope.channelId)?.subscribed(envelope.data);
        return this.#answered(envelope.channelId);
      case "error":
        return this.#handleError(envelope);
      case "unsubscribed":
        if (envelope.data.reason === "restart")
          this.#subscribeLater(envelope.channelId, envelope.data.retryAfterMs);
        else this.#feeds.delete(envelope.channelId);
        return;
      case "gap":
        return this.#feeds.get(envelope.channelId)?.fill(envelope.data);
      case "reset":
        if (envelope.channelId !== undefined) this.#feeds.get(envelope.channelId)?.reset(envelope.data);
        return;
      case "commandInvoke":
        return this.#options.onCommand(envelope.data);
      case "channelCreate":
      case "memberJoin":
      case "memberLeave":
        return this.#handleMembership(envelope as UserEventEnvelope);
      default:
    }
  }

  #handleEvent(envelope: EventEnvelope): void {
    const feed = this.#feeds.get(envelope.channelId);
    feed?.push(envelope);
    if (feed && feed.waiting > maxWaiting) this.#options.onOverload();
  }

  #handleMembership({ type, data }: UserEventEnvelope): void {
    if (type === "channelCreate") this.#add(data.channel.id, { channel: data.channel, isNew: true });
    else if (type === "memberJoin") this.#add(data.channelId, { isNew: true });
    else if (type === "memberLeave") this.#feeds.delete(data.channelId);
  }

  /** A rejected subscription is repeated if it may succeed later. */
  #handleError({ channelId, error }: Extract<ServerEnvelope, { type: "error" }>): void {
    if (channelId === undefined) return;
    if (error.code === "unavailable" || error.code === "rate_limited")
      return this.#subscribeLater(channelId, error.retryAfterMs);
    this.#feeds.delete(channelId);
    this.#answered(channelId);
  }

  async #subscribeAll(): Promise<void> {
    this.#later(readyTimeoutMs, () => this.#becomeReady());
    let cursor: string | undefined;
    do {
      const page = await this.#api.call(getChannels, { query: { scope: "joined", limit: 100, cursor } });
      for (const channel of page.items) {
        if (this.#feeds.size >= this.#options.maxChannels) break;
        if (channel.archivedAt === null && this.#add(channel.id, { channel, isNew: false }))
          this.#awaited.add(channel.id);
      }
      cursor = page.nextCursor ?? undefined;
      if (cursor !== undefined && this.#feeds.size >= this.#options.maxChannels) {
        this.#options.onTooManyChannels();
        cursor = undefined;
      }
    } while (cursor !== undefined && this.#isOpen);
    if (this.#awaited.size === 0) this.#becomeReady();
  }

  #add(channelId: string, start: { channel?: Channel; isNew: boolean }): boolean {
    if (this.#feeds.has(channelId)) return false;
    if (this.#feeds.size >= this.#options.maxChannels) {
      this.#options.onTooManyChannels();
      return false;
    }
    const emit: ChannelFeedOptions["emit"] = (event, origin) => {
      if (this.#isOpen) this.#options.onEvent(event, origin);
    };
    this.#feeds.set(channelId, new ChannelFeed(channelId, { ...this.#options, emit }, start));
    this.#subscribe(channelId);
    return true;
  }

  #subscribe(channelId: string): void {
    const feed = this.#feeds.get(channelId);
    if (feed) this.#send({ type: "subscribe", channelId, data: feed.position });
  }

  #subscribeLater(channelId: string, waitMs = 1_000): void {
    this.#later(waitMs, () => this.#subscribe(channelId));
  }

  #answered(channelId: string): void {
    if (this.#awaited.delete(channelId) && this.#awaited.size === 0) this.#becomeReady();
  }

  #becomeReady(): void {
    if (this.#isReady || !this.#isOpen) return;
    this.#isReady = true;
    this.#options.onReady();
  }

  #later(waitMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (this.#isOpen) act();
    }, waitMs);
    this.#timers.add(timer);
  }

  #send(frame: object): void {
    this.#sendText(JSON.stringify(frame));
  }

  #sendText(text: string): void {
    try {
      if (this.#isOpen) this.#ws.send(text);
    } catch {
      // The socket is closing: its `close` event follows.
    }
  }

  #handleClose(code: number): void {
    if (!this.#isOpen) return;
    this.#end();
    closeSocket(this.#ws, closeCodes.done.code);
    this.#options.onClosed(code === closeCodes.sessionEnded.code);
  }

  #end(): void {
    this.#isOpen = false;
    clearInterval(this.#heartbeat);
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
