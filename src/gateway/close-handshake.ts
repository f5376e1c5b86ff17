import { closeSocket } from "../sockets/close-socket.ts";

/** How long a client may take to echo a close frame before its TCP connection is ended. */
export const echoTimeoutMs = 5_000;

/**
 * Closes a client's socket from the Worker (RFC 6455, section 7.1.1). The platform ends the TCP connection once both ends have sent a
 * close frame, and waits for the client's echo without a limit. A Worker can end the connection alone only by aborting its invocation.
 */
export class CloseHandshake {
  readonly #ws: WebSocket;
  readonly #abort: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isDone = false;

  /** Call before the socket is accepted. @param abort ends the connection; called at most once */
  constructor(ws: WebSocket, abort: () => void) {
    this.#ws = ws;
    this.#abort = abort;
    ws.addEventListener("close", () => this.#done());
    ws.addEventListener("error", () => this.#done());
  }

  /** Sends the close frame and waits for the echo. */
  start(code: number, reason?: string): void {
    closeSocket(this.#ws, code, reason);
    if (!this.#isDone) this.#timer ??= setTimeout(this.#abort, echoTimeoutMs);
  }

  #done(): void {
    this.#isDone = true;
    clearTimeout(this.#timer);
  }
}
