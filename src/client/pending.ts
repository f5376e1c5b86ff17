import type { CommandType } from "../protocol/commands.ts";
import { commands, commandTypes } from "../protocol/commands.ts";
import type { FrameId } from "../protocol/frames.ts";
import { limits } from "../protocol/limits.ts";
import { Backoff } from "./backoff.ts";
import type { BackoffOptions } from "./backoff.ts";
import { byteLength } from "./byte-length.ts";
import { ParleyError } from "./error.ts";
import type { Frame } from "./outbox.ts";

/** What has an answer. */
export interface Command {
  type: CommandType | "statusUpdate";
  channelId?: string;
  data: object;
}

/** One that has none yet. */
interface Pending extends Command {
  id: number;
  /** On whose behalf. */
  owner: object;
  text: string;
  /** Whether it waits in the outbox. */
  isPosted: boolean;
  /** Whether a server may have it. */
  wasSent: boolean;
  resolve: (data: unknown) => void;
  reject: (error: ParleyError) => void;
}

export interface PendingOptions {
  /** False while there is no connection. */
  post: (frame: Frame) => boolean;
  /** Whether commands to a channel may go now; `repeat` is called when they may again. */
  isOpen?: (channelId: string | undefined) => boolean;
  backoff?: Partial<BackoffOptions> | undefined;
}

const nonceTypes = new Set<string>(commandTypes.filter((type) => "nonce" in commands[type].data.shape));

/**
 * Commands that were sent, or wait to be, and have no answer yet. They go in the order in which they were given, and again on a
 * new connection. What the server takes later (`rate_limited`; `unavailable`, where a nonce makes it safe) is sent again later.
 */
export class PendingCommands {
  #lastId = 0;
  readonly #waiting = new Map<FrameId, Pending>();
  readonly #options: PendingOptions;
  readonly #backoff: Backoff;

  constructor(options: PendingOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.backoff);
  }

  /** For a frame that is no command. */
  nextId(): number {
    return ++this.#lastId;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Of one owner. */
  count(owner: object): number {
    let count = 0;
    for (const pending of this.#waiting.values()) if (pending.owner === owner) count++;
    return count;
  }

  /**
   * Sends a command as soon as that is possible; resolves with its answer. One that takes a nonce gets it here if it has none,
   * so that repeating the very same frame never does the thing twice. Throws `payload_too_large`.
   */
  async send(owner: object, command: Command): Promise<unknown> {
    const { type, channelId } = command;
    const id = this.nextId();
    const data = nonceTypes.has(type) ? { nonce: newNonce(), ...command.data } : command.data;
    const text = JSON.stringify({ id, type, channelId, data });
    // The server cannot tell which command an oversized frame was: its refusal would answer nobody.
    if (byteLength(text) > limits.frameBytes)
      throw new ParleyError({ code: "payload_too_large", detail: "A frame has at most 64 KiB" });
    return new Promise<unknown>((resolve, reject) => {
      const pending = { ...command, id, owner, text, isPosted: false, wasSent: false, resolve, reject };
      this.#waiting.set(id, pending);
      this.#post(pending);
    });
  }

  /** On a new connection, or for a channel that is open again: everything without an answer, in order. */
  repeat(channelId?: string): void {
    for (const pending of this.#waiting.values())
      if (channelId === undefined || pending.channelId === channelId) this.#post(pending);
  }

  /** What waited for the connection that is gone waits no more. */
  disconnected(): void {
    for (const pending of this.#waiting.values()) pending.isPosted = false;
  }

  acknowledge(id: FrameId | undefined, data: unknown): void {
    this.#backoff.reset();
    this.#take(id)?.resolve(data);
  }

  /** False if nothing waits for this answer. */
  refuse(id: FrameId | undefined, error: ParleyError): boolean {
    const pending = id === undefined ? undefined : this.#waiting.get(id);
    if (!pending) return false;
    // The connection rests by then.
    if (error.code === "rate_limited") this.#post(pending);
    else if (error.code === "unavailable" && nonceTypes.has(pending.type))
      setTimeout(() => this.#post(pending), (error.retryAfterMs ?? 0) + this.#backoff.next());
    else this.#take(id)?.reject(error);
    return true;
  }

  /** Rejects them, each with what is known of it. */
  refuseAll(error: ParleyError, which: (pending: Readonly<Pending>) => boolean = () => true): void {
    const { code, status, message: detail } = error;
    for (const pending of Array.from(this.#waiting.values()).filter(which)) {
      const told = new ParleyError({ code, status, detail, mayHaveHappened: pending.wasSent, cause: error });
      this.#take(pending.id)?.reject(told);
    }
  }

  #post(pending: Pending): void {
    const { id, channelId, text } = pending;
    const isWanted = (): boolean => this.#waiting.get(id) === pending;
    if (pending.isPosted || !isWanted() || this.#options.isOpen?.(channelId) === false) return;
    const send = (): string | undefined => {
      pending.isPosted = false;
      pending.wasSent ||= isWanted();
      return isWanted() ? text : undefined;
    };
    // Before it is posted: it may leave at once.
    pending.isPosted = true;
    if (!this.#options.post({ order: id, text: send })) pending.isPosted = false;
  }

  #take(id: FrameId | undefined): Pending | undefined {
    const pending = id === undefined ? undefined : this.#waiting.get(id);
    if (pending) this.#waiting.delete(pending.id);
    return pending;
  }
}

/** 128 random bits in hex; `crypto.randomUUID` is not there on a page that came by plain http. */
export function newNonce(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
