// Every index is within its array, and checking each would take as long as the work.
/* oxlint-disable typescript/no-non-null-assertion */

/** 32-bit words of one block of Salsa20/8. */
const blockWords = 16;

/**
 * Computes scryptBlockMix of 2r blocks (RFC 7914, section 4). `from` and `to` may be the same array, but the ranges may not overlap.
 *
 * @param fromAt the index of the first word to read
 * @param toAt the index of the first word to write
 */
export function blockMix(from: Int32Array, fromAt: number, to: Int32Array, toAt: number, r: number): void {
  const half = r * blockWords;
  const lastFrom = fromAt + 2 * half - blockWords;
  // Blocks with an even number go to the first half of the result, the others to the second.
  let previousAt = toAt + half;
  for (let word = 0; word < blockWords; word++) to[previousAt + word] = from[lastFrom + word]!;
  for (let block = 0; block < 2 * r; block++) {
    const nextAt = toAt + (block >> 1) * blockWords + (block & 1) * half;
    salsa20of8(to, previousAt, from, fromAt + block * blockWords, to, nextAt);
    previousAt = nextAt;
  }
}

/** Writes Salsa20/8 (RFC 7914, section 3) of `left XOR right`. Local variables keep the state in registers. */
function salsa20of8(
  left: Int32Array,
  leftAt: number,
  right: Int32Array,
  rightAt: number,
  to: Int32Array,
  toAt: number,
): void {
  const y00 = left[leftAt]! ^ right[rightAt]!;
  const y01 = left[leftAt + 1]! ^ right[rightAt + 1]!;
  const y02 = left[leftAt + 2]! ^ right[rightAt + 2]!;
  const y03 = left[leftAt + 3]! ^ right[rightAt + 3]!;
  const y04 = left[leftAt + 4]! ^ right[rightAt + 4]!;
  const y05 = left[leftAt + 5]! ^ right[rightAt + 5]!;
  const y06 = left[leftAt + 6]! ^ right[rightAt + 6]!;
  const y07 = left[leftAt + 7]! ^ right[rightAt + 7]!;
  const y08 = left[leftAt + 8]! ^ right[rightAt + 8]!;
  const y09 = left[leftAt + 9]! ^ right[rightAt + 9]!;
  const y10 = left[leftAt + 10]! ^ right[rightAt + 10]!;
  const y11 = left[leftAt + 11]! ^ right[rightAt + 11]!;
  const y12 = left[leftAt + 12]! ^ right[rightAt + 12]!;
  const y13 = left[leftAt + 13]! ^ right[rightAt + 13]!;
  const y14 = left[leftAt + 14]! ^ right[rightAt + 14]!;
  const y15 = left[leftAt + 15]! ^ right[rightAt + 15]!;
  let x00 = y00;
  let x01 = y01;
  let x02 = y02;
  let x03 = y03;
  let x04 = y04;
  let x05 = y05;
  let x06 = y06;
  let x07 = y07;
  let x08 = y08;
  let x09 = y09;
  let x10 = y10;
  let x11 = y11;
  let x12 = y12;
  let x13 = y13;
  let x14 = y14;
  let x15 = y15;
  let sum = 0;
  for (let round = 0; round < 8; round += 2) {
    sum = (x00 + x12) | 0;
    x04 ^= (sum << 7) | (sum >>> 25);
    sum = (x04 + x00) | 0;
    x08 ^= (sum << 9) | (sum >>> 23);
    sum = (x08 + x04) | 0;
    x12 ^= (sum << 13) | (sum >>> 19);
    sum = (x12 + x08) | 0;
    x00 ^= (sum << 18) | (sum >>> 14);
    sum = (x05 + x01) | 0;
    x09 ^= (sum << 7) | (sum >>> 25);
    sum = (x09 + x05) | 0;
    x13 ^= (sum << 9) | (sum >>> 23);
    sum = (x13 + x09) | 0;
    x01 ^= (sum << 13) | (sum >>> 19);
    sum = (x01 + x13) | 0;
    x05 ^= (sum << 18) | (sum >>> 14);
    sum = (x10 + x06) | 0;
    x14 ^= (sum << 7) | (sum >>> 25);
    sum = (x14 + x10) | 0;
    x02 ^= (sum << 9) | (sum >>> 23);
    sum = (x02 + x14) | 0;
    x06 ^= (sum << 13) | (sum >>> 19);
    sum = (x06 + x02) | 0;
    x10 ^= (sum << 18) | (sum >>> 14);
    sum = (x15 + x11) | 0;
    x03 ^= (sum << 7) | (sum >>> 25);
    sum = (x03 + x15) | 0;
    x07 ^= (sum << 9) | (sum >>> 23);
    sum = (x07 + x03) | 0;
    x11 ^= (sum << 13) | (sum >>> 19);
    sum = (x11 + x07) | 0;
    x15 ^= (sum << 18) | (sum >>> 14);
    sum = (x00 + x03) | 0;
    x01 ^= (sum << 7) | (sum >>> 25);
    sum = (x01 + x00) | 0;
    x02 ^= (sum << 9) | (sum >>> 23);
    sum = (x02 + x01) | 0;
    x03 ^= (sum << 13) | (sum >>> 19);
    sum = (x03 + x02) | 0;
    x00 ^= (sum << 18) | (sum >>> 14);
    sum = (x05 + x04) | 0;
    x06 ^= (sum << 7) | (sum >>> 25);
    sum = (x06 + x05) | 0;
    x07 ^= (sum << 9) | (sum >>> 23);
    sum = (x07 + x06) | 0;
    x04 ^= (sum << 13) | (sum >>> 19);
    sum = (x04 + x07) | 0;
    x05 ^= (sum << 18) | (sum >>> 14);
    sum = (x10 + x09) | 0;
    x11 ^= (sum << 7) | (sum >>> 25);
    sum = (x11 + x10) | 0;
    x08 ^= (sum << 9) | (sum >>> 23);
    sum = (x08 + x11) | 0;
    x09 ^= (sum << 13) | (sum >>> 19);
    sum = (x09 + x08) | 0;
    x10 ^= (sum << 18) | (sum >>> 14);
    sum = (x15 + x14) | 0;
    x12 ^= (sum << 7) | (sum >>> 25);
    sum = (x12 + x15) | 0;
    x13 ^= (sum << 9) | (sum >>> 23);
    sum = (x13 + x12) | 0;
    x14 ^= (sum << 13) | (sum >>> 19);
    sum = (x14 + x13) | 0;
    x15 ^= (sum << 18) | (sum >>> 14);
  }
  to[toAt] = y00 + x00;
  to[toAt + 1] = y01 + x01;
  to[toAt + 2] = y02 + x02;
  to[toAt + 3] = y03 + x03;
  to[toAt + 4] = y04 + x04;
  to[toAt + 5] = y05 + x05;
  to[toAt + 6] = y06 + x06;
  to[toAt + 7] = y07 + x07;
  to[toAt + 8] = y08 + x08;
  to[toAt + 9] = y09 + x09;
  to[toAt + 10] = y10 + x10;
  to[toAt + 11] = y11 + x11;
  to[toAt + 12] = y12 + x12;
  to[toAt + 13] = y13 + x13;
  to[toAt + 14] = y14 + x14;
  to[toAt + 15] = y15 + x15;
}
