// Scrypt in JavaScript, used only by a local server, which runs everything on one thread, and only while its queue of hashes is busy
// (`PASSWORD_BUSY_CPU_PERCENT` below 100). All other hashes are computed by node:crypto.
//
// - node:crypto blocks the thread for a whole call, which is at least 11 ms at the cost of our hashes, ten times for each password. In
//   workerd its asynchronous form does so as well.
// - `scryptAsync` of @noble/hashes cannot pause for a chosen time, so the rest of the server would get no guaranteed share of the thread
//   (`Pace`). Up to 2.3.0 it did not even let I/O run: between slices it awaited a promise that was already resolved. Since 2.4.0 it yields
//   to the event loop (`scheduler.yield`, or a timer of 0 ms), when `Date.now()` has advanced by `asyncTick`.
//
// test/pure/passwords/sliced-scrypt.test.ts compares it with the vectors of RFC 7914 and, on generated input, with node:crypto.

// Every index is within its array, and checking each would take as long as the work.
/* oxlint-disable typescript/no-non-null-assertion */

import { pbkdf2Sync } from "node:crypto";
import { blockMix } from "./block-mix.ts";

/** Parameters of scrypt (RFC 7914, section 2). */
export interface ScryptCost {
  /** log2 of scrypt's N. */
  ln: number;
  r: number;
  p: number;
}

/** Called between two slices of work; resolves when the next slice may run. */
export type Pause = () => Promise<void>;

/** The number of Salsa20/8 blocks in a slice: about 2 ms in V8, measured on a development machine. */
const blocksPerSlice = 16_384;
const maxScratchBytes = 64 * 1024 * 1024;

/**
 * Computes the same bytes as `scryptSync` in slices of about 2 ms, for about twice the CPU time.
 *
 * @param bytes the length of the result
 * @param scratch the array for V, of `32 * r * 2 ** ln` words or more; may be reused by the next call
 */
export async function slicedScrypt(
  password: string | Buffer,
  salt: Buffer,
  bytes: number,
  { ln, r, p }: ScryptCost,
  { pause, scratch }: { pause: Pause; scratch: Int32Array },
): Promise<Buffer> {
  const words = 32 * r;
  // A copy, because a Buffer may begin at an offset that is no multiple of 4. The words are little-endian, as on all platforms of V8.
  const mixed = Uint8Array.from(pbkdf2Sync(password, salt, 1, 4 * words * p, "sha256"));
  for (let lane = 0; lane < p; lane++) {
    if (lane > 0) await pause();
    await mixLane(new Int32Array(mixed.buffer, 4 * words * lane, words), { ln, r }, pause, scratch);
  }
  return pbkdf2Sync(password, mixed, 1, bytes, "sha256");
}

/** Allocates the array for V. @throws Error for a cost that needs more than 64 MiB */
export function scratchFor(cost: Pick<ScryptCost, "ln" | "r">): Int32Array {
  const words = scratchWords(cost);
  if (4 * words > maxScratchBytes)
    throw new Error("The cost of a stored password hash needs too much memory");
  return new Int32Array(words);
}

const scratchWords = ({ ln, r }: Pick<ScryptCost, "ln" | "r">): number => 32 * r * 2 ** ln;

/**
 * Keeps one array for V between hashes. After each 64 MiB of new arrays V8 collects its whole heap, which blocks the thread for 0.1 s and
 * more.
 */
export class ScratchCache {
  #free: Int32Array | undefined;

  /** Returns an array of the size that the cost needs, and that no other hash uses. @throws Error as `scratchFor` does */
  take(cost: Pick<ScryptCost, "ln" | "r">): Int32Array {
    const kept = this.#free;
    this.#free = undefined;
    return kept?.length === scratchWords(cost) ? kept : scratchFor(cost);
  }

  /** Overwrites an array with zeros, because it was derived from a password, and keeps it for the next hash. */
  release(scratch: Int32Array): void {
    this.#free = scratch.fill(0);
  }
}

/** Computes scryptROMix of `block` in place (RFC 7914, section 5). */
async function mixLane(
  block: Int32Array,
  { ln, r }: Pick<ScryptCost, "ln" | "r">,
  pause: Pause,
  scratch: Int32Array,
): Promise<void> {
  const words = block.length;
  const n = 2 ** ln;
  const perSlice = Math.max(1, Math.floor(blocksPerSlice / (2 * r)));
  scratch.set(block);
  for (let done = 0; done < n; done += perSlice) {
    if (done > 0) await pause();
    fill(scratch, block, { from: done, to: Math.min(n, done + perSlice), n, r });
  }
  const sum = new Int32Array(words);
  for (let done = 0; done < n; done += perSlice) {
    await pause();
    for (let step = done; step < Math.min(n, done + perSlice); step++) {
      const at = (block[words - 16]! & (n - 1)) * words;
      for (let word = 0; word < words; word++) sum[word] = block[word]! ^ scratch[at + word]!;
      blockMix(sum, 0, block, 0, r);
    }
  }
}

/** Computes the elements `from + 1` to `to` of V, each from the one before. The successor of the last element is written to `block`. */
function fill(
  scratch: Int32Array,
  block: Int32Array,
  { from, to, n, r }: { from: number; to: number; n: number; r: number },
): void {
  const words = block.length;
  for (let step = from; step < to; step++) {
    const isLast = step === n - 1;
    blockMix(scratch, step * words, isLast ? block : scratch, isLast ? 0 : (step + 1) * words, r);
  }
}
