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
import { isDecisive } from "./connection.ts";
import { Emitter } from "./emitter.ts";
import { ParleyError } from "./error.ts";
import { Feed } from "./feed.ts";
import type { Place } from "./feed.ts";
import type { Line, OpenLine } from "./line.ts";
import type { AckData, CommandInput, RoomEvents, RoomState } from "./room-events.ts";

export interface RoomOptions {
  /** Where to go on from, usually a snapshot's `{ seq, epoch }`. Without it and without `snapshot`: from now on. */
  since?: Place;
  /**
   * Fetches and shows the state of the channel, and returns the `{ seq, epoch }` at which it was taken: called first when
   * there is no `since`, and again after each `reset`. A page of messages or a channel will do as the return value.
   */
  snapshot?: () => Promise<Place>;
  /** Of the waits before something is tried again. */
  backoff?: Partial<BackoffOptions>;
}

/**
 * One channel, live: over the one socket (`realtime.subscribe`) or over a socket of its own (`client.room`). It stays until
 * `close()` or until the server says not to come back, and gives each event once, in order, whatever happens in between.
 */
export class Room {
  readonly channelId: string;
  readonly #feed: Feed;
  readonly #emitter = new Emitter<RoomEvents>();
  readonly #catchUp: CatchUp;
  readonly #line: Line;
  #phase: "connecting" | "connected" | "offline" = "connecting";
  #state: RoomState = "connecting";
  #ended: ParleyError | null = null;
  /** While events are handed out: how far that has come. */
  #handedOut: number | null = null;
  /** Where typing was told last, and when. */
  #typed: { threadId: string | undefined; at: number } | null = null;

  /** Made by `client.room` and `realtime.subscribe`. */
  constructor(channelId: string, call: Call, options: RoomOptions, open: OpenLine) {
    const { since, snapshot, backoff } = options;
    this.channelId = channelId;
    this.#feed = new Feed(since ?? null, snapshot !== undefined);
    this.#catchUp = new CatchUp({
      channelId,
      feed: this.#feed,
      call,
      backoff: new Backoff(backoff),
      snapshot,
      progress: (events) => this.#act(() => this.#handOut(events)),
      failed: (error) => (isDecisive(error) ? this.#end(error) : this.#emitter.emit("error", error)),
    });
    const feed = this.#feed;
    this.#line = open({
      get place() {
        return feed.place;
      },
      connecting: () => this.#enter("connecting"),
      connected: (head) => {
        if (head) feed.hello(head);
        this.#enter("connected");
        this.#catchUp.connected();
      },
      envelopes: (envelopes) => this.#act(() => envelopes.forEach((envelope) => this.#take(envelope))),
      interrupted: () => this.#act(() => feed.disconnected()),
      lost: (retryInMs) => this.#lost(retryInMs),
      failed: (error) => this.#emitter.emit("error", error),
      ended: (error) => this.#end(error),
    });
    // Not before whoever makes the room has it in hand.
    queueMicrotask(() => this.#catchUp.attend());
  }

  get state(): RoomState {
    return this.#state;
  }

  /**
   * Of the last event that was handed out: keep it with what you show, and give it as `since` after a restart. Null
   * while there is nothing that it would belong to.
   */
  get place(): Place | null {
    const place = this.#feed.need?.kind === "snapshot" ? null : this.#feed.place;
    return place && { ...place, seq: this.#handedOut ?? place.seq };
  }

  /** How many commands have no answer yet. */
  get unanswered(): number {
    return this.#line.unanswered;
  }

  /** Listens until the returned function is called. */
  on<Name extends keyof RoomEvents>(name: Name, listener: (value: RoomEvents[Name]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  /**
   * Sends a command and resolves when it is committed. Without a connection it waits for one; cut off before the answer
   * it is repeated, a message with the same nonce, so that it is there once. Commands go in the order in which they were
   * given; one that had to be repeated may end up behind a later one.
   *
   * Rejects with `ParleyError`: the server's refusal, or why the room was closed before there was an answer (`unavailable` with
   * status 0, if it was closed here). Its `mayHaveHappened` says whether the command may have been carried out; a message that
   * may be there is found out about by sending it again with its nonce. An edit with `expectedVersion` whose answer was cut off
   * is refused as `conflict` when it is repeated, since it is there already.
   *
   * @example await room.send("messageCreate", { content: "hi" });
   */
  async send<T extends CommandType>(type: T, data: CommandInput<T>): Promise<AckData<T>> {
    if (this.#ended) throw this.#ended;
    // The message ends the typing; what is typed after it is news.
    if (type === "messageCreate" || type === "threadCreate") this.#typed = null;
    return (await this.#line.send({ type, channelId: this.channelId, data })) as AckData<T>;
  }

  /** Tells the others that one is typing, here or in a thread. To be called with every key: it is told once in 3 s. */
  typing(threadId?: string): void {
    const now = performance.now();
    const typed = this.#typed;
    if (
      this.#ended ||
      (typed?.threadId === threadId && now - (typed?.at ?? Number.NEGATIVE_INFINITY) < limits.typingEveryMs)
    )
      return;
    if (this.#line.signal({ type: "typing", channelId: this.channelId, data: { threadId } }))
      this.#typed = { threadId, at: now };
  }

  /** Resolves as soon as the room is live; rejects if it is closed before. */
  async live(): Promise<void> {
    if (this.#ended) throw this.#ended;
    if (this.#state !== "live") await this.#emitter.until("state", (state) => state === "live");
  }

  /** Leaves the room, not the channel; commands without an answer are rejected. */
  close(): void {
    this.#end(new ParleyError({ code: "unavailable", status: 0, detail: "The room was closed here" }));
  }

  #take(envelope: ServerEnvelope): void {
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
        if ("seq" in envelope) this.#handOut(this.#feed.event(envelope as EventEnvelope));
        else if (isSignal(envelope.type)) this.#emitter.emit(envelope.type as SignalType, envelope as never);
    }
  }

  #handOut(events: EventEnvelope[]): void {
    for (const event of events) {
      // A listener closed it: what follows was not handed out, and `place` says so.
      if (this.#ended) return;
      this.#handedOut = event.seq;
      this.#emitter.emit(event.type, event as never);
      this.#emitter.emit("event", event);
    }
    if (!this.#ended) this.#handedOut = null;
  }

  /** Does something that moves the feed, then tells what came of it. */
  #act(move: () => void): void {
    const { resets } = this.#feed;
    move();
    const { need } = this.#feed;
    if (this.#feed.resets > resets && need?.kind === "snapshot" && need.from)
      this.#emitter.emit("reset", need.from);
    this.#tellState();
    this.#catchUp.attend();
  }

  #lost(retryInMs: number): void {
    this.#feed.disconnected();
    this.#enter("offline");
    this.#emitter.emit("lost", { retryInMs });
  }

  #end(error: ParleyError): void {
    if (this.#ended) return;
    this.#ended = error;
    this.#catchUp.stop();
    this.#feed.disconnected();
    this.#line.end(error);
    this.#enter("offline");
    this.#emitter.emit("closed", error);
  }

  #enter(phase: "connecting" | "connected" | "offline"): void {
    this.#phase = phase;
    this.#tellState();
  }

  #tellState(): void {
    const state = this.#phase === "connected" ? (this.#feed.live ? "live" : "behind") : this.#phase;
    if (state === this.#state) return;
    this.#state = state;
    this.#emitter.emit("state", state);
  }
}

const isSignal = (type: string): boolean => (signalTypes as readonly string[]).includes(type);
