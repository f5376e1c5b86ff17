import { settledWithin } from "../lib/parallel.ts";
import { closeCodes } from "../protocol/index.ts";
import { type ParsedFrame, serializeFrame } from "../sockets/client-frame.ts";
import type { ClientSocket } from "./client-socket.ts";
import { ObjectSocket, type ObjectSocketListener } from "./object-socket.ts";
import type { OpenRoom } from "./room-connections.ts";
import type { SubrequestBudget } from "./subrequest-budget.ts";

export type SubscriptionEnd = "requested" | "removed" | "restart";

export interface SubscriptionListener {
  /** Called when the subscription has ended. @param reason undefined if the room itself has sent `unsubscribed` to the client */
  handleSubscriptionEnd(reason: SubscriptionEnd | undefined): void;
}

export interface SubscriptionTarget {
  readonly client: ClientSocket;
  readonly budget: SubrequestBudget;
}

/** How long a room may take to end a subscription. It waits for the replies to earlier frames. */
const leaveTimeoutMs = 15_000;

/** How the last frame of a room begins, which contains only `unsubscribed`; and the reason in it if the client requested it. */
const unsubscribedStart = '[{"type":"unsubscribed"';
const requestedReason = '"reason":"requested"';
/** Occurs only as an envelope: within a JSON string its quotes would be escaped. */
const subscribedStart = '{"type":"subscribed"';

/** One client's subscription to a room: a socket to the room, whose frames are forwarded to the client. */
export class RoomSubscription implements ObjectSocketListener {
  readonly #socket: ObjectSocket;
  readonly #listener: SubscriptionListener;
  readonly #target: SubscriptionTarget;
  readonly #caughtUp: () => void;
  #leaving: "announced" | "quiet" | undefined;
  #isLive = false;
  #isAnnounced = false;

  constructor({ ws, caughtUp }: OpenRoom, listener: SubscriptionListener, target: SubscriptionTarget) {
    this.#listener = listener;
    this.#target = target;
    this.#caughtUp = caughtUp;
    this.#socket = new ObjectSocket(ws, this);
  }

  get isLeaving(): boolean {
    return this.#leaving !== undefined;
  }

  /** Sends a validated frame to the room. */
  send(frame: ParsedFrame): void {
    this.#socket.send(serializeFrame(frame));
  }

  /**
   * Ends the subscription at the client's request: the room replies to the frames that it received before, then to this one. Resolves
   * when the subscription has ended.
   */
  leave(unsubscribe: ParsedFrame): Promise<void> {
    return this.#leave("announced", serializeFrame(unsubscribe));
  }

  /**
   * Ends the subscription without an `unsubscribed` to the client, which gets another subscription in its place. If it ends for another
   * reason the client receives it, because earlier frames may then have no reply.
   */
  leaveQuietly(): Promise<void> {
    return this.#leave("quiet", '{"type":"unsubscribe"}');
  }

  /** Ends the subscription at once. The listener is not called. */
  close(): void {
    this.#caughtUp();
    this.#socket.close();
  }

  /** Forwards a frame of the room to the client. */
  handleFrame(text: string, bytes: number): void {
    if (text.startsWith(unsubscribedStart)) {
      this.#isAnnounced = true;
      if (this.#leaving === "quiet" && text.includes(requestedReason)) return;
    }
    const { client, budget } = this.#target;
    budget.spendFrame(bytes);
    client.send(text, bytes);
    if (this.#isLive || !text.includes(subscribedStart)) return;
    this.#isLive = true;
    this.#caughtUp();
  }

  /** @param code of the room's close frame; undefined if the room did not end the subscription in time */
  handleObjectClosed(code?: number): void {
    this.#caughtUp();
    if (code === closeCodes.sessionEnded.code) return this.#target.client.close("sessionEnded");
    if (this.#isAnnounced) return this.#listener.handleSubscriptionEnd(undefined);
    if (this.#leaving === "announced") return this.#listener.handleSubscriptionEnd("requested");
    this.#listener.handleSubscriptionEnd(code === closeCodes.notMember.code ? "removed" : "restart");
  }

  async #leave(how: "announced" | "quiet", text: string): Promise<void> {
    this.#leaving = how;
    this.#socket.send(text);
    if (await settledWithin(this.#socket.closed, leaveTimeoutMs)) return;
    this.close();
    this.handleObjectClosed();
  }
}
