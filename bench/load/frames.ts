import { randomBytes } from "node:crypto";

export type FrameSink = {
  /** `payload` is valid only during the call, and `null` for a long frame if `keepPayloads` is off. */
  onText(length: number, payload: Buffer | null): void;
  onPing(payload: Buffer): void;
  onClose(code: number): void;
};

/** Payloads up to this length are always passed on: control frames and short messages of the protocol. */
const smallBytes = 125;

/**
 * Parses the frames that a client receives (RFC 6455), at minimal cost: a reader that only counts takes each frame's length from its
 * header and skips the payload. Chunk boundaries may be anywhere.
 */
export class FrameReader {
  private readonly header = Buffer.alloc(10);
  private headerBytes = 0;
  private opcode = 0;
  private length = -1;
  private remaining = 0;
  private kept: Buffer | null = null;
  private readonly sink: FrameSink;
  /** Whether long payloads are passed on, or only counted. */
  keepPayloads = true;

  constructor(sink: FrameSink) {
    this.sink = sink;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.length < 0) {
        at = this.readHeader(chunk, at);
        if (this.length < 0) return;
      }
      const take = Math.min(this.remaining, chunk.length - at);
      const keep = this.keepPayloads || this.length <= smallBytes;
      if (take === this.length) {
        const payload = keep ? chunk.subarray(at, at + take) : null;
        at += take;
        this.finish(payload);
        continue;
      }
      if (keep) {
        this.kept ??= Buffer.allocUnsafe(this.length);
        chunk.copy(this.kept, this.length - this.remaining, at, at + take);
      }
      at += take;
      this.remaining -= take;
      if (this.remaining === 0) this.finish(this.kept);
    }
  }

  private readHeader(chunk: Buffer, start: number): number {
    let at = start;
    for (;;) {
      const need = this.headerBytes < 2 ? 2 : headerLength(this.header[1]!);
      if (this.headerBytes === need) break;
      if (at === chunk.length) return at;
      this.header[this.headerBytes++] = chunk[at++]!;
    }
    const [first, second] = [this.header[0]!, this.header[1]!];
    if ((first & 0x80) === 0 || (second & 0x80) !== 0)
      throw new Error("the server sent a fragmented or masked frame");
    this.opcode = first & 0x0f;
    this.length =
      second < 126
        ? second
        : second === 126
          ? this.header.readUInt16BE(2)
          : Number(this.header.readBigUInt64BE(2));
    this.remaining = this.length;
    this.headerBytes = 0;
    return this.length > 0 ? at : (this.finish(Buffer.alloc(0)), at);
  }

  private finish(payload: Buffer | null): void {
    const { length } = this;
    this.length = -1;
    this.kept = null;
    if (this.opcode === 1) this.sink.onText(length, payload);
    else if (this.opcode === 9) this.sink.onPing(payload!);
    else if (this.opcode === 8) this.sink.onClose(length >= 2 ? payload!.readUInt16BE(0) : 1005);
  }
}

const headerLength = (second: number): number => (second < 126 ? 2 : second === 126 ? 4 : 10);

const maskPool = randomBytes(4_096);
let maskAt = 0;

/** Makes a masked frame, as a client must send it. */
export function clientFrame(opcode: number, payload: Buffer): Buffer {
  const long = payload.length > 125;
  if (payload.length > 0xffff) throw new Error("the generator can't send frames over 64 KiB");
  const body = long ? 8 : 6;
  const frame = Buffer.allocUnsafe(body + payload.length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (long ? 126 : payload.length);
  if (long) frame.writeUInt16BE(payload.length, 2);
  maskAt = (maskAt + 4) % maskPool.length;
  for (let i = 0; i < 4; i++) frame[body - 4 + i] = maskPool[maskAt + i]!;
  for (let i = 0; i < payload.length; i++) frame[body + i] = payload[i]! ^ maskPool[maskAt + (i & 3)]!;
  return frame;
}

export const textFrame = (text: string): Buffer => clientFrame(1, Buffer.from(text));
