import { AllChannels } from "./all-channels.ts";
import type { AllChannelsOptions } from "./all-channels.ts";
import type { BackoffOptions } from "./backoff.ts";
import type { CommandType } from "./contract/commands.ts";
import type { ControlFrames, FrameId, Hello, ServerEnvelope } from "./contract/frames.ts";
import type { StatusChange } from "./contract/presence.ts";
import type { UserEventEnvelope } from "./contract/user-events.ts";
import { Emitter } from "./emitter.ts";
import { errorFromProblem, ParleyError } from "./error.ts";
import type { LogPosition } from "./event-feed.ts";
import { GatewaySocket } from "./gateway-socket.ts";
import { OwnEvents } from "./own-events.ts";
import { PendingCommands } from "./pending-commands.ts";
import type { RealtimeEvents } from "./realtime-events.ts";
import { Room } from "./room.ts";
import type { RoomOptions } from "./room.ts";
import type { AckData, CommandInput, RoomState } from "./room-events.ts";
import type { SocketContext } from "./socket-context.ts";
import { Subscription } from "./subscription.ts";
import { Unreads } from "./unreads.ts";

export interface RealtimeOptions {
  /** Where to resume the user's own events: `realtime.place` of an earlier connection. Without it they begin now. */
  since?: LogPosition;
  /** How often `unreads` is fetched while connected, in milliseconds; 30,000 by default, 0: never. */
  unreadsEveryMs?: number;
  /** The waits before retries; also of its channels, unless they have their own. */
  backoff?: Partial<BackoffOptions>;
  /** How long an attempt to connect may take, in milliseconds; 10,000 by default. Up to 4 times as long after attempts that took longer. */
  connectTimeoutMs?: number;
}

type StatusInput = ControlFrames["statusUpdate"];

/**
 * The realtime connection: any number of channels, and the user's own events. It connects when created, reconnects by itself and
 * resumes everything, until `close()` or until the server ends the session. A socket carries as many channels as the server allows
 * (`hello`'s `limits.channels`, 50 by default); for more, further sockets are opened and closed by themselves.
 */
export class Realtime {
  readonly #context: SocketContext;
  readonly #options: RealtimeOptions;
  readonly #emitter = new Emitter<RealtimeEvents>();
  readonly #pending: PendingCommands;
  readonly #own: OwnEvents;
  readonly #unreads: Unreads;
  /** The first carries the user's own events and their status, and stays open without channels. */
  readonly #sockets: [GatewaySocket, ...GatewaySocket[]];
  readonly #rooms = new Map<string, Room>();
  /** Channels that one socket carries: the server's limit, unknown before its first `hello`. */
  #channelsPerSocket = Number.POSITIVE_INFINITY;
  #state: RoomState = "connecting";
  #ended: ParleyError | null = null;
  #isIdle = false;

