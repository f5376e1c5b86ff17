/** The modules of a QR code: rows of 1 for dark and 0 for light. */
export type QrMatrix = number[][];

/** Codewords of the versions 1 to 6; in each block, those of the error correction at the level L; blocks (ISO/IEC 18004, table 9). */
const versions = [
  { codewords: 26, correction: 7, blocks: 1 },
  { codewords: 44, correction: 10, blocks: 1 },
  { codewords: 70, correction: 15, blocks: 1 },
  { codewords: 100, correction: 20, blocks: 1 },
  { codewords: 134, correction: 26, blocks: 1 },
  { codewords: 172, correction: 18, blocks: 2 },
] as const;
type Version = (typeof versions)[number];

/** Of the mode and of the length, 12 bits, with the 4 that end the data. */
const headerBytes = 2;
const padBytes = [0xec, 0x11];
/** The level L in the format information. */
const levelBits = 0b01;

const masks: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/**
 * Draws a text as a QR code of the versions 1 to 6: in the byte mode, at the error-correction level L.
 *
 * @param mask - the number of the mask; by default that with the lowest penalty
 * @throws RangeError for a text of more than 134 bytes
 */
export function qrMatrix(text: string, mask?: number): QrMatrix {
  const bytes = [...new TextEncoder().encode(text)];
  const version = versions.find((each) => bytes.length + headerBytes <= dataLength(each));
  if (!version) throw new RangeError("The text is too long for this QR code");
  const codewords = codewordsOf(bytes, version);
  const size = 21 + 4 * versions.indexOf(version);
  if (mask !== undefined) return draw(size, codewords, mask);
  const candidates = masks.map((_, number) => draw(size, codewords, number));
  const penalties = candidates.map(penaltyOf);
  return candidates[penalties.indexOf(Math.min(...penalties))] ?? [];
}

const dataLength = ({ codewords, correction, blocks }: Version): number => codewords - correction * blocks;

/** Returns the data and their error correction in the order in which they are drawn. */
function codewordsOf(bytes: readonly number[], version: Version): number[] {
  const hex = (value: number): string => value.toString(16).padStart(2, "0");
  // Mode 4, the length, the bytes, and zeros at the end: all of them are multiples of 4 bits.
  const digits = `4${[bytes.length, ...bytes].map(hex).join("")}0`;
  const data = (digits.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16));
  for (let at = 0; data.length < dataLength(version); at++) data.push(padBytes[at % 2] ?? 0);
  const length = data.length / version.blocks;
  const blocks = Array.from({ length: version.blocks }, (_, at) =>
    data.slice(at * length, (at + 1) * length),
  );
  return [blocks, blocks.map((block) => remainder(block, version.correction))].flatMap(interleaved);
}

const interleaved = (blocks: readonly number[][]): number[] =>
  (blocks[0] ?? []).flatMap((_, at) => blocks.map((block) => block[at] ?? 0));

/** Multiplies in the field GF(2⁸) with the polynomial 0x11d. */
function multiply(one: number, other: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--)
    product = (product << 1) ^ ((product >> 7) * 0x11d) ^ (((other >> bit) & 1) * one);
  return product;
}

/** Returns the Reed–Solomon codewords of a block. */
function remainder(block: readonly number[], length: number): number[] {
  let generator = [1];
  for (let degree = 0, root = 1; degree < length; degree++, root = multiply(root, 2))
    generator = [...generator, 0].map((value, at) => value ^ multiply(generator[at - 1] ?? 0, root));
  return block.reduce<number[]>(
    (rest, byte) => {
      const factor = byte ^ (rest[0] ?? 0);
      return rest.map((_, at) => (rest[at + 1] ?? 0) ^ multiply(generator[at + 1] ?? 0, factor));
    },
    Array.from({ length }, () => 0),
  );
}

function draw(size: number, codewords: readonly number[], mask: number): QrMatrix {
  const matrix = Array.from({ length: size }, () => Array.from({ length: size }, () => -1));
  const set = (x: number, y: number, value: number): void => {
    const row = matrix[y];
    if (row && x >= 0 && x < size) row[x] = value;
  };
  /** Draws a square of dark and light rings around a centre. */
  const square = (centerX: number, centerY: number, radius: number, light: readonly number[]): void => {
    for (let y = -radius; y <= radius; y++)
      for (let x = -radius; x <= radius; x++)
        set(centerX + x, centerY + y, light.includes(Math.max(Math.abs(x), Math.abs(y))) ? 0 : 1);
  };
  for (let at = 0; at < size; at++) {
    set(at, 6, 1 - (at % 2));
    set(6, at, 1 - (at % 2));
  }
  square(3, 3, 4, [2, 4]);
  square(size - 4, 3, 4, [2, 4]);
  square(3, size - 4, 4, [2, 4]);
  if (size > 21) square(size - 7, size - 7, 2, [1]);
  const format = formatBits(mask);
  for (let at = 0; at < 15; at++) {
    const bit = (format >> at) & 1;
    set(8, at < 6 ? at : at < 8 ? at + 1 : size - 15 + at, bit);
    set(at < 8 ? size - 1 - at : at === 8 ? 7 : 14 - at, 8, bit);
  }
  set(8, size - 8, 1);
  // Data fill pairs of columns from the right, upwards and downwards in turn, beside the column of the timing pattern.
  let index = 0;
  for (let pair = 0; pair < (size - 1) / 2; pair++)
    for (let step = 0; step < size; step++)
      for (const side of [0, 1]) {
        const column = size - 1 - 2 * pair - side;
        const x = column > 6 ? column : column - 1;
        const y = pair % 2 === 0 ? size - 1 - step : step;
        if (matrix[y]?.[x] !== -1) continue;
        const bit = ((codewords[index >> 3] ?? 0) >> (7 - (index & 7))) & 1;
        set(x, y, bit ^ (masks[mask]?.(x, y) ? 1 : 0));
        index++;
      }
  return matrix;
}

/** Returns the level and the mask with their check bits, a BCH code. */
function formatBits(mask: number): number {
  const data = (levelBits << 3) | mask;
  let rest = data;
  for (let at = 0; at < 10; at++) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
  return ((data << 10) | rest) ^ 0x5412;
}

/** Returns how hard a code is to read (ISO/IEC 18004, section 7.8.3). */
function penaltyOf(matrix: QrMatrix): number {
  const columns = matrix.map((_, x) => matrix.map((row) => row[x] ?? 0));
  const lines = [...matrix, ...columns].map((line) => line.join("")).join(" ");
  const runs = lines.match(/0{5,}|1{5,}/g) ?? [];
  const likeFinders = [...lines.matchAll(/(?=10111010000|00001011101)/g)];
  const squares = matrix.flatMap((row, y) =>
    row.filter((value, x) =>
      [row[x + 1], matrix[y + 1]?.[x], matrix[y + 1]?.[x + 1]].every((other) => other === value),
    ),
  );
  const dark = matrix.flat().filter((value) => value === 1).length;
  const imbalance = Math.floor(Math.abs((dark * 20) / matrix.length ** 2 - 10));
  const ofRuns = runs.reduce((sum, { length }) => sum + length - 2, 0);
  return ofRuns + 40 * likeFinders.length + 3 * squares.length + 10 * imbalance;
}
