import type { Config } from "../config.ts";
import type { Actor } from "../domain/actor.ts";
import { sessionUsed, useIntervals } from "../domain/session-use.ts";
import { includesChannel, requireScope } from "../domain/token-grant.ts";
import { assertNever, AppError, invalidField, notFound } from "../errors/app-error.ts";
import { closeCodes } from "../protocol/index.ts";
import {
  changesSomething,
  type InvalidFrame,
  isFatal,
  type ParsedFrame,
  parseFrame,
  serializeFrame,
} from "../sockets/client-frame.ts";
import { FrameRateLimit, frameRateLimits } from "../sockets/frame-rate-limit.ts";
import { ChannelQueue, type ChannelQueueContext } from "./channel-queue.ts";
import { ClientSocket, type ClientSocketListener } from "./client-socket.ts";
import { ErrorReplies } from "./error-replies.ts";
import { ObjectSocket, type ObjectSocketListener } from "./object-socket.ts";
import { PendingFrames } from "./pending-frames.ts";
import { RoomConnections } from "./room-connections.ts";
import { SubrequestBudget } from "./subrequest-budget.ts";
import { SubscriptionAdmission } from "./subscription-admission.ts";
import { TypedCommands } from "./typed-commands.ts";

export interface GatewayOptions {
  env: Env;
  config: Config;
  requestId: string;
  /** Of the upgrade request, such as `https://chat.example.com`. */
  origin: string;
  actor: Actor;
  /** The server's end of the client's socket. */
  client: WebSocket;
  /** The socket to the user's hub, which sends `hello` on it. */
  hub: WebSocket;
  /** Whether the client accepts events in the compact form. */
  compact: boolean;
  /** Ends this invocation of the Worker, and with it the client's TCP connection. */
  abort(): void;
  /** Keeps the request alive for work that the client's disconnect would otherwise cancel (`ExecutionContext.waitUntil`). */
  waitUntil: (work: Promise<unknown>) => void;
}

/**
 * Multiplexes one client's socket. It validates and rate limits the client's frames, and routes each to the user's hub or to the queue of
 * its channel. Frames from rooms and the hub are forwarded to the client without being read. It keeps no state beyond the socket: when
 * that closes, everything that was opened for it is closed.
 */
export class Gateway implements ClientSocketListener, ObjectSocketListener {
  readonly #options: GatewayOptions;
  readonly #rateLimit: FrameRateLimit;
  /** The bare text `ping` has a separate limit and does not count as a frame. */
  readonly #pingRateLimit: FrameRateLimit;
  readonly #budget: SubrequestBudget;
  readonly #admission: SubscriptionAdmission;
  readonly #rooms: RoomConnections;
  readonly #queues = new Map<string, ChannelQueue>();
  readonly #queueContext: ChannelQueueContext;
  readonly #client: ClientSocket;
  readonly #errors: ErrorReplies;
  readonly #hub: ObjectSocket;
  /** When the use of the session was last reported to the hub, in ms since 1970. Connecting counts as use. */
  #usedAt = Date.now();

