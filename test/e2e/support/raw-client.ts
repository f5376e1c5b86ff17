import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { clientFrame, FrameReader, textFrame } from "../../../bench/load/frames.ts";
import { waitUntil } from "./wait-until.ts";

/** How a client ends its connection: with a WebSocket close frame, with TCP's FIN alone, or with TCP's RST. */
export type Ending = "close frame" | "FIN" | "RST";

export interface RawClientOptions {
  port: number;
  token: string;
  path: string;
}

/** A WebSocket client over plain TCP, which controls which bytes share a write and how the connection ends. */
export class RawClient {
  /** The status line of the upgrade's response, with the body of a rejection. */
  status = "";
  readonly received: string[] = [];
  /** The code of the server's close frame; 1005 if it has none. */
  closeCode: number | undefined;
  /** Whether the TCP connection has ended. */
  isClosed = false;
  /** Resolves once TCP is connected and the request for the upgrade is sent. */
  readonly connected: Promise<unknown>;
  readonly #socket: Socket;
  #handshake: Buffer | undefined = Buffer.alloc(0);
  readonly #reader = new FrameReader({
    onText: (_, payload) => this.received.push(payload!.toString("utf8")),
    onPing: () => {},
    onClose: (code) => {
      this.closeCode = code;
    },
  });

  /** Sends the upgrade request. */
  constructor({ port, token, path }: RawClientOptions) {
    this.#socket = connect({ host: "127.0.0.1", port, noDelay: true });
    this.connected = new Promise((resolve) => this.#socket.once("connect", resolve));
    this.#socket.on("data", (chunk) => this.#read(chunk));
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => {
      this.isClosed = true;
    });
    this.#socket.write(
      [
        `GET ${path} HTTP/1.1`,
        `Host: 127.0.0.1:${port}`,
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
        "Sec-WebSocket-Protocol: parley.v1",
        `Authorization: Bearer ${token}`,
        "\r\n",
      ].join("\r\n"),
    );
  }

  /** Connects, and resolves with the client once the upgrade is answered, by any response. */
  static async open(options: RawClientOptions): Promise<RawClient> {
    const client = new RawClient(options);
    await client.answered();
    return client;
  }

  /** Resolves once the upgrade is answered or the connection has ended. */
  async answered(): Promise<void> {
    await waitUntil("the answer to an upgrade", () => this.status !== "" || this.isClosed);
  }

  get isOpen(): boolean {
    return this.status.startsWith("HTTP/1.1 101") && this.closeCode === undefined && !this.isClosed;
  }

  /** Sends frames in one write. */
  send(...frames: object[]): void {
    this.#socket.write(framesOf(frames));
  }

  /** Sends a bare text, such as the heartbeat `ping`. */
  sendText(text: string): void {
    this.#socket.write(textFrame(text));
  }

  /** Resolves once the server has sent something that contains `text`. */
  async receives(text: string): Promise<void> {
    await waitUntil(text, () => this.received.some((frame) => frame.includes(text)));
  }

  /** Sends frames and ends the connection directly after them. */
  sendAndEnd(frames: object[], ending: Ending): void {
    const bytes = framesOf(frames);
    if (ending === "close frame") {
      const normalClosure = Buffer.from([0x03, 0xe8]);
      this.#socket.write(Buffer.concat([bytes, clientFrame(8, normalClosure)]));
    } else if (ending === "FIN") {
      this.#socket.end(bytes);
    } else {
      this.#socket.write(bytes, () => this.#socket.resetAndDestroy());
    }
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    if (this.#handshake === undefined) return this.#reader.push(chunk);
    this.#handshake = Buffer.concat([this.#handshake, chunk]);
    const end = this.#handshake.indexOf("\r\n\r\n");
    if (end < 0) return;
    const rest = this.#handshake.subarray(end + 4);
    this.status = this.#handshake.toString("latin1", 0, this.#handshake.indexOf("\r\n"));
    if (!this.status.startsWith("HTTP/1.1 101")) {
      this.status += ` ${rest.toString("utf8")}`;
      return;
    }
    this.#handshake = undefined;
    if (rest.length > 0) this.#reader.push(rest);
  }
}

const framesOf = (frames: readonly object[]): Buffer =>
  Buffer.concat(frames.map((frame) => textFrame(JSON.stringify(frame))));
