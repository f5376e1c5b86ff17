import { AppError } from "../../../core/app-error.ts";

/** Large enough that a large file is few turns, small enough that many uploads fit beside each other. */
const chunkBytes = 64 * 1024;

type Pull = () => Promise<Uint8Array | undefined>;

/** A file's bytes as they come, pulled by whoever stores them: nothing is read ahead but what was peeked at. */
export class Bytes {
  readonly #pull: Pull;
  readonly #drain: () => Promise<void>;
  #head: Uint8Array | undefined;
  #ended = false;

  /** `pull` gives the next bytes, undefined at the end; `drain` reads what is left for nobody. Neither is called while the other runs. */
  constructor(pull: Pull, drain: () => Promise<void>) {
    this.#pull = pull;
    this.#drain = drain;
  }

  /** The first `length` bytes, or all there are. They are read again. Once, before the first `read`. */
  async peek(length: number): Promise<{ head: Uint8Array; whole: boolean }> {
    const pieces: Uint8Array[] = [];
    let size = 0;
    while (size < length) {
      const chunk = await this.#pull();
      if (!chunk) {
        this.#ended = true;
        break;
      }
      pieces.push(chunk.slice());
      size += chunk.byteLength;
    }
    this.#head = join(pieces, size);
    return { head: this.#head.subarray(0, length), whole: this.#ended && size <= length };
  }

  /** The next bytes, good until the one after them is asked for; undefined at the end. */
  async read(): Promise<Uint8Array | undefined> {
    const head = this.#head;
    this.#head = undefined;
    if (head && head.byteLength > 0) return head;
    if (this.#ended) return undefined;
    const chunk = await this.#pull();
    this.#ended = chunk === undefined;
    return chunk;
  }

  /** Nobody wants what is left; it is read none the less, so that its sender comes to the end. Never fails. */
  async drain(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#drain().catch(() => {});
  }
}

function join(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const joined = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.byteLength;
  }
  return joined;
}

export const brokeOff = (): AppError =>
  new AppError({
    code: "validation_failed",
    detail: "The body broke off before its end",
    issues: [{ path: "", message: "Shorter than `Content-Length` says" }],
  });

/** The bytes of a body. One that ends otherwise than it should is what `broken` says. */
export function bytesOfBody(body: ReadableStream<Uint8Array>, broken: () => AppError = brokeOff): Bytes {
  const reader = body.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(chunkBytes);
  const pull = async (): Promise<Uint8Array | undefined> => {
    try {
      const { value } = await reader.readAtLeast(chunkBytes, new Uint8Array(buffer));
      if (!value || value.byteLength === 0) return undefined;
      buffer = value.buffer as ArrayBuffer;
      return value;
    } catch {
      throw broken();
    }
  };
  return new Bytes(pull, async () => {
    while (await pull());
  });
}
