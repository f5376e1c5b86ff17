import type { Config } from "../../../config.ts";
import { AppError, invalidField } from "../../../errors/app-error.ts";

/** Large enough that a large file is few turns, small enough that many uploads fit beside each other. */
const chunkBytes = 64 * 1024;

type Pull = () => Promise<Uint8Array | undefined>;

/** A file's bytes as they come, pulled by whoever stores them: nothing is read ahead but what was peeked at. */
export class ByteSource {
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

/** The same bytes, each chunk of them shown to `see` as it passes. */
export const observeBytes = (see: (chunk: Uint8Array) => void, bytes: ByteSource): ByteSource =>
  new ByteSource(
    async () => {
      const chunk = await bytes.read();
      if (chunk) see(chunk);
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

export const truncatedBody = (): AppError =>
  invalidField("", "Shorter than `Content-Length` says", "The body broke off before its end");

/** How long a body may take. */
export interface BodyTimeouts {
  /** Without a further byte. */
  idleMs: number;
  /** From its first read to its end. */
  totalMs: number;
}

/** After this long the hub gives up an upload in one request. */
const uploadMs = 15 * 60_000;

/** What a client's upload may take. */
export const uploadTimeouts = ({ BODY_SILENCE_MS }: Pick<Config, "BODY_SILENCE_MS">): BodyTimeouts => ({
  idleMs: BODY_SILENCE_MS,
  totalMs: uploadMs,
});

const bodyTimedOut = (): AppError =>
  new AppError({
    code: "request_timeout",
    detail: "No further byte of the body arrived in time, so the upload was ended; send it again",
  });

/**
 * The bytes of a body, some 64 KiB at a time. A body that breaks off fails with what `broken` makes; one that takes longer than `time`
 * fails with `request_timeout` and is read no further.
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

/** Watches over reads that follow each other, with one timer at a time for all of them. */
class ReadDeadline {
  readonly #time: BodyTimeouts;
  #startedAt: number | undefined;
  #waitingSince = 0;
  #reject: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(time: BodyTimeouts) {
    this.#time = time;
  }

  /** Waits for a read, and rejects with what `late` makes where that takes too long. */
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
