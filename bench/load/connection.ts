import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { type FrameSink, FrameReader, clientFrame, textFrame } from "./frames.ts";

/** The read buffer of all sockets: Node fills it and calls back before it reads the next socket. */
const sharedBuffer = Buffer.allocUnsafeSlow(256 * 1024);

export type Upgrade = { host: string; port: number; path: string; headers: Record<string, string> };

/** A WebSocket client on a TCP socket. */
export class Connection {
  private readonly socket: Socket;
  private handshake: Buffer | null = Buffer.alloc(0);
  private readonly reader: FrameReader;
  private readonly onFailure: (reason: string) => void;
  private ending = false;

  constructor(upgrade: Upgrade, onText: FrameSink["onText"], onFailure: (reason: string) => void) {
    this.onFailure = onFailure;
    const onClose = (code: number): void => this.fail(`closed by the server with ${code}`);
    this.reader = new FrameReader({
      onText,
      onPing: (payload) => this.write(clientFrame(10, payload)),
      onClose,
    });
    this.socket = connect({
      host: upgrade.host,
      port: upgrade.port,
      noDelay: true,
      onread: {
        buffer: sharedBuffer,
        callback: (bytes, buffer) => this.read((buffer as Buffer).subarray(0, bytes)),
      },
    });
    this.socket.on("connect", () => this.socket.write(request(upgrade)));
    this.socket.on("error", (error) => this.fail(error.message));
    this.socket.on("close", () => this.fail("the connection was lost"));
  }

  /** From now on, only counts long frames and skips their payloads. */
  countOnly(): void {
    this.reader.keepPayloads = false;
  }

  send(text: string): void {
    this.write(textFrame(text));
  }

  /** Stops reading, so that data from the server stays in the buffers of the kernel. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Collects all frames until `uncork` into one write. */
  cork(): void {
    this.socket.cork();
  }

  uncork(): void {
    this.socket.uncork();
  }

  end(): void {
    this.ending = true;
    this.socket.end(clientFrame(8, Buffer.from([0x03, 0xe8])));
    setTimeout(() => this.socket.destroy(), 2_000).unref();
  }

  private write(frame: Buffer): void {
    if (!this.socket.destroyed) this.socket.write(frame);
  }

  private read(chunk: Buffer): boolean {
    if (this.ending) return true;
    if (this.handshake === null) this.reader.push(chunk);
    else this.readHandshake(chunk);
    return true;
  }

  private readHandshake(chunk: Buffer): void {
    const all = Buffer.concat([this.handshake!, chunk]);
    const end = all.indexOf("\r\n\r\n");
    this.handshake = all;
    if (end < 0) return;
    const status = all.toString("latin1", 0, all.indexOf("\r\n"));
    if (!status.startsWith("HTTP/1.1 101"))
      return this.fail(`rejected: ${status} ${all.toString("utf8", end + 4, end + 300)}`);
    this.handshake = null;
    if (all.length > end + 4) this.reader.push(all.subarray(end + 4));
  }

  private fail(reason: string): void {
    if (this.ending) return;
    this.ending = true;
    this.socket.destroy();
    this.onFailure(reason);
  }
}

function request({ host, port, path, headers }: Upgrade): string {
  const all = {
    Host: `${host}:${port}`,
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return `GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
}
