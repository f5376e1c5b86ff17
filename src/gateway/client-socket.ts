import { SendWindow } from "../sockets/send-window.ts";
import { closeCodes, type CloseReason, signalTypes } from "../protocol/index.ts";
import { CloseHandshake } from "./close-handshake.ts";
import { slowClients } from "./slow-clients.ts";

export interface ClientSocketOptions {
  /** A client from which nothing came for so long is gone. */
  silenceMs: number;
  /** What all slow clients of the isolate may have unread. */
  slowBytes: number;
  message(message: string | ArrayBuffer): void;
  /** Called once, whoever ended it, with the code of the close frame that was sent. */
  ended(code: number): void;
  /** Cuts the connection of a client that does not echo a close frame. */
  abort(): void;
}

const signalBeginnings = signalTypes.map((type) => `[{"type":"${type}"`);

/** Signals share no frame with anything else. */
const isSignal = (frame: string): boolean =>
  signalBeginnings.some((beginning) => frame.startsWith(beginning));

/** A gateway's end of its client's socket. */
export class ClientSocket {
  readonly #ws: WebSocket;
  readonly #options: ClientSocketOptions;
  readonly #unconfirmed = new SendWindow();
  readonly #name = Symbol("client");
  readonly #handshake: CloseHandshake;
  #heardAt = Date.now();
  #timer: ReturnType<typeof setTimeout>;
  #isOpen = true;

  constructor(ws: WebSocket, options: ClientSocketOptions) {
    this.#ws = ws;
    this.#options = options;
    this.#timer = setTimeout(() => this.#listen(), options.silenceMs);
    ws.binaryType = "arraybuffer";
    this.#handshake = new CloseHandshake(ws, () => options.abort());
    ws.addEventListener("message", ({ data }) => this.#receive(data as string | ArrayBuffer));
    ws.addEventListener("close", () => this.#end());
    ws.addEventListener("error", () => this.#end());
    ws.accept();
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** What was sent and not yet confirmed. */
  get unconfirmedBytes(): number {
    return this.#unconfirmed.unconfirmedBytes;
  }

  /** A frame for the client. Who is slow to read misses signals, and who is far too slow is closed. */
  send(frame: string, bytes: number = Buffer.byteLength(frame)): void {
    if (!this.#isOpen || (this.#unconfirmed.isSlow && isSignal(frame))) return;
    this.#unconfirmed.sent(bytes);
    this.#noteSlow();
    if (
      this.#unconfirmed.isTooSlow ||
      (this.#unconfirmed.isBehind && slowClients.bytes > this.#options.slowBytes)
    )
      return this.close("slow");
    this.#write(frame);
  }

  /** The answer to the bare text `ping`; nobody confirms it. */
  pong(): void {
    if (this.#isOpen) this.#write("pong");
  }

  confirm(bytes: number): void {
    const wasBehind = this.#unconfirmed.isBehind;
    this.#unconfirmed.confirm(bytes);
    if (wasBehind && !this.#unconfirmed.isBehind) slowClients.forget(this.#name);
    this.#noteSlow();
  }

  close(reason: CloseReason): void {
    const { code, meaning } = closeCodes[reason];
    this.#end(code, meaning);
  }

  #receive(message: string | ArrayBuffer): void {
    if (!this.#isOpen) return;
    this.#heardAt = Date.now();
    this.#noteSlow();
    this.#options.message(message);
  }

  /** Again with each word of the client's, which is how one that is slow is told from one that is gone. */
  #noteSlow(): void {
    const { unconfirmedBytes, isBehind } = this.#unconfirmed;
    if (isBehind) slowClients.note(this.#name, unconfirmedBytes, 2 * this.#options.silenceMs);
  }

  #write(frame: string): void {
    try {
      this.#ws.send(frame);
    } catch {
      this.#end();
    }
  }

  /** One timer, set anew only when it runs out: what comes in between is but noted. */
  #listen(): void {
    const restMs = this.#heardAt + this.#options.silenceMs - Date.now();
    if (restMs <= 0) return this.close("slow");
    // Never longer than that, were the clock to go back.
    this.#timer = setTimeout(() => this.#listen(), Math.min(restMs, this.#options.silenceMs));
  }

  #end(code: number = closeCodes.done.code, reason?: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearTimeout(this.#timer);
    slowClients.forget(this.#name);
    this.#handshake.begin(code, reason);
    this.#options.ended(code);
  }
}
