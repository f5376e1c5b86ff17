import { isObject } from "../contract/document.ts";

const subprotocol = "parley.v1";
/** Values of `hello` that are used until it arrives. */
const initialHeartbeatMs = 30_000;
const initialConfirmBytes = 262_144;

/** Called for each change of a socket. */
export interface SocketListener {
  onOpen(): void;
  /** A frame of the server. The bare text `pong` is not reported. */
  onFrame(text: string): void;
  /** Called once, also when the socket could not be opened: code 1006. */
  onClose(code: number, reason: string): void;
}

/** A socket of the page. Sends the heartbeats and confirmations that the protocol requires. */
export class ReferenceSocket {
  readonly #socket: WebSocket;
  #heartbeat: ReturnType<typeof setInterval>;
  #confirmBytes = initialConfirmBytes;
  #unconfirmedBytes = 0;

  /**
   * Opens a socket.
   *
   * @param path - path and query on the origin of the page
   * @throws DOMException when the browser rejects the URL
   */
  constructor(path: string, ticket: string, { onOpen, onFrame, onClose }: SocketListener) {
    const url = new URL(path, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.hash = "";
    this.#socket = new WebSocket(url, [subprotocol, `ticket.${ticket}`]);
    this.#heartbeat = this.#beatEvery(initialHeartbeatMs);
    this.#socket.addEventListener("open", onOpen);
    this.#socket.addEventListener("message", ({ data }) => {
      const text = String(data);
      if (text === "pong") return;
      this.#confirm(text);
      this.#readHello(text);
      onFrame(text);
    });
    this.#socket.addEventListener("close", ({ code, reason }) => {
      clearInterval(this.#heartbeat);
      onClose(code, reason);
    });
  }

  /** Sends a frame; ignored unless the socket is open. */
  send(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  close(): void {
    this.#socket.close(1000);
  }

  #beatEvery(ms: number): ReturnType<typeof setInterval> {
    // Twice as often as required, since timers of a hidden page are late.
    return setInterval(() => this.send("ping"), Math.max(1_000, ms / 2));
  }

  /** Confirms received bytes; the server closes a socket that confirms too few. */
  #confirm(text: string): void {
    this.#unconfirmedBytes += new TextEncoder().encode(text).length;
    if (this.#unconfirmedBytes < this.#confirmBytes) return;
    this.send(JSON.stringify({ type: "seen", data: { bytes: this.#unconfirmedBytes } }));
    this.#unconfirmedBytes = 0;
  }

  #readHello(text: string): void {
    if (!text.includes('"hello"')) return;
    const data = helloData(text);
    if (!data) return;
    const { heartbeatMs, limits } = data;
    if (typeof heartbeatMs === "number") {
      clearInterval(this.#heartbeat);
      this.#heartbeat = this.#beatEvery(heartbeatMs);
    }
    const confirmBytes = isObject(limits) ? limits["confirmEveryBytes"] : undefined;
    if (typeof confirmBytes === "number") this.#confirmBytes = confirmBytes;
  }
}

/** Returns the data of the envelope `hello`, if the frame begins with one. */
function helloData(text: string): Record<string, unknown> | undefined {
  try {
    const [envelope] = JSON.parse(text) as unknown[];
    const isHello = isObject(envelope) && envelope["type"] === "hello";
    return isHello && isObject(envelope["data"]) ? envelope["data"] : undefined;
  } catch {
    return undefined;
  }
}
