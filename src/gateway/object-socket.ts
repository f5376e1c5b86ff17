import { closeCodes, limits } from "../protocol/index.ts";
import { closeSocket } from "../sockets/close-socket.ts";

export interface ObjectSocketListener {
  /** Called for each frame. @param bytes its size in UTF-8 */
  handleFrame(text: string, bytes: number): void;
  /** Called once when the object closed the socket or the connection was lost. Not called after `close`. */
  handleObjectClosed(code: number): void;
}

/** A gateway's end of a socket to a room or a hub. It confirms what it receives by `seen` at once, since it buffers nothing. */
export class ObjectSocket {
  /** Resolves when the socket is closed by either end; no frame arrives after that. */
  readonly closed: Promise<void>;
  readonly #ws: WebSocket;
  readonly #listener: ObjectSocketListener;
  #resolveClosed: () => void = () => {};
  #isOpen = true;
  #unconfirmedBytes = 0;

  constructor(ws: WebSocket, listener: ObjectSocketListener) {
    this.#ws = ws;
    this.#listener = listener;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    ws.addEventListener("message", ({ data }) => this.#receive(data));
    ws.addEventListener("close", ({ code }) => this.#handleClose(code));
    ws.addEventListener("error", () => this.#handleClose());
    ws.accept();
  }

  /** Sends a frame. Does nothing if the socket is closing: its listener is about to be called. */
  send(text: string): void {
    try {
      this.#ws.send(text);
    } catch {
      // The socket is closing.
    }
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSocket(this.#ws, closeCodes.done.code);
    this.#resolveClosed();
  }

  #receive(data: unknown): void {
    if (!this.#isOpen || typeof data !== "string") return;
    const bytes = Buffer.byteLength(data);
    this.#unconfirmedBytes += bytes;
    if (this.#unconfirmedBytes >= limits.confirmEveryBytes) {
      this.send(JSON.stringify({ type: "seen", data: { bytes: this.#unconfirmedBytes } }));
      this.#unconfirmedBytes = 0;
    }
    this.#listener.handleFrame(data, bytes);
  }

  /** @param code 1006 if there was no close frame (RFC 6455, section 7.1.5) */
  #handleClose(code = 1006): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSocket(this.#ws, closeCodes.done.code);
    this.#listener.handleObjectClosed(code);
    this.#resolveClosed();
  }
}
