import { AllChannels } from "./all-channels.ts";
import type { AllChannelsOptions } from "./all-channels.ts";
import type { BackoffOptions } from "./backoff.ts";
import type { CommandType } from "./contract/commands.ts";
import type { ControlFrames, FrameId, Hello, ServerEnvelope } from "./contract/frames.ts";
import type { StatusChange } from "./contract/presence.ts";
import { userSignalTypes } from "./contract/user-events.ts";
import type { UserEventEnvelope, UserSignalEnvelope } from "./contract/user-events.ts";
import { Emitter } from "./emitter.ts";
import { errorFromProblem, ParleyError } from "./error.ts";
import type { LogPosition } from "./event-feed.ts";
import { GatewaySocket } from "./gateway-socket.ts";
import { OwnEvents } from "./own-events.ts";
import { PendingCommands } from "./pending-commands.ts";
import type { RealtimeEvents } from "./realtime-events.ts";
import { Room, type RoomOptions } from "./room.ts";
import type { AckData, CommandInput, RoomState } from "./room-events.ts";
import type { SocketContext } from "./socket-context.ts";
import { Subscription } from "./subscription.ts";
import { Unreads } from "./unreads.ts";

/** Options of `client.connect`. */
export interface RealtimeOptions {
  /** The position to resume the user's own events from: `realtime.place` of an earlier connection. Without it only new ones are emitted. */
  since?: LogPosition;
  /** Interval at which `unreads` is fetched while connected, in milliseconds; 30,000 by default; 0: never. */
  unreadsEveryMs?: number;
  /** The delays before retries, also of rooms without their own. */
  backoff?: Partial<BackoffOptions>;
  /** Timeout of an attempt to connect, in milliseconds; 10,000 by default. Doubles after each timeout, up to 4 times that value. */
  connectTimeoutMs?: number;
}

type StatusInput = ControlFrames["statusUpdate"];

/**
 * The realtime connection: any number of channels, and the user's own events. It connects when created, and reconnects and resumes
 * automatically until `close()` is called or the server ends the session. A socket carries as many channels as the server allows
 * (`hello`'s `limits.channels`, 50 by default); further sockets are opened and closed as needed.
 */
export class Realtime {
  readonly #context: SocketContext;
  readonly #options: RealtimeOptions;
  readonly #emitter = new Emitter<RealtimeEvents>();
  readonly #pending: PendingCommands;
  readonly #own: OwnEvents;
  readonly #unreads: Unreads;
  /** The first socket carries the user's own events and status, and stays open without channels. */
  readonly #sockets: [GatewaySocket, ...GatewaySocket[]];
  readonly #rooms = new Map<string, Room>();
  /** The server's limit of channels a socket; infinite before the first `hello`. */
  #channelsPerSocket = Number.POSITIVE_INFINITY;
  #state: RoomState = "connecting";
  #ended: ParleyError | null = null;
  #isIdle = false;

