import type { z } from "zod";
import type { CommandType } from "../protocol/commands.ts";
import type { ControlData, FrameId, Hello, ServerEnvelope } from "../protocol/frames.ts";
import { sockets } from "../protocol/frames.ts";
import type { StatusChange } from "../protocol/presence.ts";
import type { UserEventEnvelope } from "../protocol/user-events.ts";
import { getStatus } from "../protocol/users.ts";
import { Backoff } from "./backoff.ts";
import type { BackoffOptions } from "./backoff.ts";
import { Connection, connectionBackoff } from "./connection.ts";
import { Emitter } from "./emitter.ts";
import { errorFromProblem, ParleyError } from "./error.ts";
import type { Place } from "./feed.ts";
import { OwnEvents } from "./own-events.ts";
import { PendingCommands } from "./pending.ts";
import type { RealtimeEvents } from "./realtime-events.ts";
import { Room } from "./room.ts";
import type { RoomOptions } from "./room.ts";
import type { AckData, CommandInput, RoomState } from "./room-events.ts";
import { socketRequest } from "./socket-context.ts";
import type { SocketContext } from "./socket-context.ts";
import { Subscription } from "./subscription.ts";
import { Unreads } from "./unreads.ts";

export interface RealtimeOptions {
  /** Where to go on in the user's own events: `realtime.place` of before. Without it: from now on. */
  since?: Place;
  /** How often `unreads` is asked for while connected; 30 s unless told, 0: never. */
  unreadsEveryMs?: number;
  /** Of the waits before something is tried again; also of its channels, unless told. */
  backoff?: Partial<BackoffOptions>;
  /** How long an attempt to connect may take; 10 s unless told. */
  connectTimeoutMs?: number;
}

type StatusInput = ControlData<"statusUpdate">;

/**
 * The one socket: any number of channels and the user's own events. It connects when made, comes back by itself and resumes
 * everything, until `close()` or until the server says not to come back.
 */
export class Realtime {
  readonly #context: SocketContext;
  readonly #options: RealtimeOptions;
  readonly #emitter = new Emitter<RealtimeEvents>();
  readonly #connection: Connection;
  readonly #pending: PendingCommands;
  readonly #own: OwnEvents;
  readonly #unreads: Unreads;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #rooms = new Map<string, Room>();
  /** Channels that were left, until the server says so too; by the frame that told it. */
  readonly #leaving = new Map<string, FrameId>();
  #phase: "connecting" | "connected" | "offline" = "connecting";
  #state: RoomState = "connecting";
  #ended: ParleyError | null = null;
  #isIdle = false;

