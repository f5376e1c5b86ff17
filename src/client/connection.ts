import { closeCodes } from "../protocol/close-codes.ts";
import type { ErrorCode } from "../protocol/errors.ts";
import type { Hello, ServerEnvelope } from "../protocol/frames.ts";
import type { z } from "zod";
import type { Backoff } from "./backoff.ts";
import { byteLength } from "./byte-length.ts";
import { ParleyError } from "./error.ts";
import type { OpenSocket, SocketLike, SocketRequest } from "./open-socket.ts";
import { Outbox } from "./outbox.ts";
import type { Frame } from "./outbox.ts";

export interface ConnectionOptions {
  /** Asked anew before each attempt: the place to resume from and the token change. */
  request: () => Promise<SocketRequest>;
  open: OpenSocket;
  backoff: Backoff;
  /** How long an attempt may take until `hello`. */
  connectTimeoutMs: number;
  /** After an attempt that failed for no known reason: throws the reason if the server has one. */
  probe: () => Promise<unknown>;
}

/** What a connection tells its owner; nothing comes after `ended`. */
export interface ConnectionHandlers {
  connecting(): void;
  hello(hello: z.infer<typeof Hello>): void;
  /** Whatever is not for the connection itself, in order. */
  envelopes(envelopes: ServerEnvelope[]): void;
  /** It will be tried again in `delayMs`. */
  lost(delayMs: number): void;
  ended(error: ParleyError): void;
}

/** Refusals of which trying again makes nothing better. */
const decisive = new Set<ErrorCode>([
  "unauthenticated",
  "forbidden",
  "not_found",
  "upgrade_required",
  "validation_failed",
]);
export const isDecisive = (error: unknown): error is ParleyError =>
  error instanceof ParleyError && decisive.has(error.code);

/** Keeps one socket to the server alive: connects, listens for silence, confirms what it read, comes back with jitter. */
export class Connection {
  /** Each attempt has a number; whatever an older one still says is not heard. */
  #attempt = 0;
  #socket: SocketLike | null = null;
  /** While the server said hello, and no longer. */
  #outbox: Outbox | null = null;
  #openedAt = 0;
  #heard = false;
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
    void this.#connect(++this.#attempt);
  }

  /** Closes for good, as the one who wants it so. */
  stop(): void {
    this.#release(1000);
  }

  /** Puts a frame in line. False while there is no connection that said hello; what waits when that ends is forgotten. */
  post(frame: Frame): boolean {
    this.#outbox?.post(frame);
    return this.#outbox !== null;
  }

  /** Sends what is of no use later; false where it would have to wait. */
  signal(text: string): boolean {
    return this.#outbox?.isIdle === true && this.post({ order: 0, text: () => text });
  }

  /** To be told every refusal: frames that come too fast for the server make all of them rest. */
  heed({ code, retryAfterMs = 1_000 }: ParleyError): void {
    if (code === "rate_limited") this.#outbox?.rest(retryAfterMs);
  }

  async #connect(attempt: number): Promise<void> {
    this.#handlers.connecting();
    this.#timer = setTimeout(() => this.#retry(), this.#options.connectTimeoutMs);
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

  #listen(socket: SocketLike, attempt: number): void {
    this.#socket = socket;
    const current = (act: () => void) => {
      if (attempt === this.#attempt) act();
    };
    socket.addEventListener("message", ({ data }) => current(() => this.#message(data)));
    socket.addEventListener("close", ({ code, reason }) => current(() => this.#closed(code, reason)));
    socket.addEventListener("error", () => current(() => this.#closed(1006, "")));
  }

  #send(text: string): void {
    try {
      this.#socket?.send(text);
    } catch {
      this.#retry();
    }
  }

  #message(data: unknown): void {
    this.#heard = true;
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

  #hello(hello: z.infer<typeof Hello>): void {
    clearTimeout(this.#timer);
    this.#outbox?.stop();
    this.#outbox = new Outbox(hello.data.limits, (text) => this.#send(text));
    this.#openedAt = Date.now();
    this.#unconfirmedBytes = 0;
    this.#confirmEveryBytes = hello.data.limits.confirmEveryBytes;
    clearInterval(this.#heartbeat);
    this.#heartbeat = setInterval(() => this.#beat(), hello.data.heartbeatMs);
    this.#handlers.hello(hello);
  }

  /** A network can die without a word: nothing heard since the last ping, not even its pong, is the end. */
  #beat(): void {
    if (!this.#heard) return this.#retry();
    this.#heard = false;
    this.#send("ping");
  }

  /** Tells the server what was read, so that it knows who is too slow. */
  #confirm(frame: string): void {
    this.#unconfirmedBytes += byteLength(frame);
    if (this.#unconfirmedBytes < this.#confirmEveryBytes) return;
    const bytes = this.#unconfirmedBytes;
    this.#unconfirmedBytes = 0;
    this.#send(JSON.stringify({ type: "seen", data: { bytes } }));
  }

  #closed(code: number, reason: string): void {
    if (!this.#outbox) return void this.#findOut();
    const known = Object.values(closeCodes).find((candidate) => candidate.code === code);
    if (!known || known.reconnect) return this.#retry();
    this.#end(new ParleyError({ code: codeOfClose[code] ?? "internal", detail: reason || known.meaning }));
  }

  /** A handshake that fails does not say why, neither in browsers nor in Node: a plain request does. */
  async #findOut(): Promise<void> {
    this.#release();
    const attempt = this.#attempt;
    const reason = await this.#options.probe().catch((error: unknown) => error);
    if (attempt === this.#attempt) this.#failed(reason);
  }

  #failed(reason: unknown): void {
    if (isDecisive(reason)) this.#end(reason);
    else this.#retry(reason instanceof ParleyError ? reason.retryAfterMs : undefined);
  }

  #retry(atLeastMs = 0): void {
    if (this.#outbox) this.#options.backoff.lasted(Date.now() - this.#openedAt);
    this.#release();
    const delayMs = atLeastMs + this.#options.backoff.next();
    const attempt = this.#attempt;
    this.#timer = setTimeout(() => void this.#connect(attempt), delayMs);
    this.#handlers.lost(delayMs);
  }

  #end(error: ParleyError): void {
    this.#release();
    this.#handlers.ended(error);
  }

  /** Lets go of the socket without waiting for it: a dead network never answers a close. */
  #release(code?: number): void {
    this.#attempt++;
    this.#outbox?.stop();
    this.#outbox = null;
    clearTimeout(this.#timer);
    clearInterval(this.#heartbeat);
    const socket = this.#socket;
    this.#socket = null;
    try {
      socket?.close(code);
    } catch {
      // It was closed already.
    }
  }
}

const codeOfClose: Record<number, ErrorCode> = {
  [closeCodes.sessionEnded.code]: "unauthenticated",
  [closeCodes.notMember.code]: "not_found",
  [closeCodes.tooBig.code]: "payload_too_large",
  [closeCodes.protocol.code]: "validation_failed",
  [closeCodes.done.code]: "unavailable",
};

/** A frame's envelopes; null if it is no frame. Their inside is the server's promise, and not checked again here. */
function parseFrame(text: string): ServerEnvelope[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every(isEnvelope) ? value : null;
  } catch {
    return null;
  }
}

function isEnvelope(value: unknown): value is ServerEnvelope {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
