import { closeCodes } from "./contract/close-codes.ts";
import type { ErrorCode } from "./contract/errors.ts";
import type { Hello, ServerEnvelope } from "./contract/frames.ts";
import type { Backoff, BackoffOptions, FailureCause } from "./backoff.ts";
import { byteLength } from "./byte-length.ts";
import type { Environment } from "./environment.ts";
import { ParleyError } from "./error.ts";
import type { OpenSocket, SocketLike, SocketRequest } from "./open-socket.ts";
import { SendQueue } from "./send-queue.ts";
import type { Frame } from "./send-queue.ts";
import type { BrowserSession } from "./session-tokens.ts";
import { parseFrame } from "./server-frame.ts";

export interface ConnectionOptions {
  /** Called before each attempt, because the position to resume from and the token change. */
  request: () => Promise<SocketRequest>;
  open: OpenSocket;
  backoff: Backoff;
  /** Timeout of an attempt, until `hello`; doubles after each timeout, up to 4 times this value. */
  connectTimeoutMs: number;
  /** A plain request for the reason of a failed handshake: rejects with the server's error if there is one. */
  probe: (signal: AbortSignal) => Promise<unknown>;
  environment: Environment;
  /** Reports the end of a session that the browser stores; the connection is closed for good then. */
  onSessionEnd?: BrowserSession["onEnd"] | undefined;
}

/** The owner's handlers for what a connection reports; none is called after `ended`. */
export interface ConnectionHandlers {
  connecting(): void;
  hello(hello: Hello): void;
  /** Receives all envelopes but `hello` and `pong`, in order. */
  envelopes(envelopes: ServerEnvelope[]): void;
  /** The connection was lost; the next attempt follows in `delayMs`. */
  lost(delayMs: number): void;
  ended(error: ParleyError): void;
}

/** The first retry comes soon, because most connections are lost to a restart or to a brief network failure. */
export const connectionBackoff: Partial<BackoffOptions> = { minMs: 500 };

/** Attempts after a wake-up are spread over this time, because a returning network wakes many clients at once. */
const wakeJitterMs = 250;
/** Shortest interval between attempts that wake-ups start; they do not interrupt an attempt that is younger. */
const wakeEveryMs = 500;
/** Bounds of the time in which an open connection has to respond to a ping after a wake-up, before it is replaced. */
const pingTimeoutMs = { min: 750, max: 5_000 };

/** The `readyState` of an open socket; that of a closing or closed one is larger. */
const openState = 1;

/** Errors that a retry would only repeat. */
const permanentErrors = new Set<ErrorCode>([
  "unauthenticated",
  "second_factor_required",
  "forbidden",
  "not_found",
  "upgrade_required",
  "validation_failed",
]);
export const isPermanent = (error: unknown): error is ParleyError =>
  error instanceof ParleyError && permanentErrors.has(error.code);

/** Keeps one socket to the server open: connects, detects dead connections by pings, confirms received bytes, reconnects with backoff. */
export class Connection {
  /** Number of the current attempt; callbacks of earlier attempts are ignored. */
  #attempt = 0;
  #phase: "idle" | "waiting" | "connecting" | "open" = "idle";
  #socket: SocketLike | null = null;
  /** Present only between `hello` and the end of the connection. */
  #sendQueue: SendQueue | null = null;
  #attemptedAt = Number.NEGATIVE_INFINITY;
  #openedAt = 0;
  /** Duration of the last successful attempt, until `hello`. */
  #handshakeMs = 0;
  /** How many attempts have timed out since the last `hello`. */
  #timeouts = 0;
  /** Earliest time of the next attempt by the server's `Retry-After`. */
  #notBefore = Number.NEGATIVE_INFINITY;
  /** Whether a frame arrived since the last ping. */
  #hasReceived = false;
  #pingTimer: ReturnType<typeof setTimeout> | undefined;
  #stopListeners: (() => void)[] = [];
  #unconfirmedBytes = 0;
  #confirmEveryBytes = Number.POSITIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  readonly #options: ConnectionOptions;
  readonly #handlers: ConnectionHandlers;

  constructor(options: ConnectionOptions, handlers: ConnectionHandlers) {
    this.#options = options;
    this.#handlers = handlers;
  }

  start(): void {
    const { environment, onSessionEnd } = this.#options;
    this.#stopListeners.push(environment.onWake(() => this.#wake()));
    if (onSessionEnd) this.#stopListeners.push(onSessionEnd((error) => this.#end(error)));
    void this.#connect(++this.#attempt);
  }

