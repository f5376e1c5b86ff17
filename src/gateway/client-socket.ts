import { SendWindow } from "../sockets/send-window.ts";
import { closeCodes, type CloseReason, signalTypes } from "../protocol/index.ts";
import { CloseHandshake } from "./close-handshake.ts";
import { slowClients } from "./slow-clients.ts";

export interface ClientSocketOptions {
  /** A client without any message for this long is closed. */
  idleTimeoutMs: number;
  /** How many unconfirmed bytes all slow clients of the isolate may have together. */
  slowBytes: number;
  /** Ends the connection of a client that does not echo a close frame. */
  abort(): void;
}

export interface ClientSocketListener {
  handleMessage(message: string | ArrayBuffer): void;
  /** Called once, whichever end closed the socket. */
  handleClientClosed(): void;
}

const signalStarts = signalTypes.map((type) => `[{"type":"${type}"`);

/** Returns whether a frame contains signals, which share no frame with anything else. */
const isSignal = (frame: string): boolean => signalStarts.some((start) => frame.startsWith(start));

/** A gateway's end of its client's socket. */
export class ClientSocket {
  readonly #ws: WebSocket;
  readonly #listener: ClientSocketListener;
  readonly #options: ClientSocketOptions;
  readonly #sendWindow = new SendWindow();
  readonly #key = Symbol("client");
  readonly #handshake: CloseHandshake;
  #lastMessageAt = Date.now();
  #timer: ReturnType<typeof setTimeout>;
  #isOpen = true;

  constructor(ws: WebSocket, listener: ClientSocketListener, options: ClientSocketOptions) {
    this.#ws = ws;
    this.#listener = listener;
    this.#options = options;
    this.#timer = setTimeout(() => this.#checkIdle(), options.idleTimeoutMs);
    ws.binaryType = "arraybuffer";
    this.#handshake = new CloseHandshake(ws, options.abort);
    ws.addEventListener("message", ({ data }) => this.#receive(data as string | ArrayBuffer));
    ws.addEventListener("close", () => this.#end());
    ws.addEventListener("error", () => this.#end());
    ws.accept();
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** How many bytes were sent and not yet confirmed by `seen`. */
  get unconfirmedBytes(): number {
    return this.#sendWindow.unconfirmedBytes;
  }

  /** Sends a frame. A slow client misses signals; one that is too slow is closed. @param bytes the frame's size in UTF-8 */
  send(frame: string, bytes: number = Buffer.byteLength(frame)): void {
    if (!this.#isOpen || (this.#sendWindow.isSlow && isSignal(frame))) return;
    this.#sendWindow.sent(bytes);
    this.#updateSlow();
    if (
      this.#sendWindow.isTooSlow ||
      (this.#sendWindow.isBehind && slowClients.bytes > this.#options.slowBytes)
    )
      return this.close("slow");
    this.#write(frame);
  }

  /** Sends an envelope of the gateway itself, in a separate frame. */
  sendEnvelope(envelope: string): void {
    this.send(`[${envelope}]`);
  }

  /** Sends the reply to the bare text `ping`. It is not part of the send window, since clients do not confirm it. */
  pong(): void {
    if (this.#isOpen) this.#write("pong");
  }

  /** Moves the send window after the client confirmed `bytes` by `seen`. */
  confirm(bytes: number): void {
    const wasBehind = this.#sendWindow.isBehind;
    this.#sendWindow.confirm(bytes);
    if (wasBehind && !this.#sendWindow.isBehind) slowClients.delete(this.#key);
    this.#updateSlow();
  }

  close(reason: CloseReason): void {
    const { code, meaning } = closeCodes[reason];
    this.#end(code, meaning);
  }

  #receive(message: string | ArrayBuffer): void {
    if (!this.#isOpen) return;
    this.#lastMessageAt = Date.now();
    this.#updateSlow();
    this.#listener.handleMessage(message);
  }

  /** Called with each message too: it keeps the entry of a slow client, while that of a lost one expires. */
  #updateSlow(): void {
    const { unconfirmedBytes, isBehind } = this.#sendWindow;
    if (isBehind) slowClients.set(this.#key, unconfirmedBytes, 2 * this.#options.idleTimeoutMs);
  }

  #write(frame: string): void {
    try {
      this.#ws.send(frame);
    } catch {
      this.#end();
    }
  }

  /** Closes an idle client. A message only stores its time; the timer is armed again when it fires. */
  #checkIdle(): void {
    const { idleTimeoutMs } = this.#options;
    const leftMs = this.#lastMessageAt + idleTimeoutMs - Date.now();
    if (leftMs <= 0) return this.close("slow");
    // At most the timeout, in case the clock was set back.
    this.#timer = setTimeout(() => this.#checkIdle(), Math.min(leftMs, idleTimeoutMs));
  }

  #end(code: number = closeCodes.done.code, reason?: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearTimeout(this.#timer);
    slowClients.delete(this.#key);
    this.#handshake.start(code, reason);
    this.#listener.handleClientClosed();
  }
}
