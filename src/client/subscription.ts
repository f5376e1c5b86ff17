import type { FrameId, ServerEnvelope } from "./contract/frames.ts";
import { Backoff } from "./backoff.ts";
import type { BackoffOptions } from "./backoff.ts";
import { isDecisive } from "./connection.ts";
import { ParleyError } from "./error.ts";
import type { Line, LineEvents } from "./transport.ts";
import type { Frame } from "./outbox.ts";
import type { Command, PendingCommands } from "./pending.ts";

/** A socket of several channels, as one of them sees it. */
export interface SharedSocket {
  readonly pending: PendingCommands;
  post(frame: Frame): boolean;
  signal(text: string): boolean;
  /** The channel's handle was closed. `isSubscribed`: the server still sends its events. */
  left(isSubscribed: boolean): void;
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
export class Subscription implements Line {
  readonly channelId: string;
  #state: "away" | "asked" | "restarting" | "refused" = "away";
  #askId: FrameId | undefined;
  /** Whether `subscribe` may have been sent on this connection. */
  #wasAsked = false;
  #subscribedAt: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #socket: SharedSocket;
  readonly #room: LineEvents;
  readonly #backoff: Backoff;

  constructor(socket: SharedSocket, room: LineEvents, { channelId, backoff }: SubscriptionOptions) {
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
  ask(): void {
    const id = this.#socket.pending.nextId();
    const wasRestarting = this.#state === "restarting";
    this.#state = "asked";
    this.#askId = id;
    this.#room.connected();
    // Before everything else: commands to the channel are repeated after it.
    this.#socket.post({ order: 0, text: () => (this.#askId === id ? this.#frame(id) : undefined) });
    if (wasRestarting) this.#socket.pending.repeat(this.channelId);
  }

  connecting(): void {
    this.#room.connecting();
  }

  take(envelope: ServerEnvelope): void {
    if (this.#state !== "asked") return;
    if (envelope.type === "unsubscribed") {
      const { reason, retryAfterMs } = envelope.data;
      if (reason !== "removed") return this.#restart(retryAfterMs);
      return this.#over(
        new ParleyError({ code: "not_found", detail: "You may not read this channel any more" }),
      );
    }
    if (envelope.type === "subscribed") this.#subscribedAt = Date.now();
    this.#room.envelopes([envelope]);
  }

  /** The answer to a `subscribe`; false if it is to something else. */
  refuse(id: FrameId | undefined, error: ParleyError): boolean {
    if (id === undefined || id !== this.#askId) return false;
    const { retryAfterMs } = error;
    if (isDecisive(error)) this.#over(error);
    else {
      this.#room.failed(error);
      this.#again("refused", retryAfterMs);
    }
    return true;
  }

  /** The socket was lost. */
  lost(retryInMs: number): void {
    this.#leave("away");
    this.#room.lost(retryInMs);
  }

  /** The connection ended for good. */
  ended(error: ParleyError): void {
    this.#leave("away");
    this.#room.ended(error);
  }

  end(error: ParleyError): void {
    const { isOpen } = this;
    const isSubscribed = this.#wasAsked;
    this.#leave("away");
    this.#socket.pending.refuseAll(error, ({ owner }) => owner === this);
    this.#socket.left(isSubscribed);
    // Commands of other owners waited for it.
    if (!isOpen) this.#socket.pending.repeat(this.channelId);
  }

  #frame(id: FrameId): string {
    const { channelId } = this;
    const { place } = this.#room;
    this.#wasAsked = true;
    const data = place ? { since: place.seq, epoch: place.epoch } : {};
    return JSON.stringify({ id, type: "subscribe", channelId, data });
  }

  #restart(retryAfterMs?: number): void {
    this.#again("restarting", retryAfterMs);
    this.#room.interrupted();
  }

  #again(state: "restarting" | "refused", atLeastMs = 0): void {
    if (this.#subscribedAt !== undefined) this.#backoff.lasted(Date.now() - this.#subscribedAt);
    this.#leave(state);
    this.#timer = setTimeout(() => this.ask(), atLeastMs + this.#backoff.next());
  }

  /** The server ended the subscription for good: open commands get no answer. */
  #over(error: ParleyError): void {
    this.#leave("away");
    this.#socket.pending.refuseAll(error, ({ channelId }) => channelId === this.channelId);
    this.#room.ended(error);
  }

  #leave(state: "away" | "restarting" | "refused"): void {
    clearTimeout(this.#timer);
    this.#state = state;
    this.#askId = undefined;
    this.#wasAsked = false;
    this.#subscribedAt = undefined;
  }
}
