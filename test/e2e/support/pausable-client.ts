import { Connection } from "../../../bench/load/connection.ts";
import type { ServerEnvelope } from "../../../src/client/index.ts";
import { parseFrame } from "../../../src/client/server-frame.ts";

const confirmEveryBytes = 256 * 1024;

export interface PausableClientOptions {
  port: number;
  token: string;
  channelId: string;
  /** The room's own socket, or the gateway socket with a subscription to only this channel. */
  via: "room" | "gateway";
  /** Whether it offers the compact form of events. */
  compact?: boolean;
}

/** A client that reads a channel over plain TCP, confirms what it received, and can stop reading. */
export class PausableClient {
  /** Why the server closed it; undefined while it is open. */
  closeReason: string | undefined;
  /** The latency in ms of each message whose content begins with the time at which it was sent. */
  readonly latenciesMs: number[] = [];
  #unconfirmed = 0;
  #subscribed = Promise.withResolvers<void>();
  readonly #connection: Connection;
  readonly #options: PausableClientOptions;

  private constructor(options: PausableClientOptions) {
    this.#options = options;
    const { port, token, channelId, via, compact } = options;
    this.#connection = new Connection(
      {
        host: "127.0.0.1",
        port,
        path: via === "room" ? `/v1/channels/${channelId}/realtime` : "/v1/realtime",
        headers: {
          Authorization: `Bearer ${token}`,
          "Sec-WebSocket-Protocol": compact ? "parley.v1.compact, parley.v1" : "parley.v1",
        },
      },
      (length, payload) => this.#read(length, payload),
      (reason) => {
        this.closeReason = reason;
        this.#subscribed.reject(new Error(reason));
      },
    );
  }

  static async open(options: PausableClientOptions): Promise<PausableClient> {
    const reader = new PausableClient(options);
    await reader.#subscribed.promise;
    return reader;
  }

  send(frame: object): void {
    this.#connection.send(JSON.stringify(frame));
  }

  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }

  end(): void {
    this.#connection.end();
  }

  #read(length: number, payload: Buffer | null): void {
    this.#unconfirmed += length;
    if (this.#unconfirmed >= confirmEveryBytes) {
      this.send({ type: "seen", data: { bytes: this.#unconfirmed } });
      this.#unconfirmed = 0;
    }
    for (const envelope of parseFrame(String(payload)) ?? []) this.#receive(envelope);
  }

  #receive(envelope: ServerEnvelope): void {
    const { channelId, via } = this.#options;
    if (envelope.type === "hello" && via === "gateway")
      this.send({ id: 0, type: "subscribe", channelId, data: {} });
    if (envelope.type === "subscribed") this.#subscribed.resolve();
    if (envelope.type !== "messageCreate") return;
    this.latenciesMs.push(performance.now() - Number.parseFloat(envelope.data.message.content));
  }
}
