import { assertNever, reject } from "../errors/app-error.ts";
import type { ControlData, ServerEnvelope } from "../protocol/index.ts";
import type { ParsedFrame } from "../sockets/client-frame.ts";
import { ackEnvelope } from "../sockets/replies.ts";
import type { ClientSocket } from "./client-socket.ts";
import type { ErrorReplies } from "./error-replies.ts";
import type { PendingFrames } from "./pending-frames.ts";
import type { RoomConnections } from "./room-connections.ts";
import { RoomSubscription, type SubscriptionEnd, type SubscriptionListener } from "./room-subscription.ts";
import type { SubrequestBudget } from "./subrequest-budget.ts";
import type { CommandFrame, TypedCommands, TypedFrame } from "./typed-commands.ts";

/** A frame about one channel. */
export type ChannelFrame = Extract<ParsedFrame, { kind: "command" | "subscribe" | "unsubscribe" | "typing" }>;

/** What the queues of one gateway share. */
export interface ChannelQueueContext {
  readonly client: ClientSocket;
  readonly budget: SubrequestBudget;
  readonly rooms: RoomConnections;
  readonly errors: ErrorReplies;
  readonly pendingFrames: PendingFrames;
  readonly typedCommands: TypedCommands;
  /** The client's queues by channel id. A queue removes itself when it is idle. */
  readonly queues: Map<string, ChannelQueue>;
  /** How many channels the client may be subscribed to. */
  readonly maxChannels: number;
  readonly waitUntil: (work: Promise<void>) => void;
}

/** Clients of a room that restarted come back after a random time within these bounds, so that they do not all come at once. */
const resubscribe = { minMs: 200, maxMs: 2_000 };

/**
 * One channel on one client's socket. Its frames are executed one after the other: over the room's socket while the client is subscribed,
 * by a call to the room otherwise. A slow frame delays the later ones of its channel, and no other channel.
 */
export class ChannelQueue implements SubscriptionListener {
  readonly #channelId: string;
  readonly #context: ChannelQueueContext;
  #waiting: { frame: ChannelFrame; length: number }[] = [];
  #subscription: RoomSubscription | undefined;
  #isSubscribing = false;
  #isRunning = false;
  #hasEnded = false;
  /** Commands of bots that have no reply yet. */
  readonly #runs = new Set<Promise<void>>();

  constructor(channelId: string, context: ChannelQueueContext) {
    this.#channelId = channelId;
    this.#context = context;
  }

  /** Whether the client is subscribed or subscribing, and not unsubscribing. */
  get isSubscribed(): boolean {
    return this.#isSubscribing || (this.#subscription !== undefined && !this.#subscription.isLeaving);
  }

