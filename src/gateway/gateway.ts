import { logDefect } from "../errors/log-defect.ts";
import type { Config } from "../config.ts";
import type { Actor } from "../domain/actor.ts";
import { FrameRateLimit } from "../sockets/frame-rate-limit.ts";
import { AppError, assertNever, invalidField } from "../errors/app-error.ts";
import { FrameError, isFatal, type ParsedFrame, parseFrame } from "../sockets/client-frame.ts";
import { failure } from "../rpc/rpc-result.ts";
import { errorEnvelope } from "../sockets/replies.ts";
import { sessionUsed, useIntervals } from "../domain/session-use.ts";
import { toAppError } from "../errors/to-app-error.ts";
import { closeCodes } from "../protocol/index.ts";
import { PendingFrames } from "./pending-frames.ts";
import { SubrequestBudget } from "./subrequest-budget.ts";
import { type ChannelFrame, ChannelQueue } from "./channel-queue.ts";
import { ClientSocket } from "./client-socket.ts";
import { ObjectSocket } from "./object-socket.ts";
import { SubscriptionAdmission } from "./subscription-admission.ts";
import { RoomConnections } from "./room-connections.ts";

export interface GatewayOptions {
  env: Env;
  config: Config;
  requestId: string;
  actor: Actor;
  /** The server's end of the client's socket. */
  client: WebSocket;
  /** To the user's hub, which says hello on it. */
  hub: WebSocket;
  /** Ends this invocation of the Worker, and with it the client's TCP connection. */
  abort(): void;
  /** Keeps the request alive for work that the client's disconnect would otherwise cancel (`ExecutionContext.waitUntil`). */
  waitUntil: (work: Promise<unknown>) => void;
}