  constructor(options: GatewayOptions) {
    this.#options = options;
    const { env, config, requestId, origin, actor, compact, abort, waitUntil } = options;
    const rateLimits = frameRateLimits(config);
    this.#rateLimit = new FrameRateLimit(rateLimits);
    this.#pingRateLimit = new FrameRateLimit(rateLimits);
    const client = new ClientSocket(options.client, this, {
      idleTimeoutMs: config.SOCKET_IDLE_TIMEOUT_MS,
      slowBytes: config.GATEWAY_SLOW_BYTES,
      abort,
    });
    const budget = new SubrequestBudget(
      { subrequests: config.GATEWAY_SUBREQUESTS, frames: config.GATEWAY_FRAMES },
      client,
    );
    this.#client = client;
    this.#budget = budget;
    this.#errors = new ErrorReplies({ client, rateLimit: this.#rateLimit, requestId });
    this.#admission = new SubscriptionAdmission({ concurrency: config.GATEWAY_OPENING, client });
    this.#rooms = new RoomConnections({ env, actor, requestId, compact, budget, admission: this.#admission });
    this.#queueContext = {
      client,
      budget,
      rooms: this.#rooms,
      errors: this.#errors,
      pendingFrames: new PendingFrames(),
      typedCommands: new TypedCommands({
        ...{ env, config, origin, client, budget, waitUntil },
        isBot: actor.isBot === true,
        errors: this.#errors,
        rooms: this.#rooms,
      }),
      queues: this.#queues,
      maxChannels: config.GATEWAY_CHANNELS,
      waitUntil,
    };
    this.#hub = new ObjectSocket(options.hub, this);
  }

  /** Handles a message of the client. Every frame gets its reply, an error included. */
  handleMessage(message: string | ArrayBuffer): void {
    const length = typeof message === "string" ? message.length : message.byteLength;
    this.#budget.spendFrame(length);
    if (!this.#client.isOpen) return;
    const nowMs = Date.now();
    this.#reportUse(nowMs);
    if (message === "ping") return this.#pong(nowMs);
    if (isFatal(message)) return this.#client.close("tooBig");
    let frame: ParsedFrame | InvalidFrame | undefined;
    try {
      frame = parseFrame(message);
      if (frame.kind !== "seen" && this.#isOverRateLimit(frame, nowMs)) return;
      this.#route(frame, length, nowMs);
    } catch (error) {
      // The runtime would neither close the socket nor report an error that is thrown from here.
      this.#errors.send(frame, error);
    }
  }

  /** Forwards a frame of the hub to the client. */
  handleFrame(text: string, bytes: number): void {
    this.#budget.spendFrame(bytes);
    this.#client.send(text, bytes);
  }

  /** The hub's socket has closed: so does the client's. */
  handleObjectClosed(code: number): void {
    this.#client.close(code === closeCodes.sessionEnded.code ? "sessionEnded" : "restart");
  }

  /** The client's socket has closed. Commands that it sent before are still executed. */
  handleClientClosed(): void {
    this.#rooms.end();
    this.#hub.close();
    for (const queue of this.#queues.values()) queue.end();
    this.#queues.clear();
  }

  /** Rejects what a token does not permit, by the token alone: the response does not reveal whether a channel exists. */
  #requireGrant(frame: ParsedFrame | InvalidFrame): void {
    const { grant } = this.#options.actor;
    if (!grant || frame.kind === "invalid") return;
    if (changesSomething(frame)) requireScope(grant, "write");
    if (frame.channelId !== undefined && !includesChannel(grant, frame.channelId)) notFound("channel");
  }

  #route(frame: ParsedFrame | InvalidFrame, length: number, nowMs: number): void {
    this.#requireGrant(frame);
    switch (frame.kind) {
      case "invalid":
        return this.#errors.rejectInvalid(frame, nowMs);
      case "ping":
        return this.#client.sendEnvelope(JSON.stringify({ type: "pong", id: frame.id }));
      case "seen":
        this.#client.confirm(frame.data.bytes);
        return this.#admission.admitWaiting();
      case "statusUpdate":
        return this.#hub.send(serializeFrame(frame));
      case "command":
      case "subscribe":
      case "unsubscribe":
      case "typing":
        if (frame.channelId === undefined)
          return this.#errors.rejectInvalid(
            {
              kind: "invalid",
              id: frame.id,
              error: invalidField(
                "channelId",
                "Required on `/v1/realtime`: the channel that the frame is for",
              ),
            },
            nowMs,
          );
        return this.#queueFor(frame.channelId).enqueue(frame, length);
      default:
        return assertNever(frame);
    }
  }

  #queueFor(channelId: string): ChannelQueue {
    const existing = this.#queues.get(channelId);
    if (existing) return existing;
    const queue = new ChannelQueue(channelId, this.#queueContext);
    this.#queues.set(channelId, queue);
    return queue;
  }

  /** Every message of the client is a use of its session, heartbeats included. A lost report is followed by the next interval's. */
  #reportUse(nowMs: number): void {
    if (nowMs - this.#usedAt < useIntervals(this.#options.config.SESSION_IDLE_MS).reportMs) return;
    this.#usedAt = nowMs;
    this.#hub.send(sessionUsed);
  }

  /** `pong` is outside the send window, so it is rate limited instead: it must not pile up for a client that does not read. */
  #pong(nowMs: number): void {
    if (this.#pingRateLimit.tryAcquire(nowMs) === 0) return this.#client.pong();
    if (this.#pingRateLimit.countRejection(nowMs)) this.#client.close("tooMany");
  }

  #isOverRateLimit(frame: ParsedFrame | InvalidFrame, nowMs: number): boolean {
    const retryAfterMs = this.#rateLimit.tryAcquire(nowMs);
    if (retryAfterMs === 0) return false;
    const error = new AppError({ code: "rate_limited", detail: "Too many frames; slow down", retryAfterMs });
    this.#errors.send(frame, error);
    if (this.#rateLimit.countRejection(nowMs)) this.#client.close("tooMany");
    return true;
  }
}
