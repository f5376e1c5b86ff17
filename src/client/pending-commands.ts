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

/** A frame that the server answers. */
export interface Command {
  type: CommandType | "statusUpdate";
  channelId?: string;
  data: object;
}

/** A command without an answer. */
interface Pending extends Command {
  id: number;
  /** On whose behalf. */
  owner: object;
  text: string;
  /** Whether it waits in an outbox. */
  isPosted: boolean;
  /** The connection that it was posted to and that is still open. */
  connection: object | null;
  /** Whether a server may have received it. */
  wasSent: boolean;
  resolve: (data: unknown) => void;
  reject: (error: ParleyError) => void;
}

export interface PendingOptions {
  /** Queues a frame of a channel, or of none. Returns the connection that will send it; null while there is none. */
  post: (frame: Frame, channelId: string | undefined) => object | null;
  /** Whether commands to a channel may be sent now; `repeat` is called when they may again. */
  isOpen?: (channelId: string | undefined) => boolean;
  backoff?: Partial<BackoffOptions> | undefined;
}

const nonceTypes = new Set<string>(nonceCommands);

/**
 * Commands that were sent, or wait to be, and have no answer yet. They are sent in the order in which they were given, and again on
 * a new connection. After `rate_limited`, and after `unavailable` where a nonce makes it safe, they are sent again later.
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

  /** An id for a frame that is no command. */
  nextId(): number {
    return ++this.#lastId;
  }

  get size(): number {
    return this.#commands.size;
  }

  /** How many commands of one owner have no answer yet. */
  count(owner: object): number {
    let count = 0;
    for (const pending of this.#commands.values()) if (pending.owner === owner) count++;
    return count;
  }

  /**
   * Sends a command as soon as that is possible; resolves with its answer. A command that takes a nonce gets one here unless it has
   * one, so that repeating the same frame has no second effect.
   *
   * @throws ParleyError `payload_too_large`
   */
  async send(owner: object, command: Command): Promise<unknown> {
    const { type, channelId } = command;
    const id = this.nextId();
    const data = nonceTypes.has(type) ? { nonce: newNonce(), ...command.data } : command.data;
    const text = JSON.stringify({ id, type, channelId, data });
    // The server can't read the id of an oversized frame: its error would belong to no command.
    if (byteLength(text) > limits.frameBytes)
      throw new ParleyError({ code: "payload_too_large", detail: "A frame has at most 64 KiB" });
    return new Promise<unknown>((resolve, reject) => {
      const unsent = { isPosted: false, connection: null, wasSent: false };
      const pending = { ...command, ...unsent, id, owner, text, resolve, reject };
      this.#commands.set(id, pending);
      this.#post(pending);
    });
  }

  /** Sends, in order, everything that has no answer and no connection; or all of a channel that is open again. */
  resend(channelId?: string): void {
    for (const pending of this.#commands.values())
      if (channelId === undefined ? pending.connection === null : pending.channelId === channelId)
        this.#post(pending);
  }

  /** A connection ended, and its outbox with it. */
  disconnected(connection: object): void {
    for (const pending of this.#commands.values()) {
      if (pending.connection !== connection) continue;
      pending.isPosted = false;
      pending.connection = null;
    }
  }

  acknowledge(id: FrameId | undefined, data: unknown): void {
    this.#backoff.reset();
    this.#remove(id)?.resolve(data);
  }

  /** Takes an error of the server; false if it answers no command. */
  reject(id: FrameId | undefined, error: ParleyError): boolean {
    const pending = id === undefined ? undefined : this.#commands.get(id);
    if (!pending) return false;
    // The connection's outbox pauses.
    if (error.code === "rate_limited") this.#post(pending);
    else if (error.code === "unavailable" && nonceTypes.has(pending.type))
      setTimeout(() => this.#post(pending), (error.retryAfterMs ?? 0) + this.#backoff.next());
    else this.#remove(id)?.reject(error);
    return true;
  }

  /** Rejects commands, each with what is known of its outcome. */
  rejectAll(error: ParleyError, which: (pending: Readonly<Pending>) => boolean = () => true): void {
    for (const pending of Array.from(this.#commands.values()).filter(which))
      this.#remove(pending.id)?.reject(withOutcome(error, pending.wasSent));
  }

  #post(pending: Pending): void {
    const { id, channelId, text } = pending;
    const isWanted = (): boolean => this.#commands.get(id) === pending;
    if (pending.isPosted || !isWanted() || this.#options.isOpen?.(channelId) === false) return;
    const send = (): string | undefined => {
      pending.isPosted = false;
      pending.wasSent ||= isWanted();
      return isWanted() ? text : undefined;
    };
    // Set before it is posted, since it may be sent at once.
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
