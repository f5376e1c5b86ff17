import type { FrameId, Hello, ServerEnvelope } from "./contract/frames.ts";
import { Backoff } from "./backoff.ts";
import type { BackoffOptions } from "./backoff.ts";
import { Connection, connectionBackoff } from "./connection.ts";
import type { ParleyError } from "./error.ts";
import type { Place } from "./event-feed.ts";
import type { Frame } from "./outbox.ts";
import type { SocketContext } from "./socket-context.ts";
import { socketRequest } from "./socket-context.ts";
import type { Subscription } from "./subscription.ts";
import { socketPaths } from "./contract/frames.ts";
import { getStatus } from "./contract/users.ts";

export type Phase = "connecting" | "connected" | "offline";

export interface LaneOptions {
  context: SocketContext;
  backoff: Partial<BackoffOptions> | undefined;
  connectTimeoutMs: number;
  /** Where to resume the user's own events; null: from now on. */
  place: () => Place | null;
}

/** What a lane reports to its owner; nothing is called after `ended`. */
export interface LaneHandlers {
  hello(lane: Lane, hello: Hello): void;
  /** The phase of the lane changed, and its subscriptions were informed. */
  changed(lane: Lane): void;
  envelopes(lane: Lane, envelopes: readonly ServerEnvelope[]): void;
  lost(lane: Lane, retryInMs: number): void;
  ended(error: ParleyError): void;
}

/** One gateway socket (`/v1/realtime`) of a realtime connection, and the subscriptions that it carries. */
export class Lane {
  phase: Phase = "connecting";
  readonly subscriptions = new Map<string, Subscription>();
  /** Channels that are being left, until the server confirms it; by the id of the `unsubscribe` frame. */
  readonly leaving = new Map<string, FrameId>();
  readonly connection: Connection;
  readonly #handlers: LaneHandlers;

  constructor({ context, backoff, connectTimeoutMs, place }: LaneOptions, handlers: LaneHandlers) {
    this.#handlers = handlers;
    this.connection = new Connection(
      {
        request: () => socketRequest(context, socketPaths.realtime, { place: place() }),
        open: context.open,
        backoff: new Backoff({ ...connectionBackoff, ...backoff }),
        connectTimeoutMs,
        environment: context.environment,
        // The user's hub answers it without a database.
        probe: (signal) => context.call(getStatus, { signal, retry: false }),
      },
      {
        connecting: () => this.#enter("connecting", (subscription) => subscription.connecting()),
        hello: (hello) => handlers.hello(this, hello),
        envelopes: (envelopes) => handlers.envelopes(this, envelopes),
        lost: (retryInMs) => this.#lost(retryInMs),
        ended: (error) => handlers.ended(error),
      },
    );
  }

  /** How many of the server's subscriptions are in use. */
  get size(): number {
    return this.subscriptions.size + this.leaving.size;
  }

  /** Carries a subscription from now on, which is in no lane. */
  add(subscription: Subscription): void {
    this.subscriptions.set(subscription.channelId, subscription);
    if (this.phase === "offline") subscription.lost(0);
    this.ask(subscription);
  }

  /** The server accepts frames: asks for every subscription. */
  connected(): void {
    this.#enter("connected", (subscription) => this.ask(subscription));
  }

  /** Sends `subscribe`, unless there is no connection, or the server is still ending an earlier subscription. */
  ask(subscription: Subscription): void {
    if (this.phase === "connected" && !this.leaving.has(subscription.channelId)) subscription.ask();
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
      this.leaving.set(channelId, id);
  }

  /** The server confirmed that a channel was left. */
  hasLeft(channelId: string): void {
    this.leaving.delete(channelId);
    const next = this.subscriptions.get(channelId);
    if (next) this.ask(next);
  }

  /** Closes the socket; subscriptions that it carries have ended. */
  end(error: ParleyError): void {
    this.connection.stop();
    this.leaving.clear();
    this.#enter("offline", (subscription) => subscription.ended(error));
  }

  #lost(retryInMs: number): void {
    this.leaving.clear();
    this.#enter("offline", (subscription) => subscription.lost(retryInMs));
    this.#handlers.lost(this, retryInMs);
  }

  #enter(phase: Phase, inform: (subscription: Subscription) => void): void {
    this.phase = phase;
    Array.from(this.subscriptions.values()).forEach(inform);
    this.#handlers.changed(this);
  }
}
