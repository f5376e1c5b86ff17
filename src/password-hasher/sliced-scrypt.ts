// Every index lies within its array, and a check of each would take as long as the work.
/* oxlint-disable typescript/no-non-null-assertion */

import { pbkdf2Sync } from "node:crypto";
import { blockMix } from "./block-mix.ts";

export interface ScryptCost {
  /** log2 of scrypt's N. */
  ln: number;
  r: number;
  p: number;
}

/** Called between two slices of work; resolves when the next one may run. */
export type Pause = () => Promise<void>;

/** About 2 ms in V8 on the machine that this was measured on. */
const blocksPerSlice = 16_384;
const maxScratchBytes = 64 * 1024 * 1024;

/**
 * Computes the same bytes as `scryptSync` (RFC 7914) in slices of about 2 ms. The native function takes the thread for the whole
 * call, in its asynchronous form too. In V8 the work takes about twice the CPU time of the native function.
 *
 * @param scratch The array that holds V: of `32 * r * 2 ** ln` words or more. It may be reused by the next call.
 */
export async function slicedScrypt(
  password: string | Buffer,
  salt: Buffer,
  bytes: number,
  { ln, r, p }: ScryptCost,
  { pause, scratch }: { pause: Pause; scratch: Int32Array },
): Promise<Buffer> {
  const words = 32 * r;
  // A copy, because a Buffer may begin at an offset that is no multiple of 4. The words are little-endian, as those of all platforms of V8.
  const mixed = Uint8Array.from(pbkdf2Sync(password, salt, 1, 4 * words * p, "sha256"));
  for (let lane = 0; lane < p; lane++) {
    if (lane > 0) await pause();
    await mixLane(new Int32Array(mixed.buffer, 4 * words * lane, words), { ln, r }, pause, scratch);
  }
  return pbkdf2Sync(password, mixed, 1, bytes, "sha256");
}

/** Returns an array for V of calls of this cost. */
export function scratchFor({ ln, r }: Pick<ScryptCost, "ln" | "r">): Int32Array {
  const words = 32 * r * 2 ** ln;
  if (4 * words > maxScratchBytes) throw new Error("A stored password takes too much memory");
  return new Int32Array(words);
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

/** Writes the elements `from + 1` to `to` of V, each made from the one before; what follows the last one goes to `block`. */
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
