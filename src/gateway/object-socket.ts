import { closeSocket } from "../sockets/close-socket.ts";
import { closeCodes, limits } from "../protocol/index.ts";

export interface ObjectSocketHandlers {
  /** A frame as it came, and what it weighs on the wire. */
  frame(text: string, bytes: number): void;
  /** The object's end, or the way to it, is no more. Not called after `close`. */
  ended(code: number): void;
}

/** A gateway's end of a socket to a room or a hub. Confirms by itself what it receives: it keeps nothing back. */
export class ObjectSocket {
  /** Resolves when it is closed, by whomever; nothing comes from it after that. */
  readonly ended: Promise<void>;
  readonly #ws: WebSocket;
  readonly #handlers: ObjectSocketHandlers;
  #resolve: () => void = () => {};
  #isOpen = true;
  #unconfirmedBytes = 0;

  constructor(ws: WebSocket, handlers: ObjectSocketHandlers) {
    this.#ws = ws;
    this.#handlers = handlers;
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    ws.addEventListener("message", ({ data }) => this.#receive(data));
    ws.addEventListener("close", ({ code }) => this.#end(code));
    ws.addEventListener("error", () => this.#end());
    ws.accept();
  }

  /** What is sent to one that is closing is lost; its end is told in a moment. */
  send(text: string): void {
    try {
      this.#ws.send(text);
    } catch {
      // It is closing.
    }
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#hangUp();
    this.#resolve();
  }

  #receive(data: unknown): void {
    if (!this.#isOpen || typeof data !== "string") return;
    const bytes = Buffer.byteLength(data);
    this.#unconfirmedBytes += bytes;
    if (this.#unconfirmedBytes >= limits.confirmEveryBytes) {
      this.send(JSON.stringify({ type: "seen", data: { bytes: this.#unconfirmedBytes } }));
      this.#unconfirmedBytes = 0;
    }
    this.#handlers.frame(data, bytes);
  }

  /** `code`: absent where there was no closing at all. */
  #end(code = 1006): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#hangUp();
    this.#handlers.ended(code);
    this.#resolve();
  }

  #hangUp(): void {
    closeSocket(this.#ws, closeCodes.done.code);
  }
}
