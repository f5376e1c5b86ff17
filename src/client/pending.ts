import type { CommandType } from "../protocol/commands.ts";
import { commands, commandTypes } from "../protocol/commands.ts";
import type { FrameId } from "../protocol/frames.ts";
import { limits } from "../protocol/limits.ts";
import { byteLength } from "./byte-length.ts";
import { ParleyError } from "./error.ts";

interface Pending {
  text: string;
  resolve: (data: unknown) => void;
  reject: (error: ParleyError) => void;
}

const nonceTypes = new Set<CommandType>(commandTypes.filter((type) => "nonce" in commands[type].data.shape));

/** Commands that were sent, or wait to be, and have no answer yet, in the order of sending. */
export class PendingCommands {
  #nextId = 1;
  readonly #waiting = new Map<FrameId, Pending>();

  get size(): number {
    return this.#waiting.size;
  }

  /** The frames to send again on a new connection. */
  get texts(): string[] {
    return Array.from(this.#waiting.values(), ({ text }) => text);
  }

  /**
   * Makes the frame of a command and waits for its answer. A command that takes a nonce gets one here if it has none,
   * so that repeating the very same frame never does the thing twice. Throws `payload_too_large`.
   */
  add(type: CommandType, channelId: string, data: object): { text: string; answer: Promise<unknown> } {
    const id = this.#nextId++;
    const nonced = nonceTypes.has(type) ? { nonce: newNonce(), ...data } : data;
    const text = JSON.stringify({ id, type, channelId, data: nonced });
    // The server cannot tell which command an oversized frame was: its refusal would answer nobody.
    if (byteLength(text) > limits.frameBytes)
      throw new ParleyError({ code: "payload_too_large", detail: "A frame has at most 64 KiB" });
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { text, resolve, reject });
    });
    return { text, answer };
  }

  acknowledge(id: FrameId | undefined, data: unknown): void {
    this.#take(id)?.resolve(data);
  }

  /** False if nothing waited for this answer. */
  refuse(id: FrameId | undefined, error: ParleyError): boolean {
    const pending = this.#take(id);
    pending?.reject(error);
    return pending !== undefined;
  }

  refuseAll(error: ParleyError): void {
    for (const id of Array.from(this.#waiting.keys())) this.refuse(id, error);
  }

  #take(id: FrameId | undefined): Pending | undefined {
    if (id === undefined) return undefined;
    const pending = this.#waiting.get(id);
    this.#waiting.delete(id);
    return pending;
  }
}

/** 128 random bits in hex; `crypto.randomUUID` is not there on a page that came by plain http. */
export function newNonce(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
