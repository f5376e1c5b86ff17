import type { FrameId, ServerEnvelope } from "./contract/frames.ts";
import { Backoff } from "./backoff.ts";
import type { BackoffOptions } from "./backoff.ts";
import { isPermanent } from "./connection.ts";
import { ParleyError } from "./error.ts";
import type { Transport, TransportHandlers } from "./transport.ts";
import type { Frame } from "./send-queue.ts";
import type { Command, PendingCommands } from "./pending-commands.ts";

/** A socket of several channels, as one of them sees it. */
export interface SharedSocket {
  readonly pending: PendingCommands;
  post(frame: Frame): boolean;
  signal(text: string): boolean;
  /** The channel's handle was closed. `isSubscribed`: the server still sends its events. */
  closed(isSubscribed: boolean): void;
}

export interface SubscriptionOptions {
  channelId: string;
  backoff?: Partial<BackoffOptions> | undefined;
}

/**
 * A room's part of a shared socket. `away`: not subscribed. `asked`: `subscribe` was queued or sent. `restarting`: the server's end was
 * closed and is subscribed to again soon; commands wait for that, since earlier ones may be lost. `refused`: subscribed to again
 * later, after an error; commands need no subscription.
 */
export class Subscription implements Transport {
  readonly channelId: string;
  #state: "away" | "asked" | "restarting" | "refused" = "away";
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
    return this.#state === "asked" && this.#socket.signal(JSON.stringify(frame));
  }

  /** Subscribes, from the place where the room is when the frame is sent. */
  subscribe(): void {
    const id = this.#socket.pending.nextId();
    const wasRestarting = this.#state === "restarting";
    this.#state = "asked";
    this.#requestId = id;
    this.#room.connected();
    // Before everything else: commands to the channel are repeated after it.
    this.#socket.post({ order: 0, text: () => (this.#requestId === id ? this.#frame(id) : undefined) });
    if (wasRestarting) this.#socket.pending.resend(this.channelId);
  }

  connecting(): void {
    this.#room.connecting();
  }

  receive(envelope: ServerEnvelope): void {
    if (this.#state !== "asked") return;
    if (envelope.type === "unsubscribed") {
      const { reason, retryAfterMs } = envelope.data;
      if (reason !== "removed") return this.#restart(retryAfterMs);
      return this.#terminate(
        new ParleyError({ code: "not_found", detail: "You may not read this channel any more" }),
      );
    }
    if (envelope.type === "subscribed") this.#subscribedAt = Date.now();
    this.#room.envelopes([envelope]);
  }

  /** The answer to a `subscribe`; false if it is to something else. */
  reject(id: FrameId | undefined, error: ParleyError): boolean {
    if (id === undefined || id !== this.#requestId) return false;
    const { retryAfterMs } = error;
    if (isPermanent(error)) this.#terminate(error);
    else {
      this.#room.failed(error);
      this.#retry("refused", retryAfterMs);
    }
    return true;
  }

  /** The socket was lost. */
  lost(retryInMs: number): void {
    this.#deactivate("away");
    this.#room.lost(retryInMs);
  }

  /** The connection ended for good. */
  ended(error: ParleyError): void {
    this.#deactivate("away");
    this.#room.ended(error);
  }

  end(error: ParleyError): void {
    const { isOpen } = this;
    const isSubscribed = this.#wasRequested;
    this.#deactivate("away");
    this.#socket.pending.rejectAll(error, ({ owner }) => owner === this);
    this.#socket.closed(isSubscribed);
    // Commands of other owners waited for it.
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

  #retry(state: "restarting" | "refused", atLeastMs = 0): void {
    if (this.#subscribedAt !== undefined) this.#backoff.lasted(Date.now() - this.#subscribedAt);
    this.#deactivate(state);
    this.#timer = setTimeout(() => this.subscribe(), atLeastMs + this.#backoff.next());
  }

  /** The server ended the subscription for good: open commands get no answer. */
  #terminate(error: ParleyError): void {
    this.#deactivate("away");
    this.#socket.pending.rejectAll(error, ({ channelId }) => channelId === this.channelId);
    this.#room.ended(error);
  }

  #deactivate(state: "away" | "restarting" | "refused"): void {
    clearTimeout(this.#timer);
    this.#state = state;
    this.#requestId = undefined;
    this.#wasRequested = false;
    this.#subscribedAt = undefined;
  }
}
