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

export type Phase = "connecting" | "connected" | "offline";

export interface GatewaySocketOptions {
  context: SocketContext;
  backoff: Partial<BackoffOptions> | undefined;
  connectTimeoutMs: number;
  /** Where to resume the user's own events; null: from now on. */
  position: () => LogPosition | null;
}

/** What a lane reports to its owner; nothing is called after `ended`. */
export interface GatewaySocketHandlers {
  hello(lane: GatewaySocket, hello: Hello): void;
  /** The phase of the lane changed, and its subscriptions were informed. */
  changed(lane: GatewaySocket): void;
  envelopes(lane: GatewaySocket, envelopes: readonly ServerEnvelope[]): void;
  lost(lane: GatewaySocket, retryInMs: number): void;
  ended(error: ParleyError): void;
}

/** One gateway socket (`/v1/realtime`) of a realtime connection, and the subscriptions that it carries. */
export class GatewaySocket {
  phase: Phase = "connecting";
  readonly subscriptions = new Map<string, Subscription>();
  /** Channels that are being left, until the server confirms it; by the id of the `unsubscribe` frame. */
  readonly unsubscribing = new Map<string, FrameId>();
  readonly connection: Connection;
  readonly #handlers: GatewaySocketHandlers;

  constructor({ context, backoff, connectTimeoutMs, position }: GatewaySocketOptions, handlers: GatewaySocketHandlers) {
    this.#handlers = handlers;
    this.connection = new Connection(
      {
        request: () => socketRequest(context, socketPaths.realtime, { place: position() }),
        open: context.open,
        backoff: new Backoff({ ...connectionBackoff, ...backoff }),
        connectTimeoutMs,
        environment: context.environment,
        // The user's hub answers it without a database.
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

  /** How many of the server's subscriptions are in use. */
  get size(): number {
    return this.subscriptions.size + this.unsubscribing.size;
  }

  /** Carries a subscription from now on, which is in no lane. */
  add(subscription: Subscription): void {
    this.subscriptions.set(subscription.channelId, subscription);
    if (this.phase === "offline") subscription.lost(0);
    this.subscribe(subscription);
  }

  /** The server accepts frames: asks for every subscription. */
  connected(): void {
    this.#setPhase("connected", (subscription) => this.subscribe(subscription));
  }

  /** Sends `subscribe`, unless there is no connection, or the server is still ending an earlier subscription. */
  subscribe(subscription: Subscription): void {
    if (this.phase === "connected" && !this.unsubscribing.has(subscription.channelId)) subscription.subscribe();
  }

  /** Queues a frame before commands that wait; false without a connection. */
  post(frame: object): boolean {
    return this.postFrame({ order: 0, text: () => JSON.stringify(frame) });
  }

  postFrame(frame: Frame): boolean {
    return this.connection.post(frame);
  }

  /** Ends a subscription; `id` is that of the frame that tells the server, if it must be told. */
  remove(channelId: string, id: FrameId | undefined): void {
    this.subscriptions.delete(channelId);
    if (id !== undefined && this.post({ id, type: "unsubscribe", channelId }))
      this.unsubscribing.set(channelId, id);
  }

  /** The server confirmed that a channel was left. */
  unsubscribed(channelId: string): void {
    this.unsubscribing.delete(channelId);
    const next = this.subscriptions.get(channelId);
    if (next) this.subscribe(next);
  }

  /** Closes the socket; subscriptions that it carries have ended. */
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

  #setPhase(phase: Phase, inform: (subscription: Subscription) => void): void {
    this.phase = phase;
    Array.from(this.subscriptions.values()).forEach(inform);
    this.#handlers.changed(this);
  }
}