  /**
   * Executes a frame after the earlier ones of this channel. With a subscription and no earlier frame in progress it goes to the room at
   * once.
   *
   * @param length of the frame's text
   * @throws `unavailable` if too many of the client's frames wait
   */
  enqueue(frame: ChannelFrame, length: number): void {
    const isForRoom = frame.kind === "typing" || (frame.kind === "command" && !this.#isTyped(frame));
    if (!this.#isRunning && this.#subscription && isForRoom) return this.#subscription.send(frame);
    if (!this.#context.pendingFrames.add(length))
      reject("unavailable", "Too many frames wait on this socket; try again", { retryAfterMs: 1_000 });
    this.#waiting.push({ frame, length });
    if (!this.#isRunning) this.#context.waitUntil(this.#run());
  }

  /**
   * Ends the queue after the client's socket has closed. Commands that the client sent before are still executed, in order; its other
   * waiting frames are dropped, and the subscription ends after the commands.
   */
  end(): void {
    this.#hasEnded = true;
    this.#waiting = this.#waiting.filter(({ frame }) => frame.kind === "command");
    if (!this.#isRunning) this.#subscription?.close();
  }

  handleSubscriptionEnd(reason: SubscriptionEnd | undefined): void {
    this.#subscription = undefined;
    if (reason) this.#sendUnsubscribed(reason);
    if (!this.#isRunning) this.#removeIdle();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      try {
        await this.#execute(next.frame);
      } catch (error) {
        if (!this.#hasEnded) this.#context.errors.rejectChannelFrame(next.frame, error);
      }
      this.#context.pendingFrames.remove(next.length);
    }
    this.#isRunning = false;
    if (this.#hasEnded) this.#subscription?.close();
    else if (!this.#subscription) this.#removeIdle();
  }

  #execute(frame: ChannelFrame): Promise<void> | undefined {
    const subscription = this.#subscription;
    switch (frame.kind) {
      case "subscribe":
        return this.#subscribe(frame.data);
      case "unsubscribe":
        return this.#runs.size > 0 ? this.#leaveAfterRuns(frame) : this.#leave(frame);
      case "typing":
        if (!subscription) reject("conflict", "Subscribe to the channel first");
        subscription.send(frame);
        return undefined;
      case "command":
        return this.#isTyped(frame) ? this.#runOrPost(frame) : this.#post(frame);
      default:
        return assertNever(frame);
    }
  }

  /** Subscribes, in place of an existing subscription: the client gets what it missed after the position that it sends now. */
  async #subscribe(position: ControlData<"subscribe">): Promise<void> {
    if (!this.isSubscribed && this.#countSubscribed() >= this.#context.maxChannels)
      reject("conflict", "Too many channels on this socket: unsubscribe from one first");
    this.#isSubscribing = true;
    try {
      await this.#subscription?.leaveQuietly();
      const room = await this.#context.rooms.open(this.#channelId, position);
      this.#subscription = new RoomSubscription(room, this, this.#context);
    } finally {
      this.#isSubscribing = false;
    }
  }

  #isTyped(frame: CommandFrame): frame is TypedFrame {
    return this.#context.typedCommands.isTyped(frame);
  }

  /** Sends a command to the room, whose reply is forwarded; without a subscription waits for the room's reply. */
  #post(frame: CommandFrame): Promise<void> | undefined {
    if (!this.#subscription) return this.#executeByCall(frame);
    this.#subscription.send(frame);
    return undefined;
  }

  /** Runs the slash command in a message, or posts the message if it is none. */
  async #runOrPost(frame: TypedFrame): Promise<void> {
    const run = await this.#context.typedCommands.run(this.#channelId, frame);
    if (!run) return this.#post(frame);
    const { running } = run;
    this.#runs.add(running);
    void running.finally(() => this.#runs.delete(running));
  }

  /** Ends the subscription once all earlier frames have their replies. */
  async #leaveAfterRuns(frame: ChannelFrame): Promise<void> {
    await Promise.all(this.#runs);
    return this.#leave(frame);
  }

  #leave(frame: ChannelFrame): Promise<void> | undefined {
    if (this.#subscription) return this.#subscription.leave(frame);
    this.#sendUnsubscribed("requested");
    return undefined;
  }

  async #executeByCall({ id, command }: CommandFrame): Promise<void> {
    const { rooms, client } = this.#context;
    const outcome = await rooms.execute(this.#channelId, command);
    client.sendEnvelope(ackEnvelope(id, command, outcome));
  }

  #countSubscribed(): number {
    let count = 0;
    for (const queue of this.#context.queues.values()) if (queue.isSubscribed) count++;
    return count;
  }

  #removeIdle(): void {
    this.#context.queues.delete(this.#channelId);
  }

  #sendUnsubscribed(reason: SubscriptionEnd): void {
    const { minMs, maxMs } = resubscribe;
    const retryAfterMs = Math.round(minMs + Math.random() * (maxMs - minMs));
    const envelope: ServerEnvelope = {
      type: "unsubscribed",
      channelId: this.#channelId,
      data: { reason, ...(reason === "restart" && { retryAfterMs }) },
    };
    this.#context.client.sendEnvelope(JSON.stringify(envelope));
  }
}