/**
 * One client's socket: looks where each frame of the client's goes, and passes on what rooms and the hub send, unread. It
 * knows nothing that outlives the socket; when that ends, so does everything that was opened for it.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #allowance: FrameRateLimit;
  /** Of the bare text `ping`, which takes nothing from that of frames. */
  readonly #pings: FrameRateLimit;
  readonly #backlog = new PendingFrames();
  readonly #budget: SubrequestBudget;
  readonly #openings: SubscriptionAdmission;
  readonly #rooms: RoomConnections;
  readonly #lanes = new Map<string, ChannelQueue>();
  readonly #client: ClientSocket;
  readonly #hub: ObjectSocket;
  /** When the hub was last told that the session is in use, ms since 1970. Connecting is such a use. */
  #usedAt = Date.now();

  constructor(options: GatewayOptions) {
    this.#options = options;
    const { env, config, requestId, actor } = options;
    const allowance = {
      perSecond: config.SOCKET_COMMANDS_PER_SECOND,
      burst: config.SOCKET_COMMANDS_BURST,
      rejectionsPerMinute: config.SOCKET_REFUSALS_PER_MINUTE,
      invalidFramesPerMinute: config.SOCKET_FAULTS_PER_MINUTE,
    };
    this.#allowance = new FrameRateLimit(allowance);
    this.#pings = new FrameRateLimit(allowance);
    this.#budget = new SubrequestBudget(
      { subrequests: config.GATEWAY_SUBREQUESTS, frames: config.GATEWAY_FRAMES },
      () => this.#client.close("restart"),
    );
    this.#openings = new SubscriptionAdmission({
      width: config.GATEWAY_OPENING,
      unconfirmedBytes: () => this.#client.unconfirmedBytes,
    });
    this.#rooms = new RoomConnections({
      env,
      actor,
      requestId,
      budget: this.#budget,
      openings: this.#openings,
    });
    this.#client = new ClientSocket(options.client, {
      silenceMs: config.SOCKET_SILENCE_MS,
      slowBytes: config.GATEWAY_SLOW_BYTES,
      message: (message) => this.#receive(message),
      ended: () => this.#ended(),
      abort: () => options.abort(),
    });
    this.#hub = new ObjectSocket(options.hub, {
      frame: (text, bytes) => this.#pass(text, bytes),
      ended: (code) => this.#client.close(code === closeCodes.sessionEnded.code ? "sessionEnded" : "restart"),
    });
  }

  #receive(message: string | ArrayBuffer): void {
    this.#budget.takeFrame(typeof message === "string" ? message.length : message.byteLength);
    if (!this.#client.isOpen) return;
    const nowMs = Date.now();
    this.#noteUse(nowMs);
    if (message === "ping") return this.#ping(nowMs);
    if (isFatal(message)) return this.#client.close("tooBig");
    let frame: ParsedFrame | FrameError | undefined;
    try {
      frame = read(message);
      if (!(frame instanceof FrameError) && frame.kind === "seen") return this.#seen(frame.data.bytes);
      if (this.#isTooMuch(frame, nowMs)) return;
      if (frame instanceof FrameError) return this.#fault(frame, nowMs);
      this.#route(frame, message as string);
    } catch (error) {
      // A throw here would neither close the socket nor be answered.
      this.#refuse(frame, error);
    }
  }

  /** Whatever the client sends is a use of its session, heartbeats included. */
  #noteUse(nowMs: number): void {
    if (nowMs - this.#usedAt < useIntervals(this.#options.config.SESSION_IDLE_MS).reportMs) return;
    this.#usedAt = nowMs;
    this.#hub.send(sessionUsed);
  }

  /** Nobody confirms the answers, so they must not pile up before one who does not read them. */
  #ping(nowMs: number): void {
    if (this.#pings.tryAcquire(nowMs) === 0) return this.#client.pong();
    if (this.#pings.countRejection(nowMs)) this.#client.close("tooMany");
  }

  #isTooMuch(frame: ParsedFrame | FrameError, nowMs: number): boolean {
    const retryAfterMs = this.#allowance.tryAcquire(nowMs);
    if (retryAfterMs === 0) return false;
    this.#refuse(
      frame,
      new AppError({ code: "rate_limited", detail: "Too many frames; slow down", retryAfterMs }),
    );
    if (this.#allowance.countRejection(nowMs)) this.#client.close("tooMany");
    return true;
  }

  #fault(error: FrameError, nowMs: number): void {
    this.#refuse(error, error.refusal);
    if (this.#allowance.countInvalidFrame(nowMs)) this.#client.close("protocol");
  }

  #route(frame: ParsedFrame, text: string): void {
    switch (frame.kind) {
      case "ping":
        return this.#tell(JSON.stringify({ type: "pong", id: frame.id }));
      case "seen":
        return this.#seen(frame.data.bytes);
      case "statusUpdate":
        return this.#hub.send(text);
      case "command":
      case "subscribe":
      case "unsubscribe":
      case "typing":
        return this.#toLane(frame, text);
      default:
        return assertNever(frame);
    }
  }

  #seen(bytes: number): void {
    this.#client.confirm(bytes);
    this.#openings.look();
  }

  #toLane(frame: ChannelFrame, text: string): void {
    const { channelId } = frame;
    if (channelId === undefined) return this.#fault(withoutChannel(frame), Date.now());
    if (!this.#backlog.take(text))
      return this.#refuse(
        frame,
        new AppError({
          code: "unavailable",
          detail: "Too much waits on this socket; try again",
          retryAfterMs: 1_000,
        }),
      );
    const lane = this.#lanes.get(channelId) ?? this.#newLane(channelId);
    lane.take(frame, text);
  }

  #newLane(channelId: string): ChannelQueue {
    const lane = new ChannelQueue(channelId, {
      rooms: this.#rooms,
      hasRoom: () => this.#subscribed < this.#options.config.GATEWAY_CHANNELS,
      frame: (text, bytes) => this.#pass(text, bytes),
      tell: (envelope) => this.#tell(envelope),
      refuse: (frame, error) => this.#refuseOf(frame, error),
      done: (text) => this.#backlog.release(text),
      end: (reason) => this.#client.close(reason),
      idle: () => void this.#lanes.delete(channelId),
      keepAlive: (work) => this.#options.waitUntil(work),
    });
    this.#lanes.set(channelId, lane);
    return lane;
  }

  get #subscribed(): number {
    let count = 0;
    for (const lane of this.#lanes.values()) if (lane.isSubscribed) count++;
    return count;
  }

  #pass(text: string, bytes: number): void {
    this.#budget.takeFrame(bytes);
    this.#client.send(text, bytes);
  }

  #tell(envelope: string): void {
    this.#client.send(`[${envelope}]`);
  }

  /** Who asks for channels that are not there, again and again, is looking for some; who resumes knew them. */
  #refuseOf(frame: ParsedFrame, error: unknown): void {
    this.#refuse(frame, error);
    const isStranger = frame.kind === "subscribe" && frame.data.epoch === undefined;
    if (isStranger && toAppError(error).code === "not_found" && this.#allowance.countInvalidFrame(Date.now()))
      this.#client.close("protocol");
  }

  /** Sends an error frame. A defect is sent as `internal` and logged without its values. */
  #refuse(frame: ParsedFrame | FrameError | undefined, error: unknown): void {
    const refusal = toAppError(error);
    const isDefect = refusal.code === "internal";
    const { requestId } = this.#options;
    logDefect(error, { requestId });
    const channelId = frame && "kind" in frame && frame.kind === "subscribe" ? frame.channelId : undefined;
    const problem = { ...failure(refusal).problem, ...(isDefect && { requestId }) };
    this.#tell(errorEnvelope(frame?.id, problem, channelId));
  }

  #ended(): void {
    this.#rooms.end();
    this.#hub.close();
    for (const lane of this.#lanes.values()) lane.end();
    this.#lanes.clear();
  }
}

function read(message: string | ArrayBuffer): ParsedFrame | FrameError {
  try {
    return parseFrame(message);
  } catch (error) {
    if (error instanceof FrameError) return error;
    throw error;
  }
}

const withoutChannel = ({ id }: ParsedFrame): FrameError =>
  new FrameError(invalidField("channelId", "Wants the channel that it is for"), id);