  /** Created by `client.connect`. */
  constructor(context: SocketContext, options: RealtimeOptions = {}) {
    const { since = null, unreadsEveryMs = 30_000, backoff } = options;
    this.#context = context;
    this.#options = options;
    this.#own = new OwnEvents(since, {
      event: (event) => this.#emitEvent(event),
      reset: (place) => this.#emitter.emit("reset", place),
    });
    this.#unreads = new Unreads({
      call: context.call,
      everyMs: unreadsEveryMs,
      updated: (items) => this.#emitter.emit("unreads", items),
      failed: (error) => this.#emitter.emit("error", error),
    });
    this.#sockets = [this.#newSocket(() => this.#own.position)];
    this.#pending = new PendingCommands({
      post: (frame, channelId) => {
        const lane = this.#socketOf(channelId);
        return lane.postFrame(frame) ? lane : null;
      },
      isOpen: (channelId) => this.#subscription(channelId)?.isOpen !== false,
      backoff,
    });
    this.#first.connection.start();
  }

  get state(): RoomState {
    return this.#state;
  }

  /** Of the last own event that was emitted: keep it, and give it as `since` to resume there. Null before the first connection. */
  get place(): LogPosition | null {
    return this.#own.position;
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
   * Subscribes to a channel until the handle is closed: by `close()`, or because the user may not read the channel. A temporary error
   * of the server is emitted as the handle's `error` and retried.
   *
   * @throws ParleyError `conflict` while there is a handle of the channel already.
   */
  subscribe(channelId: string, options: RoomOptions = {}): Room {
    if (this.#ended) throw this.#ended;
    if (this.#rooms.has(channelId))
      throw new ParleyError({ code: "conflict", detail: "There is a handle of this channel already" });
    const { backoff } = this.#options;
    const withBackoff = { ...(backoff && { backoff }), ...options };
    const room = new Room(channelId, this.#context.call, withBackoff, (events) => {
      const subscription: Subscription = new Subscription(
        {
          pending: this.#pending,
          post: (frame) => this.#socketOf(channelId).postFrame(frame),
          signal: (text) => this.#socketOf(channelId).connection.signal(text),
          closed: (isSubscribed) => this.#roomClosed(channelId, isSubscribed),
        },
        events,
        { channelId, backoff: withBackoff.backoff },
      );
      this.#socketWithCapacity(channelId).add(subscription);
      return subscription;
    });
    this.#rooms.set(channelId, room);
    room.on("state", () => this.#updateState());
    this.#updateState();
    return room;
  }

  /**
   * Subscribes to every channel that the user is in, and to those that they are added to later, also while this process did not run:
   * for bots. See `AllChannels`.
   *
   * @example
   * const all = realtime.subscribeAll({ places: saved });
   * all.on("messageCreate", ({ channelId, data }) => answer(channelId, data.message));
   */
  subscribeAll(options: AllChannelsOptions = {}): AllChannels {
    if (this.#ended) throw this.#ended;
    return new AllChannels(this, this.#context.call, options);
  }

  /** As `room.send`, for any channel, subscribed to or not. Closing a handle of the channel does not reject it. */
  async send<T extends CommandType>(channelId: string, type: T, data: CommandInput<T>): Promise<AckData<T>> {
    if (this.#ended) throw this.#ended;
    return (await this.#pending.send(this, { type, channelId, data })) as AckData<T>;
  }

  /**
   * Sets the user's status. `idle` says that nobody uses this device, and is repeated on each connection; a user all of whose devices
   * are idle is `away`.
   */
  async setStatus(status: StatusInput): Promise<StatusChange> {
    if (this.#ended) throw this.#ended;
    const { idle } = status;
    this.#isIdle = idle ?? this.#isIdle;
    // The server sees a device in each socket.
    if (idle !== undefined)
      for (const lane of this.#sockets.slice(1)) lane.post({ type: "statusUpdate", data: { idle } });
    return (await this.#pending.send(this, { type: "statusUpdate", data: status })) as StatusChange;
  }

  /** Resolves as soon as everything is live; rejects if it is closed before. */
  async live(): Promise<void> {
    if (this.#ended) throw this.#ended;
    if (this.#state !== "live") await this.#emitter.until("state", (state) => state === "live");
  }

  /** Closes the connection and every handle; commands without an answer are rejected. */
  close(): void {
    this.#end(new ParleyError({ code: "unavailable", status: 0, detail: "The connection was closed here" }));
  }

  get #first(): GatewaySocket {
    return this.#sockets[0];
  }

  #newSocket(place: () => LogPosition | null): GatewaySocket {
    const { backoff, connectTimeoutMs = 10_000 } = this.#options;
    return new GatewaySocket(
      { context: this.#context, backoff, connectTimeoutMs, position: place },
      {
        hello: (lane, hello) => this.#hello(lane, hello),
        changed: () => this.#updateState(),
        envelopes: (lane, envelopes) => this.#receive(lane, envelopes),
        lost: (lane, retryInMs) => this.#lost(lane, retryInMs),
        ended: (error) => this.#end(error),
      },
    );
  }

  /** The lane of a channel: that of its subscription, or the first. */
  #socketOf(channelId: string | undefined): GatewaySocket {
    const carriesIt = (lane: GatewaySocket): boolean => channelId !== undefined && lane.subscriptions.has(channelId);
    return this.#sockets.find(carriesIt) ?? this.#first;
  }

  #subscription(channelId: string | undefined): Subscription | undefined {
    return channelId === undefined ? undefined : this.#socketOf(channelId).subscriptions.get(channelId);
  }

  /** A lane that can carry one more channel; the one that is being left by it, if any. */
  #socketWithCapacity(channelId: string): GatewaySocket {
    const isLeaving = this.#sockets.find((lane) => lane.unsubscribing.has(channelId));
    const lane = isLeaving ?? this.#sockets.find(({ size }) => size < this.#channelsPerSocket);
    if (lane) return lane;
    const added = this.#newSocket(() => null);
    this.#sockets.push(added);
    added.connection.start();
    return added;
  }

  #hello(lane: GatewaySocket, { data: { seq, epoch, limits } }: Hello): void {
    this.#channelsPerSocket = Math.max(1, limits.channels ?? Number.POSITIVE_INFINITY);
    if (lane === this.#first && seq !== undefined && epoch !== undefined) this.#own.hello({ seq, epoch });
    const tooMany = [...lane.subscriptions].slice(this.#channelsPerSocket);
    for (const [channelId] of tooMany) lane.subscriptions.delete(channelId);
    lane.connected();
    for (const [channelId, subscription] of tooMany) this.#socketWithCapacity(channelId).add(subscription);
    if (this.#isIdle) lane.post({ type: "statusUpdate", data: { idle: true } });
    this.#pending.resend();
    if (this.#first.phase === "connected" && lane === this.#first) this.#unreads.start();
  }

  #receive(lane: GatewaySocket, envelopes: readonly ServerEnvelope[]): void {
    for (const envelope of envelopes) {
      // A listener closed the connection.
      if (this.#ended) return;
      this.#route(lane, envelope);
    }
    this.#updateState();
  }

  #route(lane: GatewaySocket, envelope: ServerEnvelope): void {
    if (envelope.type === "ack") return this.#pending.acknowledge(envelope.id, envelope.data);
    if (envelope.type === "error") return this.#failed(lane, envelope.id, errorFromProblem(envelope.error));
    if ("channelId" in envelope && envelope.channelId !== undefined) {
      const { channelId } = envelope;
      if (envelope.type === "unsubscribed" && lane.unsubscribing.has(channelId))
        return this.#unsubscribed(lane, channelId);
      return lane.subscriptions.get(channelId)?.receive(envelope);
    }
    // The other lanes get them too.
    if (lane !== this.#first) return;
    if (envelope.type === "reset") this.#own.reset(envelope.data);
    else if ("seq" in envelope) this.#own.event(envelope as UserEventEnvelope);
  }

  #failed(lane: GatewaySocket, id: FrameId | undefined, error: ParleyError): void {
    lane.connection.applyRateLimit(error);
    if (this.#pending.reject(id, error)) return;
    for (const subscription of lane.subscriptions.values()) if (subscription.reject(id, error)) return;
    for (const [channelId, leavingId] of lane.unsubscribing)
      if (leavingId === id) return this.#unsubscribed(lane, channelId);
    this.#emitter.emit("error", error);
  }

  #emitEvent(event: UserEventEnvelope): void {
    this.#emitter.emit(event.type, event as never);
    this.#emitter.emit("event", event);
  }

  #roomClosed(channelId: string, isSubscribed: boolean): void {
    const lane = this.#socketOf(channelId);
    lane.remove(channelId, isSubscribed ? this.#pending.nextId() : undefined);
    this.#rooms.delete(channelId);
    this.#closeIfUnused(lane);
    this.#updateState();
  }

  #unsubscribed(lane: GatewaySocket, channelId: string): void {
    lane.unsubscribed(channelId);
    this.#closeIfUnused(lane);
  }

  /** A further socket without channels is closed; what it was to carry goes by the first. */
  #closeIfUnused(lane: GatewaySocket): void {
    if (this.#ended || lane === this.#first || lane.size > 0) return;
    this.#sockets.splice(this.#sockets.indexOf(lane), 1);
    lane.connection.stop();
    this.#pending.disconnected(lane);
    this.#pending.resend();
  }

  #lost(lane: GatewaySocket, retryInMs: number): void {
    this.#pending.disconnected(lane);
    if (lane !== this.#first) return this.#closeIfUnused(lane);
    this.#unreads.stop();
    this.#emitter.emit("lost", { retryInMs });
  }

  #end(error: ParleyError): void {
    if (this.#ended) return;
    this.#ended = error;
    this.#unreads.stop();
    for (const lane of this.#sockets) lane.end(error);
    this.#pending.rejectAll(error);
    this.#emitter.emit("closed", error);
  }

  #updateState(): void {
    const { phase } = this.#first;
    const isLive =
      this.#own.isLive && Array.from(this.#rooms.values()).every(({ state }) => state === "live");
    const state = phase === "connected" ? (isLive ? "live" : "behind") : phase;
    if (state === this.#state) return;
    this.#state = state;
    this.#emitter.emit("state", state);
  }
}
