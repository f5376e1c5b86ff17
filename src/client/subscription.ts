import type { FrameId, ServerEnvelope } from "./contract/frames.ts";
import { Backoff } from "./backoff.ts";
import type { BackoffOptions } from "./backoff.ts";
import { isPermanent } from "./connection.ts";
import { ParleyError } from "./error.ts";
import type { Transport, TransportHandlers } from "./transport.ts";
import type { Frame } from "./send-queue.ts";
import type { Command, PendingCommands } from "./pending-commands.ts";

/** The part of a gateway socket that one subscription uses. */
export interface SharedSocket {
  readonly pending: PendingCommands;
  post(frame: Frame): boolean;
  signal(text: string): boolean;
  /** @param isSubscribed - whether the server still sends events of the channel, so that it needs an `unsubscribe` */
  closed(isSubscribed: boolean): void;
}

export interface SubscriptionOptions {
  channelId: string;
  backoff?: Partial<BackoffOptions> | undefined;
}

/**
 * The transport of a room on a shared gateway socket.
 *
 * - `inactive`: not subscribed.
 * - `requested`: `subscribe` was queued or sent.
 * - `restarting`: the server closed its side of the subscription, which is renewed soon. Commands wait until then, because earlier
 *   ones may be lost.
 * - `failed`: subscribed to again later, after an error. Commands do not wait, because they need no subscription.
 */
export class Subscription implements Transport {
  readonly channelId: string;
  #state: "inactive" | "requested" | "restarting" | "failed" = "inactive";
  #requestId: FrameId | undefined;
  /** Whether `subscribe` may have been sent on this connection. */
  #wasRequested = false;
  #subscribedAt: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #socket: SharedSocket;
  readonly #room: TransportHandlers;
  readonly #backoff: Backoff;

  constructor(socket: SharedSocket, room: TransportHandlers, { channelId, backoff }: SubscriptionOptions) {
    this.channelId = channelId;
    this.#socket = socket;
    this.#room = room;
    this.#backoff = new Backoff(backoff);
  }

  /** Whether commands of the channel may be sent now. */
  get isOpen(): boolean {
    return this.#state !== "restarting";
  }

  get unanswered(): number {
    return this.#socket.pending.count(this);
  }

  send(command: Command): Promise<unknown> {
    return this.#socket.pending.send(this, command);
  }

  signal(frame: object): boolean {
    return this.#state === "requested" && this.#socket.signal(JSON.stringify(frame));
  }

  /** Subscribes from the position that the room has when the frame is sent. */
  subscribe(): void {
    const id = this.#socket.pending.nextId();
    const wasRestarting = this.#state === "restarting";
    this.#state = "requested";
    this.#requestId = id;
    this.#room.connected();
    // Ahead of all commands, since those of this channel are sent again after it.
    this.#socket.post({ order: 0, text: () => (this.#requestId === id ? this.#frame(id) : undefined) });
    if (wasRestarting) this.#socket.pending.resend(this.channelId);
  }

  connecting(): void {
    this.#room.connecting();
  }

  receive(envelope: ServerEnvelope): void {
    if (this.#state !== "requested") return;
    if (envelope.type === "unsubscribed") {
      const { reason, retryAfterMs } = envelope.data;
      if (reason !== "removed") return this.#restart(retryAfterMs);
      return this.#terminate(
        new ParleyError({
          code: "not_found",
          detail: "You can no longer read this channel",
        }),
      );
    }
    if (envelope.type === "subscribed") this.#subscribedAt = Date.now();
    this.#room.envelopes([envelope]);
  }

  /**
   * Handles an error frame that responds to `subscribe`: retries later after a temporary error, else ends the subscription.
   *
   * @returns false if the error responds to another frame
   */
  reject(id: FrameId | undefined, error: ParleyError): boolean {
    if (id === undefined || id !== this.#requestId) return false;
    const { retryAfterMs } = error;
    if (isPermanent(error)) this.#terminate(error);
    else {
      this.#room.failed(error);
      this.#retry("failed", retryAfterMs);
    }
    return true;
  }

  /** Handles the loss of the socket. */
  lost(retryInMs: number): void {
    this.#deactivate("inactive");
    this.#room.lost(retryInMs);
  }

  /** Handles the permanent end of the connection. */
  ended(error: ParleyError): void {
    this.#deactivate("inactive");
    this.#room.ended(error);
  }

  end(error: ParleyError): void {
    const { isOpen } = this;
    const isSubscribed = this.#wasRequested;
    this.#deactivate("inactive");
    this.#socket.pending.rejectAll(error, ({ owner }) => owner === this);
    this.#socket.closed(isSubscribed);
    // Commands of other owners waited for the renewal.
    if (!isOpen) this.#socket.pending.resend(this.channelId);
  }

  #frame(id: FrameId): string {
    const { channelId } = this;
    const { position } = this.#room;
    this.#wasRequested = true;
    const data = position ? { since: position.seq, epoch: position.epoch } : {};
    return JSON.stringify({ id, type: "subscribe", channelId, data });
  }

  #restart(retryAfterMs?: number): void {
    this.#retry("restarting", retryAfterMs);
    this.#room.interrupted();
  }

  #retry(state: "restarting" | "failed", atLeastMs = 0): void {
    if (this.#subscribedAt !== undefined) this.#backoff.lasted(Date.now() - this.#subscribedAt);
    this.#deactivate(state);
    this.#timer = setTimeout(() => this.subscribe(), atLeastMs + this.#backoff.next());
  }

  /** Handles a subscription that the server ended for good: commands of the channel get no response. */
  #terminate(error: ParleyError): void {
    this.#deactivate("inactive");
    this.#socket.pending.rejectAll(error, ({ channelId }) => channelId === this.channelId);
    this.#room.ended(error);
  }

  #deactivate(state: "inactive" | "restarting" | "failed"): void {
    clearTimeout(this.#timer);
    this.#state = state;
    this.#requestId = undefined;
    this.#wasRequested = false;
    this.#subscribedAt = undefined;
  }
}
