import type { FrameId, Hello, ServerEnvelope } from "./contract/frames.ts";
import { Backoff } from "./backoff.ts";
import type { BackoffOptions } from "./backoff.ts";
import { Connection, connectionBackoff } from "./connection.ts";
import type { ParleyError } from "./error.ts";
import type { LogPosition } from "./event-feed.ts";
import type { Frame } from "./send-queue.ts";
import type { SocketContext } from "./socket-context.ts";
import { socketRequest } from "./socket-context.ts";
import type { Subscription } from "./subscription.ts";
import { socketPaths } from "./contract/frames.ts";
import { getStatus } from "./contract/users.ts";

/** The state of a socket; `offline`: waiting for a retry, or closed. */
export type Phase = "connecting" | "connected" | "offline";

export interface GatewaySocketOptions {
  context: SocketContext;
  backoff: Partial<BackoffOptions> | undefined;
  connectTimeoutMs: number;
  /** Returns the position to resume the user's own events from; null: only new ones. */
  position: () => LogPosition | null;
}

/** The owner's handlers for what a gateway socket reports; none is called after `ended`. */
export interface GatewaySocketHandlers {
  hello(socket: GatewaySocket, hello: Hello): void;
  /** The phase changed, and the subscriptions were notified. */
  changed(socket: GatewaySocket): void;
  envelopes(socket: GatewaySocket, envelopes: readonly ServerEnvelope[]): void;
  lost(socket: GatewaySocket, retryInMs: number): void;
  ended(error: ParleyError): void;
}

/** One gateway socket (`/v1/realtime`) of a realtime connection, and the channel subscriptions that it carries. */
export class GatewaySocket {
  phase: Phase = "connecting";
  readonly subscriptions = new Map<string, Subscription>();
  /** Channels whose `unsubscribe` the server has not confirmed yet, with the id of that frame. */
  readonly unsubscribing = new Map<string, FrameId>();
  readonly connection: Connection;
  readonly #handlers: GatewaySocketHandlers;

  constructor(
    { context, backoff, connectTimeoutMs, position }: GatewaySocketOptions,
    handlers: GatewaySocketHandlers,
  ) {
    this.#handlers = handlers;
    this.connection = new Connection(
      {
        request: () => socketRequest(context, socketPaths.realtime, { position: position() }),
        open: context.open,
        backoff: new Backoff({ ...connectionBackoff, ...backoff }),
        connectTimeoutMs,
        environment: context.environment,
        onSessionEnd: context.onSessionEnd,
        // The user's hub serves this request without a database.
        probe: (signal) => context.call(getStatus, { signal, retry: false }),
      },
      {
        connecting: () => this.#setPhase("connecting", (subscription) => subscription.connecting()),
        hello: (hello) => handlers.hello(this, hello),
        envelopes: (envelopes) => handlers.envelopes(this, envelopes),
        lost: (retryInMs) => this.#lost(retryInMs),
        ended: (error) => handlers.ended(error),
      },
    );
  }

  /** How many subscriptions this socket uses of the server's limit. */
  get size(): number {
    return this.subscriptions.size + this.unsubscribing.size;
  }

  /** Adds a subscription that no other socket carries. */
  add(subscription: Subscription): void {
    this.subscriptions.set(subscription.channelId, subscription);
    if (this.phase === "offline") subscription.lost(0);
    this.subscribe(subscription);
  }

  /** Handles `hello`: subscribes to every channel. */
  connected(): void {
    this.#setPhase("connected", (subscription) => this.subscribe(subscription));
  }

  /** Sends `subscribe`, unless the socket is not connected or the server has not confirmed an earlier `unsubscribe` yet. */
  subscribe(subscription: Subscription): void {
    if (this.phase === "connected" && !this.unsubscribing.has(subscription.channelId))
      subscription.subscribe();
  }

  /** Queues a frame ahead of commands; returns false without a connection. */
  post(frame: object): boolean {
    return this.postFrame({ order: 0, text: () => JSON.stringify(frame) });
  }

  postFrame(frame: Frame): boolean {
    return this.connection.post(frame);
  }

  /**
   * Removes a subscription.
   *
   * @param id - id of the `unsubscribe` frame; undefined where the server has no subscription to end
   */
  remove(channelId: string, id: FrameId | undefined): void {
    this.subscriptions.delete(channelId);
    if (id !== undefined && this.post({ id, type: "unsubscribe", channelId }))
      this.unsubscribing.set(channelId, id);
  }

  /** Handles the server's confirmation of an `unsubscribe`: a newer subscription to the same channel can be sent now. */
  unsubscribed(channelId: string): void {
    this.unsubscribing.delete(channelId);
    const next = this.subscriptions.get(channelId);
    if (next) this.subscribe(next);
  }

  /** Closes the socket and ends its subscriptions. */
  end(error: ParleyError): void {
    this.connection.stop();
    this.unsubscribing.clear();
    this.#setPhase("offline", (subscription) => subscription.ended(error));
  }

  #lost(retryInMs: number): void {
    this.unsubscribing.clear();
    this.#setPhase("offline", (subscription) => subscription.lost(retryInMs));
    this.#handlers.lost(this, retryInMs);
  }

  #setPhase(phase: Phase, notify: (subscription: Subscription) => void): void {
    this.phase = phase;
    Array.from(this.subscriptions.values()).forEach(notify);
    this.#handlers.changed(this);
  }
}