  constructor(context: SocketContext, options: RealtimeOptions = {}) {
    const { since = null, unreadsEveryMs = 30_000, backoff } = options;
    this.#context = context;
    this.#options = options;
    this.#own = new OwnEvents(since, {
      event: (event) => this.#emitEvent(event),
      reset: (position) => this.#emitter.emit("reset", position),
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
        const socket = this.#socketOf(channelId);
        return socket.postFrame(frame) ? socket : null;
      },
      isOpen: (channelId) => this.#subscription(channelId)?.isOpen !== false,
      backoff,
    });
    this.#first.connection.start();
  }

  /** Changes are emitted as `state`. */
  get state(): RoomState {
    return this.#state;
  }

  /** The position of the last own event that was emitted: store it, and pass it as `since` to resume there. Null before the first connection. */
  get place(): LogPosition | null {
    return this.#own.position;
  }

  /** How many commands of all channels have no response yet. */
  get unanswered(): number {
    return this.#pending.size;
  }

  /**
   * Adds a listener.
   *
   * @returns a function that removes it.
   */
  on<Name extends keyof RealtimeEvents>(
    name: Name,
    listener: (value: RealtimeEvents[Name]) => void,
  ): () => void {
    return this.#emitter.on(name, listener);
  }

  /**
   * Subscribes to a channel until the returned room is closed: by `close()`, or because the user can no longer read the channel. A
   * temporary error of the server is emitted as the room's `error`, and the subscription is retried.
   *
   * @throws ParleyError `conflict` while the channel has an open room.
   */
  subscribe(channelId: string, options: RoomOptions = {}): Room {
    if (this.#ended) throw this.#ended;
    if (this.#rooms.has(channelId))
      throw new ParleyError({
        code: "conflict",
        detail: "The channel has an open room already",
      });
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
   * Subscribes to every channel that the user is a member of, and to those that they join later, also while this process was not
   * running: for bots. See `AllChannels`.
   *
   * @example
   * const all = realtime.subscribeAll({ places: saved });
   * all.on("messageCreate", ({ channelId, data }) => answer(channelId, data.message));
   */
  subscribeAll(options: AllChannelsOptions = {}): AllChannels {
    if (this.#ended) throw this.#ended;
    return new AllChannels(this, this.#context.call, options);
  }

  /** Sends a command like `room.send`, to any channel, subscribed to or not. Closing a room does not reject it. */
  async send<T extends CommandType>(channelId: string, type: T, data: CommandInput<T>): Promise<AckData<T>> {
    if (this.#ended) throw this.#ended;
    return (await this.#pending.send(this, { type, channelId, data })) as AckData<T>;
  }

  /**
   * Sets the user's status. `idle` says that this device is not in use; it is sent again on each new connection. A user is `away` when
   * all of their devices are idle.
   */
  async setStatus(status: StatusInput): Promise<StatusChange> {
    if (this.#ended) throw this.#ended;
    const { idle } = status;
    this.#isIdle = idle ?? this.#isIdle;
    // The server counts each socket as a device.
    if (idle !== undefined)
      for (const socket of this.#sockets.slice(1)) socket.post({ type: "statusUpdate", data: { idle } });
    return (await this.#pending.send(this, { type: "statusUpdate", data: status })) as StatusChange;
  }

  /** Resolves when the connection and all rooms are live. @throws ParleyError if the connection is closed first. */
  async live(): Promise<void> {
    if (this.#ended) throw this.#ended;
    if (this.#state !== "live") await this.#emitter.until("state", (state) => state === "live");
  }

  /** Closes the connection and every room; commands without a response are rejected. */
  close(): void {
    this.#end(
      new ParleyError({ code: "unavailable", status: 0, detail: "The connection was closed by close()" }),
    );
  }

  get #first(): GatewaySocket {
    return this.#sockets[0];
  }

  #newSocket(position: () => LogPosition | null): GatewaySocket {
    const { backoff, connectTimeoutMs = 10_000 } = this.#options;
    return new GatewaySocket(
      { context: this.#context, backoff, connectTimeoutMs, position },
      {
        hello: (socket, hello) => this.#hello(socket, hello),
        changed: () => this.#updateState(),
        envelopes: (socket, envelopes) => this.#receive(socket, envelopes),
        lost: (socket, retryInMs) => this.#lost(socket, retryInMs),
        ended: (error) => this.#end(error),
      },
    );
  }

  /** Returns the socket that carries a channel's subscription, else the first. */
  #socketOf(channelId: string | undefined): GatewaySocket {
    const carriesChannel = (socket: GatewaySocket): boolean =>
      channelId !== undefined && socket.subscriptions.has(channelId);
    return this.#sockets.find(carriesChannel) ?? this.#first;
  }

  #subscription(channelId: string | undefined): Subscription | undefined {
    return channelId === undefined ? undefined : this.#socketOf(channelId).subscriptions.get(channelId);
  }

  /**
   * Returns a socket that can carry one more channel, and opens one if none can. A socket that is unsubscribing from the same channel
   * comes first: it subscribes again after the server's confirmation.
   */
  #socketWithCapacity(channelId: string): GatewaySocket {
    const previous = this.#sockets.find(({ unsubscribing }) => unsubscribing.has(channelId));
    const socket = previous ?? this.#sockets.find(({ size }) => size < this.#channelsPerSocket);
    if (socket) return socket;
    const added = this.#newSocket(() => null);
    this.#sockets.push(added);
    added.connection.start();
    return added;
  }

  #hello(socket: GatewaySocket, { data: { seq, epoch, limits } }: Hello): void {
    this.#channelsPerSocket = Math.max(1, limits.channels ?? Number.POSITIVE_INFINITY);
    if (socket === this.#first && seq !== undefined && epoch !== undefined) this.#own.hello({ seq, epoch });
    const tooMany = [...socket.subscriptions].slice(this.#channelsPerSocket);
    for (const [channelId] of tooMany) socket.subscriptions.delete(channelId);
    socket.connected();
    for (const [channelId, subscription] of tooMany) this.#socketWithCapacity(channelId).add(subscription);
    if (this.#isIdle) socket.post({ type: "statusUpdate", data: { idle: true } });
    this.#pending.resend();
    if (this.#first.phase === "connected" && socket === this.#first) this.#unreads.start();
  }

  #receive(socket: GatewaySocket, envelopes: readonly ServerEnvelope[]): void {
    for (const envelope of envelopes) {
      // A listener closed the connection.
      if (this.#ended) return;
      this.#route(socket, envelope);
    }
    this.#updateState();
  }

  #route(socket: GatewaySocket, envelope: ServerEnvelope): void {
    if (envelope.type === "ack") return this.#pending.acknowledge(envelope.id, envelope.data);
    if (envelope.type === "error") return this.#failed(socket, envelope.id, errorFromProblem(envelope.error));
    if ("channelId" in envelope && envelope.channelId !== undefined) {
      const { channelId } = envelope;
      if (envelope.type === "unsubscribed" && socket.unsubscribing.has(channelId))
        return this.#unsubscribed(socket, channelId);
      return socket.subscriptions.get(channelId)?.receive(envelope);
    }
    // The server sends own events on every socket; those of the first are used.
    if (socket !== this.#first) return;
    if (envelope.type === "reset") this.#own.reset(envelope.data);
    else if ("seq" in envelope) this.#own.event(envelope as UserEventEnvelope);
    else if (isUserSignal(envelope)) this.#emitter.emit(envelope.type, envelope as never);
  }

  #failed(socket: GatewaySocket, id: FrameId | undefined, error: ParleyError): void {
    socket.connection.applyRateLimit(error);
    if (this.#pending.reject(id, error)) return;
    for (const subscription of socket.subscriptions.values()) if (subscription.reject(id, error)) return;
    for (const [channelId, frameId] of socket.unsubscribing)
      if (frameId === id) return this.#unsubscribed(socket, channelId);
    this.#emitter.emit("error", error);
  }

  #emitEvent(event: UserEventEnvelope): void {
    this.#emitter.emit(event.type, event as never);
    this.#emitter.emit("event", event);
  }

  #roomClosed(channelId: string, isSubscribed: boolean): void {
    const socket = this.#socketOf(channelId);
    socket.remove(channelId, isSubscribed ? this.#pending.nextId() : undefined);
    this.#rooms.delete(channelId);
    this.#closeIfUnused(socket);
    this.#updateState();
  }

  #unsubscribed(socket: GatewaySocket, channelId: string): void {
    socket.unsubscribed(channelId);
    this.#closeIfUnused(socket);
  }

  /** Closes a further socket that carries no channel; its pending commands are sent by the first. */
  #closeIfUnused(socket: GatewaySocket): void {
    if (this.#ended || socket === this.#first || socket.size > 0) return;
    this.#sockets.splice(this.#sockets.indexOf(socket), 1);
    socket.connection.stop();
    this.#pending.disconnected(socket);
    this.#pending.resend();
  }

  #lost(socket: GatewaySocket, retryInMs: number): void {
    this.#pending.disconnected(socket);
    if (socket !== this.#first) return this.#closeIfUnused(socket);
    this.#unreads.stop();
    this.#emitter.emit("lost", { retryInMs });
  }

  #end(error: ParleyError): void {
    if (this.#ended) return;
    this.#ended = error;
    this.#unreads.stop();
    for (const socket of this.#sockets) socket.end(error);
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

const isUserSignal = (envelope: ServerEnvelope): envelope is UserSignalEnvelope =>
  (userSignalTypes as readonly string[]).includes(envelope.type);
