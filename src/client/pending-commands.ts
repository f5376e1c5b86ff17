import { nonceCommands } from "./contract/commands.ts";
import type { CommandType } from "./contract/commands.ts";
import type { FrameId } from "./contract/frames.ts";
import { limits } from "./contract/limits.ts";
import { Backoff } from "./backoff.ts";
import type { BackoffOptions } from "./backoff.ts";
import { byteLength } from "./byte-length.ts";
import { ParleyError, withOutcome } from "./error.ts";
import { newNonce } from "./nonce.ts";
import type { Frame } from "./send-queue.ts";

/** A frame to which the server responds with `ack` or `error`. */
export interface Command {
  type: CommandType | "statusUpdate";
  channelId?: string;
  data: object;
}

/** A command without a response. */
interface Pending extends Command {
  id: number;
  /** The room, subscription or connection that sent it. */
  owner: object;
  text: string;
  /** Whether it is in a send queue. */
  isPosted: boolean;
  /** The open connection on which it was queued or sent. */
  connection: object | null;
  /** Whether a server may have received it. */
  wasSent: boolean;
  resolve: (data: unknown) => void;
  reject: (error: ParleyError) => void;
}

export interface PendingOptions {
  /**
   * Queues a frame.
   *
   * @param channelId - the frame's channel, if it has one
   * @returns the connection that will send it; null without one
   */
  post: (frame: Frame, channelId: string | undefined) => object | null;
  /** Whether commands to a channel may be sent now; `resend` is called when they may again. */
  isOpen?: (channelId: string | undefined) => boolean;
  backoff?: Partial<BackoffOptions> | undefined;
}

const nonceTypes = new Set<string>(nonceCommands);

/**
 * Tracks commands until the server responds. Commands are sent in the order in which they were created, and sent again on a new
 * connection. They are retried after `rate_limited`, and after `unavailable` where a nonce makes a retry safe.
 */
export class PendingCommands {
  #lastId = 0;
  readonly #commands = new Map<FrameId, Pending>();
  readonly #options: PendingOptions;
  readonly #backoff: Backoff;

  constructor(options: PendingOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.backoff);
  }

  /** Returns a new frame id. */
  nextId(): number {
    return ++this.#lastId;
  }

  get size(): number {
    return this.#commands.size;
  }

  /** Returns how many commands of one owner have no response yet. */
  count(owner: object): number {
    let count = 0;
    for (const pending of this.#commands.values()) if (pending.owner === owner) count++;
    return count;
  }

  /**
   * Sends a command as soon as possible. A command that accepts a nonce gets one unless it has one, so that sending the same frame
   * again has no second effect.
   *
   * @returns the data of the server's `ack`
   * @throws ParleyError `payload_too_large`, or the server's error
   */
  async send(owner: object, command: Command): Promise<unknown> {
    const { type, channelId } = command;
    const id = this.nextId();
    const data = nonceTypes.has(type) ? { nonce: newNonce(), ...command.data } : command.data;
    const text = JSON.stringify({ id, type, channelId, data });
    // Checked here because the server cannot read the id of an oversized frame: its error would belong to no command.
    if (byteLength(text) > limits.frameBytes)
      throw new ParleyError({
        code: "payload_too_large",
        detail: "A frame has at most 64 KiB",
      });
    return new Promise<unknown>((resolve, reject) => {
      const unsent = { isPosted: false, connection: null, wasSent: false };
      const pending = { ...command, ...unsent, id, owner, text, resolve, reject };
      this.#commands.set(id, pending);
      this.#post(pending);
    });
  }

  /**
   * Sends commands again, in order: those of a channel that is open again, or without `channelId` all that have no connection.
   */
  resend(channelId?: string): void {
    for (const pending of this.#commands.values())
      if (channelId === undefined ? pending.connection === null : pending.channelId === channelId)
        this.#post(pending);
  }

  /** Handles a connection that ended, and its send queue with it. */
  disconnected(connection: object): void {
    for (const pending of this.#commands.values()) {
      if (pending.connection !== connection) continue;
      pending.isPosted = false;
      pending.connection = null;
    }
  }

  /** Resolves the command with this id. */
  acknowledge(id: FrameId | undefined, data: unknown): void {
    this.#backoff.reset();
    this.#remove(id)?.resolve(data);
  }

  /**
   * Handles an error of the server: retries the command where that is safe, else rejects it.
   *
   * @returns false if no command has this id
   */
  reject(id: FrameId | undefined, error: ParleyError): boolean {
    const pending = id === undefined ? undefined : this.#commands.get(id);
    if (!pending) return false;
    // The connection's send queue is paused for as long as the server demands.
    if (error.code === "rate_limited") this.#post(pending);
    else if (error.code === "unavailable" && nonceTypes.has(pending.type))
      setTimeout(() => this.#post(pending), (error.retryAfterMs ?? 0) + this.#backoff.next());
    else this.#remove(id)?.reject(error);
    return true;
  }

  /** Rejects all commands that match; each error's `mayHaveHappened` says whether the command was sent. */
  rejectAll(error: ParleyError, matches: (pending: Readonly<Pending>) => boolean = () => true): void {
    for (const pending of Array.from(this.#commands.values()).filter(matches))
      this.#remove(pending.id)?.reject(withOutcome(error, pending.wasSent));
  }

  #post(pending: Pending): void {
    const { id, channelId, text } = pending;
    const isPending = (): boolean => this.#commands.get(id) === pending;
    if (pending.isPosted || !isPending() || this.#options.isOpen?.(channelId) === false) return;
    const send = (): string | undefined => {
      pending.isPosted = false;
      pending.wasSent ||= isPending();
      return isPending() ? text : undefined;
    };
    // Set before the frame is queued, because the queue may send it at once.
    pending.isPosted = true;
    pending.connection = this.#options.post({ order: id, text: send }, channelId);
    if (!pending.connection) pending.isPosted = false;
  }

  #remove(id: FrameId | undefined): Pending | undefined {
    const pending = id === undefined ? undefined : this.#commands.get(id);
    if (pending) this.#commands.delete(pending.id);
    return pending;
  }
}
