import { z } from "zod";
import { CloseHandshake } from "../gateway/index.ts";
import { closeCodes, limits } from "../protocol/index.ts";
import { FrameRateLimit } from "../sockets/frame-rate-limit.ts";

/** A message of Slack's Socket Mode that the client acknowledges. */
export interface SocketEnvelope {
  type: "events_api" | "slash_commands";
  payload: unknown;
  /** Whether the acknowledgement may carry a response. */
  acceptsResponse?: boolean;
  /** How often it is sent again. Default: three times. */
  retries?: number;
  /** Called with the response of the first acknowledgement; an empty object without one. */
  onAcknowledged?: (payload: Record<string, unknown>) => void;
}

/** Why the server closes the socket, as Slack names it. After any of them, SDKs call `apps.connections.open` again. */
export type DisconnectReason =
  | "refresh_requested"
  | "link_disabled"
  | "too_many_unacknowledged"
  | "protocol_error";

export interface AcknowledgedSocketOptions {
  /** How long the client may take to acknowledge, in ms. */
  acknowledgeMs: number;
  /** A client that acknowledges nothing and sends nothing for this long is closed. */
  idleTimeoutMs: number;
  /** Ends the connection of a client that does not echo a close frame. */
  abort(): void;
}

export interface AcknowledgedSocketListener {
  /** Called once, whichever end closed the socket. */
  handleClosed(): void;
  /** An envelope was not acknowledged after its last repetition. */
  handleUnacknowledged(type: SocketEnvelope["type"]): void;
}

interface Pending {
  envelope: SocketEnvelope;
  bytes: number;
  attempt: number;
  sentAt: number;
  timer: ReturnType<typeof setTimeout>;
}

const Acknowledgement = z.looseObject({
  envelope_id: z.string().max(64),
  payload: z.record(z.string(), z.unknown()).nullish(),
});

/** Repetitions of an envelope that is not acknowledged. */
const maxRetries = 3;
/** Unacknowledged envelopes, and their size, beyond which a client is closed: workerd has no other way to notice one that does not read. */
const maxPending = { envelopes: 1_000, bytes: 4 * 1024 * 1024 };
/** Messages of a client: more than the acknowledgements of all envelopes that can be pending. */
const messageRate = { perSecond: 500, burst: 5_000 };
/** Messages of a client that are no acknowledgements, beyond which it is closed. */
const maxInvalid = 20;

/** The server's end of a Socket Mode connection: envelopes, their acknowledgements and repetitions. */
export class AcknowledgedSocket {
  readonly #ws: WebSocket;
  readonly #listener: AcknowledgedSocketListener;
  readonly #options: AcknowledgedSocketOptions;
  readonly #handshake: CloseHandshake;
  readonly #rateLimit = new FrameRateLimit({
    ...messageRate,
    rejectionsPerMinute: 1,
    invalidFramesPerMinute: maxInvalid,
  });
  readonly #pending = new Map<string, Pending>();
  #pendingBytes = 0;
  #invalid = 0;
  #lastMessageAt = Date.now();
  #isOpen = true;

  constructor(ws: WebSocket, listener: AcknowledgedSocketListener, options: AcknowledgedSocketOptions) {
    this.#ws = ws;
    this.#listener = listener;
    this.#options = options;
    this.#handshake = new CloseHandshake(ws, options.abort);
    ws.addEventListener("message", ({ data }) => this.#receive(data));
    ws.addEventListener("close", () => this.#end());
    ws.addEventListener("error", () => this.#end());
    ws.accept();
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Sends a message that needs no acknowledgement. */
  sendPlain(message: object): void {
    this.#write(JSON.stringify(message));
  }

  /** Sends an envelope, and repeats it until it is acknowledged, at most three times. */
  send(envelope: SocketEnvelope): void {
    if (!this.#isOpen) return;
    const id = crypto.randomUUID();
    const text = serialize(id, envelope, 0);
    const bytes = Buffer.byteLength(text);
    this.#pendingBytes += bytes;
    if (this.#pending.size >= maxPending.envelopes || this.#pendingBytes > maxPending.bytes)
      return this.disconnect("too_many_unacknowledged");
    const timer = setTimeout(() => this.#repeat(id), this.#options.acknowledgeMs);
    this.#pending.set(id, { envelope, bytes, attempt: 0, sentAt: Date.now(), timer });
    this.#write(text);
  }

  /** Announces the end of the connection, and closes it. */
  disconnect(reason: DisconnectReason): void {
    if (!this.#isOpen) return;
    this.sendPlain({ type: "disconnect", reason, debug_info: { host: "parley" } });
    const close = {
      refresh_requested: closeCodes.restart,
      link_disabled: closeCodes.sessionEnded,
      too_many_unacknowledged: closeCodes.slow,
      protocol_error: closeCodes.protocol,
    }[reason];
    this.#end(close.code, close.meaning);
  }

  #receive(data: unknown): void {
    if (!this.#isOpen) return;
    this.#lastMessageAt = Date.now();
    if (this.#rateLimit.tryAcquire(this.#lastMessageAt) > 0) return this.disconnect("protocol_error");
    const acknowledgement = parse(data);
    if (!acknowledgement) {
      if (++this.#invalid > maxInvalid) this.disconnect("protocol_error");
      return;
    }
    const pending = this.#pending.get(acknowledgement.envelope_id);
    // An acknowledgement that arrives after a repetition is one too many, and means the same.
    if (!pending) return;
    this.#forget(acknowledgement.envelope_id, pending);
    pending.envelope.onAcknowledged?.(acknowledgement.payload ?? {});
  }

  #repeat(id: string): void {
    const pending = this.#pending.get(id);
    if (!pending || !this.#isOpen) return;
    if (pending.attempt >= (pending.envelope.retries ?? maxRetries)) {
      this.#forget(id, pending);
      this.#listener.handleUnacknowledged(pending.envelope.type);
      const { idleTimeoutMs } = this.#options;
      const isIdle = this.#lastMessageAt < pending.sentAt && Date.now() - this.#lastMessageAt > idleTimeoutMs;
      if (isIdle) this.disconnect("too_many_unacknowledged");
      return;
    }
    pending.attempt++;
    pending.timer = setTimeout(() => this.#repeat(id), this.#options.acknowledgeMs);
    this.#write(serialize(id, pending.envelope, pending.attempt));
  }

  #forget(id: string, { bytes, timer }: Pending): void {
    clearTimeout(timer);
    this.#pending.delete(id);
    this.#pendingBytes -= bytes;
  }

  #write(text: string): void {
    if (!this.#isOpen) return;
    try {
      this.#ws.send(text);
    } catch {
      this.#end();
    }
  }

  #end(code: number = closeCodes.done.code, reason?: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const { timer } of this.#pending.values()) clearTimeout(timer);
    this.#pending.clear();
    this.#handshake.start(code, reason);
    this.#listener.handleClosed();
  }
}

const serialize = (
  id: string,
  { type, payload, acceptsResponse = false }: SocketEnvelope,
  attempt: number,
): string =>
  JSON.stringify({
    envelope_id: id,
    type,
    accepts_response_payload: acceptsResponse,
    payload,
    retry_attempt: attempt,
    retry_reason: attempt === 0 ? "" : "timeout",
  });

function parse(data: unknown): z.output<typeof Acknowledgement> | undefined {
  if (typeof data !== "string" || data.length > limits.frameBytes) return undefined;
  try {
    return Acknowledgement.parse(JSON.parse(data));
  } catch {
    return undefined;
  }
}
