import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";

export const opcodes = { text: 1, close: 8 } as const;

export interface RawSocketOptions {
  port: number;
  path: string;
  token: string;
  /** Whether it echoes a close frame. */
  echoes?: boolean;
  /** Further lines of the request's head. */
  headers?: string[];
}

/** A WebSocket client over plain TCP that sends any bytes, valid or not, and reports how the connection ends. */
export class RawSocket {
  /** The code of the server's close frame; 1005 if it has none. */
  readonly closeCode: Promise<number>;
  /** Resolves when the server ends or resets the TCP connection. */
  readonly ended: Promise<void>;
  /** Resolves with the head of the upgrade's response, after the first frame; rejects for another status than 101. */
  readonly upgraded: Promise<string>;
  readonly #socket: Socket;
  readonly #echoes: boolean;
  #received = Buffer.alloc(0);
  #isUpgraded = false;
  #closed = Promise.withResolvers<number>();
  #opened = Promise.withResolvers<string>();
  #first = Promise.withResolvers<void>();

  constructor({ port, path, token, echoes = true, headers = [] }: RawSocketOptions) {
    this.#echoes = echoes;
    this.closeCode = this.#closed.promise;
    this.upgraded = this.#opened.promise.then((head) => this.#first.promise.then(() => head));
    this.#socket = connect(port, "127.0.0.1");
    this.ended = new Promise((resolve) => {
      for (const event of ["end", "error", "close"]) this.#socket.once(event, () => resolve());
    });
    this.#socket.on("end", () => this.#socket.end());
    this.#socket.on("data", (data) => this.#read(data));
    this.#socket.write(
      [
        `GET ${path} HTTP/1.1`,
        `Host: 127.0.0.1:${port}`,
        "Upgrade: websocket",
        "Connection: Upgrade",
        `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: parley.v1",
        `Authorization: Bearer ${token}`,
        ...headers,
        "\r\n",
      ].join("\r\n"),
    );
  }

  send(text: string): void {
    this.write(frameOf(0x80 | opcodes.text, Buffer.from(text)));
  }

  /** Sends a close frame; without a code if that is undefined. */
  close(code: number | undefined): void {
    this.write(frameOf(0x80 | opcodes.close, code === undefined ? Buffer.alloc(0) : codeOf(code)));
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(data: Buffer): void {
    this.#received = Buffer.concat([this.#received, data]);
    if (!this.#isUpgraded && !this.#readHead()) return;
    for (let frame = this.#next(); frame; frame = this.#next()) {
      this.#first.resolve();
      if (frame.opcode !== opcodes.close) continue;
      this.#closed.resolve(frame.payload.length < 2 ? 1005 : frame.payload.readUInt16BE());
      if (this.#echoes) this.write(frameOf(0x80 | opcodes.close, frame.payload.subarray(0, 2)));
    }
  }

  #readHead(): boolean {
    const end = this.#received.indexOf("\r\n\r\n");
    if (end < 0) return false;
    const head = this.#received.toString("latin1", 0, end);
    if (head.startsWith("HTTP/1.1 101 ")) this.#opened.resolve(head);
    else this.#opened.reject(new Error(head));
    this.#received = this.#received.subarray(end + 4);
    this.#isUpgraded = true;
    return true;
  }

  /** Reads the next whole frame; a server's are not masked. */
  #next(): { opcode: number; payload: Buffer } | undefined {
    const bytes = this.#received;
    if (bytes.length < 2) return undefined;
    const short = bytes[1]! & 0x7f;
    const head = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (bytes.length < head) return undefined;
    const length =
      short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
    if (bytes.length < head + length) return undefined;
    this.#received = bytes.subarray(head + length);
    return { opcode: bytes[0]! & 0x0f, payload: bytes.subarray(head, head + length) };
  }
}

const codeOf = (code: number): Buffer => {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return payload;
};

/** Encodes a masked frame. `first`: its first byte, with FIN and the opcode. */
export function frameOf(first: number, payload: Buffer): Buffer {
  const mask = randomBytes(4);
  const masked = Buffer.from(payload.map((byte, index) => byte ^ mask[index % 4]!));
  return Buffer.concat([headOf(first, payload.length), mask, masked]);
}

/** Encodes the head of a masked frame, without its mask. */
export function headOf(first: number, length: number): Buffer {
  if (length < 126) return Buffer.from([first, 0x80 | length]);
  const head = Buffer.alloc(length < 65_536 ? 4 : 10);
  head[0] = first;
  head[1] = 0x80 | (length < 65_536 ? 126 : 127);
  if (length < 65_536) head.writeUInt16BE(length, 2);
  else head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}
