import type { z } from "zod";
import type { CommandType } from "../protocol/commands.ts";
import { getChannelEvents } from "../protocol/events.ts";
import type { EventEnvelope } from "../protocol/events.ts";
import { sockets, subprotocol } from "../protocol/frames.ts";
import type { Hello, ServerEnvelope } from "../protocol/frames.ts";
import { Backoff } from "./backoff.ts";
import type { BackoffOptions } from "./backoff.ts";
import { urlOf } from "./call.ts";
import type { Call } from "./call.ts";
import { CatchUp } from "./catch-up.ts";
import { Connection, isDecisive } from "./connection.ts";
import { Emitter } from "./emitter.ts";
import { errorFromProblem, ParleyError } from "./error.ts";
import { Feed } from "./feed.ts";
import type { Place } from "./feed.ts";
import type { OpenSocket, SocketRequest } from "./open-socket.ts";
import { PendingCommands } from "./pending.ts";
import type { AckData, CommandInput, RoomEvents, RoomState } from "./room-events.ts";

export interface RoomOptions {
  /** Where to go on from, usually a snapshot's `{ seq, epoch }`. Without it and without `snapshot`: from now on. */
  since?: Place;
  /**
   * Fetches and shows the state of the channel, and returns the `{ seq, epoch }` at which it was taken: called first when
   * there is no `since`, and again after each `reset`. A page of messages or a channel will do as the return value.
   */
  snapshot?: () => Promise<Place>;
  backoff?: Partial<BackoffOptions>;
  /** How long an attempt to connect may take; 10 s unless told. */
  connectTimeoutMs?: number;
}

/** What a room needs of the client that made it. */
export interface RoomContext {
  url: string;
  call: Call;
  open: OpenSocket;
  /** What the server wants to see on the upgrade: subprotocols beside our own, and headers. */
  authorize: () => Promise<{ protocols: string[]; headers: Record<string, string> }>;
}

/** One channel, live. It connects when made, and stays until `close()` or until the server says not to come back. */
export class Room {
  readonly channelId: string;
  readonly #context: RoomContext;
  readonly #feed: Feed;
  readonly #pending = new PendingCommands();
  readonly #emitter = new Emitter<RoomEvents>();
  readonly #connection: Connection;
  readonly #catchUp: CatchUp;
  #phase: "connecting" | "connected" | "offline" = "connecting";
  #state: RoomState = "connecting";
  #ended: ParleyError | null = null;

  constructor(context: RoomContext, channelId: string, options: RoomOptions = {}) {
    const { since, snapshot, backoff, connectTimeoutMs = 10_000 } = options;
    this.channelId = channelId;
    this.#context = context;
    this.#feed = new Feed(since ? { seq: since.seq, epoch: since.epoch } : null, snapshot !== undefined);
    this.#catchUp = new CatchUp({
      channelId,
      feed: this.#feed,
      call: context.call,
      backoff: new Backoff(backoff),
      snapshot,
      progress: (events) => this.#act(() => this.#handOut(events)),
      failed: (error) => (isDecisive(error) ? this.#end(error) : this.#emitter.emit("error", error)),
    });
    this.#connection = new Connection(
      {
        request: () => this.#request(),
        open: context.open,
        backoff: new Backoff(backoff),
        connectTimeoutMs,
        probe: () =>
          context.call(getChannelEvents, {
            params: { channelId },
            query: { after: this.#feed.place?.seq ?? 0, limit: 1 },
          }),
      },
      {
        connecting: () => this.#enter("connecting"),
        hello: (hello) => this.#hello(hello),
        envelopes: (envelopes) => this.#act(() => envelopes.forEach((envelope) => this.#take(envelope))),
        lost: (retryInMs) => this.#lost(retryInMs),
        ended: (error) => this.#end(error),
      },
    );
    this.#connection.start();
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
    return this.#feed.need?.kind === "snapshot" ? null : this.#feed.place;
  }

  /** How many commands have no answer yet. */
  get unanswered(): number {
    return this.#pending.size;
  }

  /** Listens until the returned function is called. */
  on<Name extends keyof RoomEvents>(name: Name, listener: (value: RoomEvents[Name]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  /**
   * Sends a command and resolves when it is committed. Without a connection it waits for one; cut off before the answer
   * it is repeated, a message with the same nonce, so that it is there once. Rejects with `ParleyError`: the server's
   * refusal, or `unavailable` with status 0 if the room was closed before the answer came. Then a message may be there
   * or not; sending it again with its nonce finds out. An edit with `expectedVersion` whose answer was cut off is
   * refused as `conflict` when it is repeated, since it is there already.
   *
   * @example await room.send("messageCreate", { content: "hi" });
   */
  async send<T extends CommandType>(type: T, data: CommandInput<T>): Promise<AckData<T>> {
    if (this.#ended) throw this.#ended;
    const { text, answer } = this.#pending.add(type, this.channelId, data);
    this.#connection.send(text);
    return (await answer) as AckData<T>;
  }

  /** Resolves as soon as the room is live; rejects if it is closed before. */
  async live(): Promise<void> {
    if (this.#ended) throw this.#ended;
    if (this.#state === "live") return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const listening = [this.on("state", (state) => state === "live" && resolve()), this.on("closed", reject)];
    await promise.finally(() => listening.forEach((stop) => stop()));
  }

  /** Leaves the room; commands without an answer are rejected. */
  close(): void {
    this.#end(new ParleyError({ code: "unavailable", status: 0, detail: "The room was closed here" }));
  }

  async #request(): Promise<SocketRequest> {
    const { protocols, headers } = await this.#context.authorize();
    const { place } = this.#feed;
    const query = place ? { since: place.seq, epoch: place.epoch } : {};
    const url = urlOf(this.#context.url, sockets.channelRealtime.path, {
      params: { channelId: this.channelId },
      query,
    });
    return { url: url.replace(/^http/, "ws"), protocols: [subprotocol, ...protocols], headers };
  }

  #hello({ data: { seq, epoch } }: z.infer<typeof Hello>): void {
    if (seq !== undefined && epoch !== undefined) this.#feed.hello({ seq, epoch });
    this.#enter("connected");
    for (const text of this.#pending.texts) this.#connection.send(text);
  }

  #take(envelope: ServerEnvelope): void {
    switch (envelope.type) {
      case "ack":
        return this.#pending.acknowledge(envelope.id, envelope.data);
      case "error": {
        const error = errorFromProblem(envelope.error);
        if (!this.#pending.refuse(envelope.id, error)) this.#emitter.emit("error", error);
        return;
      }
      case "gap":
        this.#feed.gap(envelope.data.to);
        return this.#emitter.emit("gap", envelope.data);
      case "reset":
        return this.#feed.reset(envelope.data);
      case "subscribed":
        this.#feed.subscribed(envelope.data);
        return this.#emitter.emit("subscribed", envelope.data);
      default:
        if ("seq" in envelope && typeof envelope.seq === "number") this.#handOut(this.#feed.event(envelope));
    }
  }

  #handOut(events: EventEnvelope[]): void {
    for (const event of events) {
      this.#emitter.emit(event.type, event as never);
      this.#emitter.emit("event", event);
    }
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
    this.#connection.stop();
    this.#feed.disconnected();
    this.#pending.refuseAll(error);
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