  /** Closes the connection for good. */
  stop(): void {
    for (const stop of this.#stopListeners) stop();
    this.#closeSocket(1000);
  }

  /** Queues a frame; returns false before `hello` and without a connection. The queue is dropped when the connection ends. */
  post(frame: Frame): boolean {
    this.#sendQueue?.post(frame);
    return this.#sendQueue !== null;
  }

  /** Sends a frame at once; if it would have to wait, drops it and returns false. */
  signal(text: string): boolean {
    return this.#sendQueue?.isIdle === true && this.post({ order: 0, text: () => text });
  }

  /** Pauses the send queue if `error` is `rate_limited`; to be called with every error frame. */
  applyRateLimit({ code, retryAfterMs = 1_000 }: ParleyError): void {
    if (code === "rate_limited") this.#sendQueue?.pause(retryAfterMs);
  }

  /**
   * Handles a network that may have returned, or a process that was suspended: checks an open connection, starts a waiting retry,
   * and restarts an attempt that is in progress, since its packets may be lost.
   */
  #wake(): void {
    if (this.#phase === "open") return this.#checkLiveness();
    const ageMs = performance.now() - this.#attemptedAt;
    const isYoung = ageMs < Math.max(wakeEveryMs, this.#handshakeMs);
    if (this.#phase === "idle" || (this.#phase === "connecting" && isYoung)) return;
    this.#options.backoff.networkReturned();
    this.#reconnect(Math.max(wakeEveryMs - ageMs, this.#notBefore - performance.now()));
  }

  /** Sends a ping, and replaces the connection unless a frame arrives before the timeout. */
  #checkLiveness(): void {
    if (this.#pingTimer !== undefined) return;
    this.#hasReceived = false;
    this.#send("ping");
    if (this.#phase !== "open") return;
    const timeoutMs = Math.min(pingTimeoutMs.max, Math.max(pingTimeoutMs.min, this.#handshakeMs));
    this.#pingTimer = setTimeout(() => {
      this.#pingTimer = undefined;
      if (!this.#hasReceived) this.#reconnect(0);
    }, timeoutMs);
  }

  #reconnect(atLeastMs: number): void {
    this.#closeSocket();
    this.#connectIn(Math.max(atLeastMs, Math.random() * wakeJitterMs));
  }

  async #connect(attempt: number): Promise<void> {
    this.#phase = "connecting";
    this.#attemptedAt = performance.now();
    this.#handlers.connecting();
    this.#timer = setTimeout(() => {
      this.#timeouts++;
      this.#retry();
    }, this.#timeoutMs);
    try {
      const request = await this.#options.request();
      if (attempt !== this.#attempt) return;
      const socket = await this.#options.open(request);
      if (attempt !== this.#attempt) return socket.close(1000);
      this.#listen(socket, attempt);
    } catch (error) {
      if (attempt === this.#attempt) this.#failed(error);
    }
  }

  /**
   * The timeout grows with each timeout: an overloaded server first works through attempts that clients have abandoned, and with a
   * fixed timeout it would never reach an attempt that its client still waits for.
   */
  get #timeoutMs(): number {
    return this.#options.connectTimeoutMs * Math.min(4, 2 ** this.#timeouts);
  }

  #listen(socket: SocketLike, attempt: number): void {
    this.#socket = socket;
    const current = (act: () => void) => {
      if (attempt === this.#attempt) act();
    };
    socket.addEventListener("message", ({ data }) => current(() => this.#message(data)));
    socket.addEventListener("close", ({ code, reason }) => current(() => this.#closed(code, reason)));
    socket.addEventListener("error", () => current(() => this.#closed(1006, "")));
  }

  /** Drops the text if the socket is closing: browsers would drop it too, and log an error. What was not acknowledged is sent again. */
  #send(text: string): void {
    if ((this.#socket?.readyState ?? openState) > openState) return;
    try {
      this.#socket?.send(text);
    } catch {
      this.#retry();
    }
  }

  #message(data: unknown): void {
    this.#hasReceived = true;
    if (data === "pong" || typeof data !== "string") return;
    const envelopes = parseFrame(data);
    if (!envelopes) return this.#retry();
    const attempt = this.#attempt;
    const rest: ServerEnvelope[] = [];
    for (const envelope of envelopes) {
      if (envelope.type === "hello") this.#hello(envelope);
      else if (envelope.type !== "pong") rest.push(envelope);
    }
    if (rest.length > 0 && attempt === this.#attempt) this.#handlers.envelopes(rest);
    if (attempt === this.#attempt) this.#confirm(data);
  }

  #hello(hello: Hello): void {
    clearTimeout(this.#timer);
    this.#sendQueue?.stop();
    this.#sendQueue = new SendQueue(hello.data.limits, (text) => this.#send(text));
    this.#phase = "open";
    this.#timeouts = 0;
    this.#openedAt = performance.now();
    this.#handshakeMs = this.#openedAt - this.#attemptedAt;
    this.#unconfirmedBytes = 0;
    this.#confirmEveryBytes = hello.data.limits.confirmEveryBytes;
    clearInterval(this.#heartbeat);
    this.#heartbeat = setInterval(() => this.#sendHeartbeat(), hello.data.heartbeatMs);
    this.#handlers.hello(hello);
  }

  /** Detects a network that failed without a reset: a connection on which no frame arrived since the last ping is dead. */
  #sendHeartbeat(): void {
    if (this.#pingTimer !== undefined) return;
    if (!this.#hasReceived) return this.#retry("unreachable");
    this.#hasReceived = false;
    this.#send("ping");
  }

  /** Confirms received bytes: the server closes a connection with too many unconfirmed bytes as too slow. */
  #confirm(frame: string): void {
    this.#unconfirmedBytes += byteLength(frame);
    if (this.#unconfirmedBytes < this.#confirmEveryBytes) return;
    const bytes = this.#unconfirmedBytes;
    this.#unconfirmedBytes = 0;
    this.#send(JSON.stringify({ type: "seen", data: { bytes } }));
  }

  #closed(code: number, reason: string): void {
    if (!this.#sendQueue) return void this.#probe((cause) => this.#failed(cause));
    const ours = Object.values(closeCodes).find((candidate) => candidate.code === code);
    const isRestart = !ours || ours === closeCodes.restart;
    if (!ours || ours.reconnect) return this.#retry(isRestart ? "unreachable" : "busy");
    const error = new ParleyError({ code: codeOfClose[code] ?? "internal", detail: reason || ours.meaning });
    if (ours !== closeCodes.sessionEnded) return this.#end(error);
    // The same code closes the sockets of a session that continues, but must pass a second factor first.
    void this.#probe((cause) => this.#end(isSecondFactorRequired(cause) ? cause : error));
  }

  /**
   * Finds out by a plain request why a handshake failed or the server closed the socket: WebSocket APIs of browsers and of Node do not expose
   * the response.
   */
  async #probe(settle: (reason: unknown) => void): Promise<void> {
    this.#closeSocket();
    this.#phase = "connecting";
    const attempt = this.#attempt;
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    const reason = await this.#options.probe(timeout).catch((error: unknown) => error);
    if (attempt === this.#attempt) settle(reason);
  }

  #failed(reason: unknown): void {
    if (isPermanent(reason)) return this.#end(reason);
    const { retryAfterMs = 0 } = reason instanceof ParleyError ? reason : {};
    if (retryAfterMs > 0) this.#notBefore = performance.now() + retryAfterMs;
    this.#retry(isUnreachable(reason) ? "unreachable" : "busy", retryAfterMs);
  }

  #retry(cause: FailureCause = "busy", atLeastMs = 0): void {
    const { backoff } = this.#options;
    // A server that accepts connections and soon drops them counts as busy.
    const isFlapping = this.#sendQueue !== null && !backoff.lasted(performance.now() - this.#openedAt);
    this.#closeSocket();
    this.#connectIn(atLeastMs + backoff.next(isFlapping ? "busy" : cause));
  }

  #connectIn(delayMs: number): void {
    const attempt = this.#attempt;
    this.#phase = "waiting";
    this.#timer = setTimeout(() => void this.#connect(attempt), delayMs);
    this.#handlers.lost(delayMs);
  }

  #end(error: ParleyError): void {
    this.stop();
    this.#handlers.ended(error);
  }

  /** Closes the socket without waiting for the server's close frame, which never arrives over a dead network. */
  #closeSocket(code?: number): void {
    this.#attempt++;
    this.#phase = "idle";
    this.#sendQueue?.stop();
    this.#sendQueue = null;
    clearTimeout(this.#timer);
    clearTimeout(this.#pingTimer);
    this.#pingTimer = undefined;
    clearInterval(this.#heartbeat);
    const socket = this.#socket;
    this.#socket = null;
    try {
      socket?.close(code);
    } catch {
      // The socket was closed already.
    }
  }
}

const isSecondFactorRequired = (reason: unknown): reason is ParleyError =>
  reason instanceof ParleyError && reason.code === "second_factor_required";

const codeOfClose: Record<number, ErrorCode> = {
  [closeCodes.sessionEnded.code]: "unauthenticated",
  [closeCodes.notMember.code]: "not_found",
  [closeCodes.tooBig.code]: "payload_too_large",
  [closeCodes.protocol.code]: "validation_failed",
  [closeCodes.done.code]: "unavailable",
};

/** Whether there was no response at all. A timeout does not count: quick retries would make a slow server slower. */
const isUnreachable = (reason: unknown): boolean =>
  reason instanceof ParleyError &&
  reason.status === 0 &&
  (reason.cause as { name?: string } | undefined)?.name !== "TimeoutError";
