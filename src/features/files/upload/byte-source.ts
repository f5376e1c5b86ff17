import type { Config } from "../../../config.ts";
import { AppError, invalidField } from "../../../errors/app-error.ts";

/** Large enough that a large file takes few reads, small enough that many uploads fit into an isolate's memory. */
const chunkBytes = 64 * 1024;

type Pull = () => Promise<Uint8Array | undefined>;

/** A pull-based stream of a file's bytes: nothing is read ahead except by `peek`, so the consumer sets the pace. */
export class ByteSource {
  readonly #pull: Pull;
  readonly #drain: () => Promise<void>;
  #head: Uint8Array | undefined;
  #ended = false;

  /**
   * @param pull - returns the next bytes, `undefined` at the end
   * @param drain - reads and discards the rest. Neither is called while the other runs.
   */
  constructor(pull: Pull, drain: () => Promise<void>) {
    this.#pull = pull;
    this.#drain = drain;
  }

  /**
   * Reads the first `length` bytes without consuming them. Call it once, before the first `read`.
   *
   * @returns `whole`: whether `head` is the whole file
   */
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

  /** Returns the next bytes, `undefined` at the end. The next call may overwrite them. */
  async read(): Promise<Uint8Array | undefined> {
    const head = this.#head;
    this.#head = undefined;
    if (head && head.byteLength > 0) return head;
    if (this.#ended) return undefined;
    const chunk = await this.#pull();
    this.#ended = chunk === undefined;
    return chunk;
  }

  /** Reads and discards the rest, so that the sender can finish and read the response. Never throws. */
  async drain(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#drain().catch(() => {});
  }
}

/** Wraps a source so that `onChunk` is called with every chunk that is read. */
export const observeBytes = (onChunk: (chunk: Uint8Array) => void, bytes: ByteSource): ByteSource =>
  new ByteSource(
    async () => {
      const chunk = await bytes.read();
      if (chunk) onChunk(chunk);
      return chunk;
    },
    () => bytes.drain(),
  );

function join(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const joined = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.byteLength;
  }
  return joined;
}

/** Makes the error for a body that ends before its declared length. */
export const truncatedBody = (): AppError =>
  invalidField("", "Shorter than `Content-Length` says", "The body ended before its declared length");

export interface BodyTimeouts {
  /** How long no byte may arrive. */
  idleMs: number;
  /** How long the body may take, from its first read to its end. */
  totalMs: number;
}

/** How long an upload in one request may take. The hub removes its reservation after the same time. */
export const uploadMs = 15 * 60_000;

/** Returns the timeouts of a client's upload. */
export const uploadTimeouts = ({
  BODY_IDLE_TIMEOUT_MS,
}: Pick<Config, "BODY_IDLE_TIMEOUT_MS">): BodyTimeouts => ({
  idleMs: BODY_IDLE_TIMEOUT_MS,
  totalMs: uploadMs,
});

const bodyTimedOut = (): AppError =>
  new AppError({
    code: "request_timeout",
    detail: "The body did not arrive in time, so the upload was aborted; send it again",
  });

/**
 * Reads a body in chunks of some 64 KiB.
 *
 * @param time - limits of the body's duration; none if absent
 * @param broken - makes the error for a body that ends early
 * @returns a source whose reads throw `request_timeout` once the body takes longer than `time`; then it is read no further
 */
export function readBody(
  body: ReadableStream<Uint8Array>,
  { time, broken = truncatedBody }: { time?: BodyTimeouts; broken?: () => AppError } = {},
): ByteSource {
  const reader = body.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(chunkBytes);
  let late: AppError | undefined;
  const watch = time && new ReadDeadline(time);
  const read = async (view: Uint8Array<ArrayBuffer>): Promise<ReadableStreamReadResult<Uint8Array>> => {
    if (!watch) return reader.read(view);
    return watch.race(reader.read(view), () => {
      late = bodyTimedOut();
      void reader.cancel(late).catch(() => {});
      return late;
    });
  };
  const pull = async (): Promise<Uint8Array | undefined> => {
    if (late) throw late;
    let filled = 0;
    try {
      while (filled < chunkBytes) {
        const { value } = await read(new Uint8Array(buffer, filled));
        if (!value) break;
        buffer = value.buffer as ArrayBuffer;
        if (value.byteLength === 0) break;
        filled += value.byteLength;
      }
    } catch {
      watch?.end();
      throw late ?? broken();
    }
    if (filled > 0) return new Uint8Array(buffer, 0, filled);
    watch?.end();
    return undefined;
  };
  return new ByteSource(pull, async () => {
    while (await pull());
  });
}

/** Applies timeouts to consecutive reads, with one timer for all of them: a timer for each read would cost too much. */
class ReadDeadline {
  readonly #time: BodyTimeouts;
  #startedAt: number | undefined;
  #waitingSince = 0;
  #reject: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(time: BodyTimeouts) {
    this.#time = time;
  }

  /** Waits for a read, and rejects with the error that `late` makes if the read takes too long. */
  race<T>(work: Promise<T>, late: () => Error): Promise<T> {
    this.#waitingSince = Date.now();
    this.#startedAt ??= this.#waitingSince;
    return new Promise<T>((resolve, reject) => {
      this.#reject = () => reject(late());
      this.#timer ??= setTimeout(() => this.#check(), this.#leftMs());
      work.then(resolve, reject).finally(() => (this.#reject = undefined));
    });
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #check(): void {
    this.#timer = undefined;
    if (!this.#reject) return;
    const leftMs = this.#leftMs();
    if (leftMs > 0) this.#timer = setTimeout(() => this.#check(), leftMs);
    else this.#reject();
  }

  #leftMs(): number {
    const { idleMs, totalMs } = this.#time;
    const lastAt = Math.min(this.#waitingSince + idleMs, (this.#startedAt ?? 0) + totalMs);
    return Math.max(0, lastAt - Date.now());
  }
}
