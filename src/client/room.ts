import type { CommandType } from "./contract/commands.ts";
import type { EventEnvelope } from "./contract/events.ts";
import type { ServerEnvelope } from "./contract/frames.ts";
import { limits } from "./contract/limits.ts";
import { signalTypes } from "./contract/presence.ts";
import type { SignalType } from "./contract/presence.ts";
import { Backoff } from "./backoff.ts";
import type { BackoffOptions } from "./backoff.ts";
import type { Call } from "./call.ts";
import { CatchUp } from "./catch-up.ts";
import { isPermanent } from "./connection.ts";
import { Emitter } from "./emitter.ts";
import { ParleyError } from "./error.ts";
import { EventFeed } from "./event-feed.ts";
import type { LogPosition } from "./event-feed.ts";
import type { Transport, OpenTransport } from "./transport.ts";
import type { AckData, CommandInput, RoomEvents, RoomState } from "./room-events.ts";

export interface RoomOptions {
  /** Where to begin: the `{ seq, epoch }` of a page, of an earlier `place`, or `lastRead(unread)`. Without it and without `snapshot`: now. */
  since?: LogPosition;
  /**
   * Fetches and shows the state of the channel, and returns the `{ seq, epoch }` at which it was taken, for example a page of
   * messages. Called first when there is no `since`, and again after each `reset`.
   */
  snapshot?: () => Promise<LogPosition>;
  /** The waits before retries. */
  backoff?: Partial<BackoffOptions>;
}

/**
 * One channel, over the realtime connection (`realtime.subscribe`) or over a socket of its own (`client.room`). It emits each event once,
 * in order, until `close()` or until the user may not read the channel.
 */
export class Room {
  readonly channelId: string;
  readonly #feed: EventFeed;
  readonly #emitter = new Emitter<RoomEvents>();
  readonly #catchUp: CatchUp;
  readonly #transport: Transport;
  #phase: "connecting" | "connected" | "offline" = "connecting";
  #state: RoomState = "connecting";
  #ended: ParleyError | null = null;
  /** While events are emitted: the `seq` of the current one. */
  #emittingSeq: number | null = null;
  /** Where typing was sent last, and when. */
  #lastTyping: { threadId: string | undefined; at: number } | null = null;

