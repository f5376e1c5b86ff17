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

/** Options of `realtime.subscribe`. */
export interface RoomOptions {
  /**
   * The position to begin after: the `{ seq, epoch }` of a page, the `place` of an earlier room, or `lastRead(unread)`. Without it
   * and without `snapshot` the room begins with the next event.
   */
  since?: LogPosition;
  /**
   * Fetches and shows the channel's state, for example a page of messages, and returns the `{ seq, epoch }` at which the server
   * read it. Called first when there is no `since`, and again after each `reset`.
   */
  snapshot?: () => Promise<LogPosition>;
  /** The delays before retries. */
  backoff?: Partial<BackoffOptions>;
}

/**
 * One channel, over the shared realtime connection (`realtime.subscribe`) or over a separate socket (`client.room`). It emits each
 * logged event exactly once and in order, until `close()` is called or the user can no longer read the channel.
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
  /** `seq` of the event that is being emitted. */
  #emittingSeq: number | null = null;
  /** The last typing signal that was sent; `at` is in milliseconds of `performance.now()`. */
  #lastTyping: { threadId: string | undefined; at: number } | null = null;

  /** Called by `client.room` and `realtime.subscribe`. */
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
      envelopes: (envelopes) =>
        this.#applyToFeed(() => envelopes.forEach((envelope) => this.#receive(envelope))),
      interrupted: () => this.#applyToFeed(() => feed.disconnected()),
      lost: (retryInMs) => this.#lost(retryInMs),
      failed: (error) => this.#emitter.emit("error", error),
      ended: (error) => this.#end(error),
    });
    // Deferred, so that the caller has the room before `snapshot` is called.
    queueMicrotask(() => this.#catchUp.start());
  }

  /** The current state; changes are emitted as `state`. */
  get state(): RoomState {
    return this.#state;
  }

  /**
   * The position of the last emitted event: store it together with what you show, and pass it as `since` after a restart. Null before
   * the first position is known, and while a snapshot is fetched.
   */
  get place(): LogPosition | null {
    const position = this.#feed.missing?.kind === "snapshot" ? null : this.#feed.position;
    return position && { ...position, seq: this.#emittingSeq ?? position.seq };
  }

  /** How many commands have no response yet. */
  get unanswered(): number {
    return this.#transport.unanswered;
  }

  /**
   * Adds a listener.
   *
   * @returns a function that removes it.
   */
  on<Name extends keyof RoomEvents>(name: Name, listener: (value: RoomEvents[Name]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  /**
   * Sends a command; resolves when the server has committed it. Without a connection it waits for one. A command whose response was
   * lost with the connection is sent again, a message with the same nonce, so that it is created once. Commands are sent in the
   * order of the calls; one that is sent again may follow a later one.
   *
   * @returns the data of the resulting event.
   * @throws ParleyError the server's error, or `unavailable` with status 0 when the room was closed first. `mayHaveHappened` says
   *   whether the command may have been committed; to find out, send a message again with its nonce. An edit with `expectedVersion`
   *   whose response was lost fails with `conflict` when it is sent again.
   * @example await room.send("messageCreate", { content: "hi" });
   */
  async send<T extends CommandType>(type: T, data: CommandInput<T>): Promise<AckData<T>> {
    if (this.#ended) throw this.#ended;
    // A message ends the typing indicator on all devices, so the next keystroke is sent without a delay.
    if (type === "messageCreate" || type === "threadCreate") this.#lastTyping = null;
    return (await this.#transport.send({ type, channelId: this.channelId, data })) as AckData<T>;
  }

  /** Shows other users that this user is typing, in the channel or in a thread. Call it on every keystroke: it sends one signal in 3 s. */
  typing(threadId?: string): void {
    const now = performance.now();
    const last = this.#lastTyping;
    if (
      this.#ended ||
      (last?.threadId === threadId && now - (last?.at ?? Number.NEGATIVE_INFINITY) < limits.typingEveryMs)
    )
      return;
    if (this.#transport.signal({ type: "typing", channelId: this.channelId, data: { threadId } }))
      this.#lastTyping = { threadId, at: now };
  }

  /** Resolves when the room is live. @throws ParleyError if the room is closed first. */
  async live(): Promise<void> {
    if (this.#ended) throw this.#ended;
    if (this.#state !== "live") await this.#emitter.until("state", (state) => state === "live");
  }

  /** Ends the subscription, not the membership; commands without a response are rejected. */
  close(): void {
    this.#end(new ParleyError({ code: "unavailable", status: 0, detail: "The room was closed by close()" }));
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
      // A listener closed the room: `place` stays at the last emitted event.
      if (this.#ended) return;
      this.#emittingSeq = event.seq;
      this.#emitter.emit(event.type, event as never);
      this.#emitter.emit("event", event);
    }
    if (!this.#ended) this.#emittingSeq = null;
  }

  /** Runs a change of the feed, then emits its consequences and fetches what the feed is missing. */
  #applyToFeed(change: () => void): void {
    const { resets } = this.#feed;
    change();
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