  /** Made by `client.connect`. */
  constructor(context: SocketContext, options: RealtimeOptions = {}) {
    const { since = null, unreadsEveryMs = 30_000, backoff, connectTimeoutMs = 10_000 } = options;
    const { call } = context;
    this.#context = context;
    this.#options = options;
    this.#own = new OwnEvents(since, {
      event: (event) => this.#handOut(event),
      reset: (place) => this.#emitter.emit("reset", place),
    });
    this.#unreads = new Unreads({
      call,
      everyMs: unreadsEveryMs,
      answer: (items) => this.#emitter.emit("unreads", items),
      failed: (error) => this.#emitter.emit("error", error),
    });
    this.#connection = new Connection(
      {
        request: () => socketRequest(context, sockets.realtime.path, { place: this.#own.place }),
        open: context.open,
        backoff: new Backoff({ ...connectionBackoff, ...backoff }),
        connectTimeoutMs,
        environment: context.environment,
        // Answered by the hub alone.
        probe: (signal) => call(getStatus, { signal }),
      },
      {
        connecting: () => this.#enter("connecting", (subscription) => subscription.connecting()),
        hello: (hello) => this.#hello(hello),
        envelopes: (envelopes) => this.#take(envelopes),
        lost: (retryInMs) => this.#lost(retryInMs),
        ended: (error) => this.#end(error),
      },
    );
    this.#pending = new PendingCommands({
      post: (frame) => this.#connection.post(frame),
      isOpen: (channelId) => this.#subscriptions.get(channelId ?? "")?.isOpen !== false,
      backoff,
    });
    this.#connection.start();
  }

  get state(): RoomState {
    return this.#state;
  }

  /** Of the last own event that was given out: keep it, and give it as `since` to go on there. Null before the first connection. */
  get place(): Place | null {
    return this.#own.place;
  }

  /** How many commands have no answer yet, of all channels. */
  get unanswered(): number {
    return this.#pending.size;
  }

  /** Listens until the returned function is called. */
  on<Name extends keyof RealtimeEvents>(
    name: Name,
    listener: (value: RealtimeEvents[Name]) => void,
  ): () => void {
    return this.#emitter.on(name, listener);
  }

  /**
   * Hears of a channel until the handle is closed: by `close()`, or since it may not be read (any more). There is one handle a
   * channel: throws `conflict` while there is one already. What the server refuses for now, one channel too many for instance, is
   * told by the handle's `error` and tried again.
   */
  subscribe(channelId: string, options: RoomOptions = {}): Room {
    if (this.#ended) throw this.#ended;
    if (this.#subscriptions.has(channelId))
      throw new ParleyError({ code: "conflict", detail: "There is a handle of this channel already" });
    const { backoff } = this.#options;
    const withBackoff = { ...(backoff && { backoff }), ...options };
    const room = new Room(channelId, this.#context.call, withBackoff, (events) => {
      const subscription = new Subscription(
        {
          pending: this.#pending,
          post: (frame) => this.#connection.post(frame),
          signal: (text) => this.#connection.signal(text),
          left: (one, isHeard) => this.#left(one, isHeard),
        },
        events,
        { channelId, backoff: withBackoff.backoff },
      );
      this.#subscriptions.set(channelId, subscription);
      if (this.#phase === "offline") events.lost(0);
      this.#ask(subscription);
      return subscription;
    });
    this.#rooms.set(channelId, room);
    room.on("state", () => this.#tellState());
    this.#tellState();
    return room;
  }

  /** As `room.send`, for any channel, subscribed to or not. What its handle leaves unanswered is not rejected with that. */
  async send<T extends CommandType>(channelId: string, type: T, data: CommandInput<T>): Promise<AckData<T>> {
    if (this.#ended) throw this.#ended;
    return (await this.#pending.send(this, { type, channelId, data })) as AckData<T>;
  }

  /**
   * Chooses the user's status, as others see it then; `idle`: nobody is at this device, said again by itself on each connection.
   * A user all of whose devices are idle is `away`.
   */
  async setStatus(status: StatusInput): Promise<StatusChange> {
    if (this.#ended) throw this.#ended;
    this.#isIdle = status.idle ?? this.#isIdle;
    return (await this.#pending.send(this, { type: "statusUpdate", data: status })) as StatusChange;
  }

  /** Resolves as soon as everything is live; rejects if it is closed before. */
  async live(): Promise<void> {
    if (this.#ended) throw this.#ended;
    if (this.#state !== "live") await this.#emitter.until("state", (state) => state === "live");
  }

  /** Closes the socket and every handle; commands without an answer are rejected. */
  close(): void {
    this.#end(new ParleyError({ code: "unavailable", status: 0, detail: "The connection was closed here" }));
  }

  #hello({ data: { seq, epoch } }: z.infer<typeof Hello>): void {
    if (seq !== undefined && epoch !== undefined) this.#own.hello({ seq, epoch });
    this.#enter("connected", (subscription) => this.#ask(subscription));
    if (this.#isIdle) this.#post({ type: "statusUpdate", data: { idle: true } });
    this.#pending.repeat();
    if (this.#phase === "connected") this.#unreads.start();
  }

  /** Nothing while there is no connection, or while the server still ends what came before. */
  #ask(subscription: Subscription): void {
    if (this.#phase === "connected" && !this.#leaving.has(subscription.channelId)) subscription.ask();
  }

  /** Before commands that wait. False while there is no connection. */
  #post(frame: object): boolean {
    return this.#connection.post({ order: 0, text: () => JSON.stringify(frame) });
  }

  #take(envelopes: readonly ServerEnvelope[]): void {
    for (const envelope of envelopes) {
      // A listener closed it.
      if (this.#ended) return;
      this.#route(envelope);
    }
    this.#tellState();
  }

  #route(envelope: ServerEnvelope): void {
    if (envelope.type === "ack") return this.#pending.acknowledge(envelope.id, envelope.data);
    if (envelope.type === "error") return this.#refused(envelope.id, errorFromProblem(envelope.error));
    if ("channelId" in envelope && envelope.channelId !== undefined) {
      const { channelId } = envelope;
      if (envelope.type === "unsubscribed" && this.#leaving.has(channelId)) return this.#hasLeft(channelId);
      return this.#subscriptions.get(channelId)?.take(envelope);
    }
    if (envelope.type === "reset") this.#own.reset(envelope.data);
    else if ("seq" in envelope) this.#own.event(envelope as UserEventEnvelope);
  }

  #refused(id: FrameId | undefined, error: ParleyError): void {
    this.#connection.heed(error);
    if (this.#pending.refuse(id, error)) return;
    for (const subscription of this.#subscriptions.values()) if (subscription.refuse(id, error)) return;
    for (const [channelId, leavingId] of this.#leaving) if (leavingId === id) return this.#hasLeft(channelId);
    this.#emitter.emit("error", error);
  }

  #handOut(event: UserEventEnvelope): void {
    this.#emitter.emit(event.type, event as never);
    this.#emitter.emit("event", event);
  }

  #left({ channelId }: Subscription, isHeard: boolean): void {
    this.#subscriptions.delete(channelId);
    this.#rooms.delete(channelId);
    if (isHeard) {
      const id = this.#pending.nextId();
      if (this.#post({ id, type: "unsubscribe", channelId })) this.#leaving.set(channelId, id);
    }
    this.#tellState();
  }

  #hasLeft(channelId: string): void {
    this.#leaving.delete(channelId);
    const next = this.#subscriptions.get(channelId);
    if (next) this.#ask(next);
  }

  #lost(retryInMs: number): void {
    this.#unreads.stop();
    this.#leaving.clear();
    this.#pending.disconnected();
    this.#enter("offline", (subscription) => subscription.lost(retryInMs));
    this.#emitter.emit("lost", { retryInMs });
  }

  #end(error: ParleyError): void {
    if (this.#ended) return;
    this.#ended = error;
    this.#unreads.stop();
    this.#connection.stop();
    this.#enter("offline", (subscription) => subscription.ended(error));
    this.#pending.refuseAll(error);
    this.#emitter.emit("closed", error);
  }

  #enter(phase: "connecting" | "connected" | "offline", tell: (subscription: Subscription) => void): void {
    this.#phase = phase;
    Array.from(this.#subscriptions.values()).forEach(tell);
    this.#tellState();
  }

  #tellState(): void {
    const isLive =
      this.#own.isLive && Array.from(this.#rooms.values()).every(({ state }) => state === "live");
    const state = this.#phase === "connected" ? (isLive ? "live" : "behind") : this.#phase;
    if (state === this.#state) return;
    this.#state = state;
    this.#emitter.emit("state", state);
  }
}
