import { assertNever, reject } from "../errors/app-error.ts";
import type { ParsedFrame } from "../sockets/client-frame.ts";
import { ackEnvelope } from "../sockets/replies.ts";
import type { CloseReason, ControlData, ServerEnvelope } from "../protocol/index.ts";
import { RoomSubscription } from "./room-subscription.ts";
import type { RoomConnections } from "./room-connections.ts";

/** A frame about one channel. */
export type ChannelFrame = Extract<ParsedFrame, { kind: "command" | "subscribe" | "unsubscribe" | "typing" }>;

/** The gateway that a lane belongs to. */
export interface ChannelQueueHost {
  readonly rooms: RoomConnections;
  /** Whether its client may subscribe to one more channel. */
  hasRoom(): boolean;
  /** Passes a frame of the room's on. */
  frame(text: string, bytes: number): void;
  /** Tells the client something of the gateway's own, as text. */
  tell(envelope: string): void;
  refuse(frame: ParsedFrame, error: unknown): void;
  /** This frame is done with. */
  done(text: string): void;
  /** Ends everything. */
  end(reason: CloseReason): void;
  /** The lane is as a new one would be. */
  idle(): void;
  /** Keeps the Worker's request alive until `work` has settled, also when the client disconnects first. */
  keepAlive(work: Promise<void>): void;
}

/** Clients of a room that went come back after this long, not all at once. */
const retry = { leastMs: 200, mostMs: 2_000 };

/**
 * One channel on one client's socket. Frames pass one after the other: to the room's socket where there is one, the way of REST
 * where there is none. What takes time holds up those behind it, and nothing of other channels.
 */
export class ChannelQueue {
  readonly #channelId: string;
  readonly #host: ChannelQueueHost;
  #waiting: { frame: ChannelFrame; text: string }[] = [];
  #subscription: RoomSubscription | undefined;
  #isOpening = false;
  #isRunning = false;
  #isOver = false;

  constructor(channelId: string, host: ChannelQueueHost) {
    this.#channelId = channelId;
    this.#host = host;
  }

  /** Or about to be; not while it is left. */
  get isSubscribed(): boolean {
    return this.#isOpening || (this.#subscription !== undefined && !this.#subscription.isLeaving);
  }

  take(frame: ChannelFrame, text: string): void {
    this.#waiting.push({ frame, text });
    if (!this.#isRunning) this.#host.keepAlive(this.#run());
  }

  /**
   * The client's socket has ended. Commands that it sent before are still executed, in order; other frames that wait are
   * dropped, and the subscription ends behind the commands.
   */
  end(): void {
    this.#isOver = true;
    this.#waiting = this.#waiting.filter(({ frame }) => frame.kind === "command");
    if (!this.#isRunning) this.#subscription?.close();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      try {
        await this.#pass(next.frame, next.text);
      } catch (error) {
        if (!this.#isOver) this.#host.refuse(next.frame, error);
      }
      this.#host.done(next.text);
    }
    this.#isRunning = false;
    if (this.#isOver) this.#subscription?.close();
    else if (!this.#subscription) this.#host.idle();
  }

  #pass(frame: ChannelFrame, text: string): Promise<void> | undefined {
    const subscription = this.#subscription;
    switch (frame.kind) {
      case "subscribe":
        return this.#subscribe(frame.data);
      case "unsubscribe":
        if (subscription) return subscription.leave(text);
        this.#tellUnsubscribed("requested");
        return undefined;
      case "typing":
        if (!subscription) reject("conflict", "Subscribe to the channel first");
        subscription.send(text);
        return undefined;
      case "command":
        if (!subscription) return this.#execute(frame);
        subscription.send(text);
        return undefined;
      default:
        return assertNever(frame);
    }
  }

  /** Where it was subscribed to already, it begins anew from the place that is given now. */
  async #subscribe(place: ControlData<"subscribe">): Promise<void> {
    if (!this.isSubscribed && !this.#host.hasRoom())
      reject("conflict", "Too many channels on this socket: unsubscribe from one first");
    this.#isOpening = true;
    try {
      await this.#subscription?.leaveQuietly();
      const room = await this.#host.rooms.open(this.#channelId, place);
      this.#subscription = new RoomSubscription(room, {
        frame: (text, bytes) => this.#host.frame(text, bytes),
        ended: (why) => this.#ended(why),
        sessionEnded: () => this.#host.end("sessionEnded"),
      });
    } finally {
      this.#isOpening = false;
    }
  }

  async #execute({ id, command }: Extract<ChannelFrame, { kind: "command" }>): Promise<void> {
    const outcome = await this.#host.rooms.execute(this.#channelId, command);
    this.#host.tell(ackEnvelope(id, command, outcome));
  }

  #ended(why: "requested" | "removed" | "restart" | undefined): void {
    this.#subscription = undefined;
    if (why) this.#tellUnsubscribed(why);
    if (!this.#isRunning) this.#host.idle();
  }

  #tellUnsubscribed(reason: "requested" | "removed" | "restart"): void {
    const { leastMs, mostMs } = retry;
    const retryAfterMs = Math.round(leastMs + Math.random() * (mostMs - leastMs));
    const envelope: ServerEnvelope = {
      type: "unsubscribed",
      channelId: this.#channelId,
      data: { reason, ...(reason === "restart" && { retryAfterMs }) },
    };
    this.#host.tell(JSON.stringify(envelope));
  }
}