  /** Created by `client.room` and `realtime.subscribe`. */
  constructor(channelId: string, call: Call, options: RoomOptions, open: OpenTransport) {
    const { since, snapshot, backoff } = options;
    this.channelId = channelId;
    this.#feed = new EventFeed(since ?? null, snapshot !== undefined);
    this.#catchUp = new CatchUp({
      channelId,
      feed: this.#feed,
      call,
      backoff: new Backoff(backoff),
      snapshot,
      fetched: (events) => this.#applyToFeed(() => this.#emitEvents(events)),
      failed: (error) => (isPermanent(error) ? this.#end(error) : this.#emitter.emit("error", error)),
    });
    const feed = this.#feed;
    this.#transport = open({
      get position() {
        return feed.position;
      },
      connecting: () => this.#setPhase("connecting"),
      connected: (head) => {
        if (head) feed.hello(head);
        this.#setPhase("connected");
        this.#catchUp.connected();
      },
      envelopes: (envelopes) => this.#applyToFeed(() => envelopes.forEach((envelope) => this.#receive(envelope))),
      interrupted: () => this.#applyToFeed(() => feed.disconnected()),
      lost: (retryInMs) => this.#lost(retryInMs),
      failed: (error) => this.#emitter.emit("error", error),
      ended: (error) => this.#end(error),
    });
    // After the caller has received the room.
    queueMicrotask(() => this.#catchUp.start());
  }

  get state(): RoomState {
    return this.#state;
  }

  /**
   * The place of the last event that was emitted: keep it with what you show, and give it as `since` after a restart. Null until
   * there is one, and while a snapshot is fetched.
   */
  get place(): LogPosition | null {
    const place = this.#feed.missing?.kind === "snapshot" ? null : this.#feed.position;
    return place && { ...place, seq: this.#emittingSeq ?? place.seq };
  }

  /** How many commands have no answer yet. */
  get unanswered(): number {
    return this.#transport.unanswered;
  }

  /** Listens until the returned function is called. */
  on<Name extends keyof RoomEvents>(name: Name, listener: (value: RoomEvents[Name]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  /**
   * Sends a command and resolves when it is committed. Without a connection it waits for one; when the connection is lost before
   * the answer it is sent again, a message with the same nonce, so that it exists once. Commands are sent in the order in which they
   * were given; one that was sent again may follow a later one.
   *
   * Rejects with `ParleyError`: the server's error, or why the room was closed before an answer came (`unavailable` with status 0 after
   * `close()`). Its `mayHaveHappened` says whether the command may have been carried out; sending a message again with its nonce finds
   * out. An edit with `expectedVersion` whose answer was lost fails with `conflict` when it is sent again.
   *
   * @example await room.send("messageCreate", { content: "hi" });
   */
  async send<T extends CommandType>(type: T, data: CommandInput<T>): Promise<AckData<T>> {
    if (this.#ended) throw this.#ended;
    // The message ends the typing indicator; the next key is sent again.
    if (type === "messageCreate" || type === "threadCreate") this.#lastTyping = null;
    return (await this.#transport.send({ type, channelId: this.channelId, data })) as AckData<T>;
  }

  /** Shows other users that this one is typing, in the channel or in a thread. Call it with every key: it is sent once in 3 s. */
  typing(threadId?: string): void {
    const now = performance.now();
    const typed = this.#lastTyping;
    if (
      this.#ended ||
      (typed?.threadId === threadId && now - (typed?.at ?? Number.NEGATIVE_INFINITY) < limits.typingEveryMs)
    )
      return;
    if (this.#transport.signal({ type: "typing", channelId: this.channelId, data: { threadId } }))
      this.#lastTyping = { threadId, at: now };
  }

  /** Resolves as soon as the room is live; rejects if it is closed before. */
  async live(): Promise<void> {
    if (this.#ended) throw this.#ended;
    if (this.#state !== "live") await this.#emitter.until("state", (state) => state === "live");
  }

  /** Ends the subscription, not the membership; commands without an answer are rejected. */
  close(): void {
    this.#end(new ParleyError({ code: "unavailable", status: 0, detail: "The room was closed here" }));
  }

  #receive(envelope: ServerEnvelope): void {
    switch (envelope.type) {
      case "gap":
        this.#feed.gap(envelope.data.to);
        return this.#emitter.emit("gap", envelope.data);
      case "reset":
        return this.#feed.reset(envelope.data);
      case "subscribed":
        this.#feed.subscribed(envelope.data);
        return this.#emitter.emit("subscribed", envelope.data);
      default:
        if ("seq" in envelope) this.#emitEvents(this.#feed.event(envelope as EventEnvelope));
        else if (isSignal(envelope.type)) this.#emitter.emit(envelope.type as SignalType, envelope as never);
    }
  }

  #emitEvents(events: EventEnvelope[]): void {
    for (const event of events) {
      // A listener closed the room: `place` stays at the last event that was emitted.
      if (this.#ended) return;
      this.#emittingSeq = event.seq;
      this.#emitter.emit(event.type, event as never);
      this.#emitter.emit("event", event);
    }
    if (!this.#ended) this.#emittingSeq = null;
  }

  /** Changes the feed, then emits what follows from that. */
  #applyToFeed(move: () => void): void {
    const { resets } = this.#feed;
    move();
    const { missing } = this.#feed;
    if (this.#feed.resets > resets && missing?.kind === "snapshot" && missing.from)
      this.#emitter.emit("reset", missing.from);
    this.#updateState();
    this.#catchUp.start();
  }

  #lost(retryInMs: number): void {
    this.#feed.disconnected();
    this.#setPhase("offline");
    this.#emitter.emit("lost", { retryInMs });
  }

  #end(error: ParleyError): void {
    if (this.#ended) return;
    this.#ended = error;
    this.#catchUp.stop();
    this.#feed.disconnected();
    this.#transport.end(error);
    this.#setPhase("offline");
    this.#emitter.emit("closed", error);
  }

  #setPhase(phase: "connecting" | "connected" | "offline"): void {
    this.#phase = phase;
    this.#updateState();
  }

  #updateState(): void {
    const state = this.#phase === "connected" ? (this.#feed.isLive ? "live" : "behind") : this.#phase;
    if (state === this.#state) return;
    this.#state = state;
    this.#emitter.emit("state", state);
  }
}

const isSignal = (type: string): boolean => (signalTypes as readonly string[]).includes(type);
