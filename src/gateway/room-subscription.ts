import { settledWithin } from "../lib/parallel.ts";
import { closeCodes } from "../protocol/index.ts";
import { ObjectSocket } from "./object-socket.ts";
import type { OpenRoom } from "./room-connections.ts";

export interface SubscriptionHandlers {
  /** What the room sends its subscriber. */
  frame(text: string, bytes: number): void;
  /** It is over. `why`: what the subscriber is still to be told of it; the room mostly says so itself. */
  ended(why: "requested" | "removed" | "restart" | undefined): void;
  /** So is the session that it was opened for. */
  sessionEnded(): void;
}

/** Longer than a room takes for any answer. */
const leavingMs = 15_000;

/** The room's last word, in a frame by itself, and how it says that it was asked for it. */
const lastWord = '[{"type":"unsubscribed"';
const asAsked = '"reason":"requested"';
/** Nowhere else in JSON: in a string its quotes would be escaped. */
const subscribed = '{"type":"subscribed"';

/** A socket to one room, until it is over. */
export class RoomSubscription {
  readonly #socket: ObjectSocket;
  readonly #handlers: SubscriptionHandlers;
  readonly #caughtUp: () => void;
  #leaving: "loudly" | "quietly" | undefined;
  #isLive = false;
  #isTold = false;

  constructor({ ws, caughtUp }: OpenRoom, handlers: SubscriptionHandlers) {
    this.#handlers = handlers;
    this.#caughtUp = caughtUp;
    this.#socket = new ObjectSocket(ws, {
      frame: (text, bytes) => this.#pass(text, bytes),
      ended: (code) => this.#ended(code),
    });
  }

  get isLeaving(): boolean {
    return this.#leaving !== undefined;
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  /** By the subscriber's own frame: the room answers what it was sent before, then this. Resolves when it is over. */
  leave(text: string): Promise<void> {
    return this.#leave("loudly", text);
  }

  /**
   * As `leave`, without a word to the subscriber, who is to have another in its place. Unless it ended otherwise: then something
   * that was sent before may never be answered.
   */
  leaveQuietly(): Promise<void> {
    return this.#leave("quietly", '{"type":"unsubscribe"}');
  }

  /** At once; nobody is told. */
  close(): void {
    this.#caughtUp();
    this.#socket.close();
  }

  async #leave(how: "loudly" | "quietly", text: string): Promise<void> {
    this.#leaving = how;
    this.send(text);
    if (await settledWithin(this.#socket.ended, leavingMs)) return;
    this.close();
    this.#ended();
  }

  #pass(text: string, bytes: number): void {
    if (text.startsWith(lastWord)) {
      this.#isTold = true;
      if (this.#leaving === "quietly" && text.includes(asAsked)) return;
    }
    this.#handlers.frame(text, bytes);
    if (this.#isLive || !text.includes(subscribed)) return;
    this.#isLive = true;
    this.#caughtUp();
  }

  #ended(code?: number): void {
    const { ended, sessionEnded } = this.#handlers;
    this.#caughtUp();
    if (code === closeCodes.sessionEnded.code) return sessionEnded();
    if (this.#isTold) return ended(undefined);
    if (this.#leaving === "loudly") return ended("requested");
    return ended(code === closeCodes.notMember.code ? "removed" : "restart");
  }
}
