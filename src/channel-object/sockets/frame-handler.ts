import { requireScope } from "../../domain/token-grant.ts";
import { AppError, assertNever, invalidField, reject } from "../../errors/app-error.ts";
import { logDefect } from "../../errors/log-defect.ts";
import { toAppError } from "../../errors/to-app-error.ts";
import { rethrowSimulatedCrash } from "../../lib/failpoint.ts";
import type { ControlData, FrameId } from "../../protocol/index.ts";
import { failure, unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import {
  changesSomething,
  type InvalidFrame,
  isFatal,
  type ParsedFrame,
  parseFrame,
  readTrustedFrame,
} from "../../sockets/client-frame.ts";
import { errorEnvelope } from "../../sockets/replies.ts";
import type { CommandQueue } from "../commands/command-queue.ts";
import { authorizeTyping, TypingThrottle } from "../presence/typing-throttle.ts";
import type { StoredRoomState } from "../stored-room-state.ts";
import { actorOf, grantOf, isDirect, type SubscriberConnection } from "./subscriber.ts";
import type { Subscribers } from "./subscribers.ts";

export interface FrameHandlerOptions {
  env: Env;
  room: StoredRoomState;
  subscribers: Subscribers;
  commands: CommandQueue;
}

/**
 * Handles the frames that arrive on the room's sockets. Each frame gets its reply; an error in one never affects other sockets.
 *
 * A direct client's frames are validated and rate limited here. A gateway has done both for its client's frames, and its socket can't be
 * opened by a client, so that they are only read.
 */
export class FrameHandler {
  readonly #options: FrameHandlerOptions;
  readonly #typing = new TypingThrottle();
  readonly #unsubscribing = new WeakSet<SubscriberConnection>();
  /** The last status change of a socket: the next one waits for it, to stay in order. */
  readonly #statusChanges = new WeakMap<SubscriberConnection, Promise<void>>();

  constructor(options: FrameHandlerOptions) {
    this.#options = options;
  }

  handleMessage(connection: SubscriberConnection, message: string | ArrayBuffer): void {
    const { sockets, idleReaper } = this.#options.subscribers;
    if (isFatal(message)) return sockets.close(connection, "tooBig");
    const nowMs = Date.now();
    idleReaper.recordFrame(connection, nowMs);
    let id: FrameId | undefined;
    try {
      const frame = this.#read(connection, message);
      id = frame.id;
      if (isDirect(connection) && frame.kind !== "seen" && this.#isOverRateLimit(connection, id, nowMs))
        return;
      this.#handle(connection, frame, nowMs);
    } catch (error) {
      // The runtime would neither close the socket nor report an error that is thrown from here.
      rethrowSimulatedCrash(error);
      logDefect(error);
      this.#sendError(connection, id, toAppError(error));
    }
  }

  #read(connection: SubscriberConnection, message: string | ArrayBuffer): ParsedFrame | InvalidFrame {
    const frame = isDirect(connection) ? parseFrame(message) : readTrustedFrame(message as string);
    if (frame.kind === "invalid" || frame.channelId === undefined) return frame;
    if (frame.channelId === this.#options.room.channel.id) return frame;
    return {
      kind: "invalid",
      id: frame.id,
      error: new AppError({ code: "not_found", detail: "No such channel" }),
    };
  }

  #isOverRateLimit(connection: SubscriberConnection, id: FrameId | undefined, nowMs: number): boolean {
    const { rateLimit } = connection;
    const retryAfterMs = rateLimit.tryAcquire(nowMs);
    if (retryAfterMs === 0) return false;
    const error = new AppError({ code: "rate_limited", detail: "Too many frames; slow down", retryAfterMs });
    this.#sendError(connection, id, error);
    if (rateLimit.countRejection(nowMs)) this.#options.subscribers.sockets.close(connection, "tooMany");
    return true;
  }

  #handle(connection: SubscriberConnection, frame: ParsedFrame | InvalidFrame, nowMs: number): void {
    const { subscribers, commands } = this.#options;
    const { id } = frame;
    if (frame.kind === "invalid") return this.#rejectInvalid(connection, frame, nowMs);
    if (frame.kind === "seen") return subscribers.sockets.confirm(connection, frame.data.bytes);
    if (frame.kind === "ping") return subscribers.send(connection, { type: "pong", id });
    if (this.#unsubscribing.has(connection))
      reject("conflict", "This socket was unsubscribed and is closing");
    if (changesSomething(frame)) requireScope(grantOf(connection), "write");
    switch (frame.kind) {
      case "command":
        return commands.submit(actorOf(connection), frame.command, { kind: "socket", connection, id });
      case "typing":
        return this.#handleTyping(connection, frame.data, id, nowMs);
      case "statusUpdate":
        return this.#setStatus(connection, frame.data, id);
      case "subscribe":
        return reject(
          "conflict",
          "A channel's own socket is always subscribed; only `/v1/realtime` has `subscribe`",
        );
      case "unsubscribe":
        this.#unsubscribing.add(connection);
        return void subscribers.unsubscribe(connection);
      default:
        return assertNever(frame);
    }
  }

  #rejectInvalid(connection: SubscriberConnection, { id, error }: InvalidFrame, nowMs: number): void {
    this.#sendError(connection, id, error);
    if (isDirect(connection) && connection.rateLimit.countInvalidFrame(nowMs))
      this.#options.subscribers.sockets.close(connection, "protocol");
  }

  #sendError(connection: SubscriberConnection, id: FrameId | undefined, error: AppError): void {
    this.#options.subscribers.send(connection, { type: "error", id, error: error.toProblem() });
  }

  /** Sends no signal for an invisible user. */
  #handleTyping(
    connection: SubscriberConnection,
    { threadId }: ControlData<"typing">,
    id: FrameId | undefined,
    nowMs: number,
  ): void {
    const { room, subscribers } = this.#options;
    const { userId } = connection.owner;
    authorizeTyping(room, actorOf(connection), threadId);
    if (subscribers.presence.visibleStatus(userId) && this.#typing.tryAcquire(userId, nowMs))
      subscribers.signals.addTyping(userId, threadId ?? null);
    if (id !== undefined) subscribers.send(connection, { type: "ack", id, data: {} });
  }

  /** Sets the status at the user's hub, which sends it to all rooms, this one included. */
  #setStatus(
    connection: SubscriberConnection,
    { idle, ...change }: ControlData<"statusUpdate">,
    id: FrameId | undefined,
  ): void {
    if (idle !== undefined) throw invalidField("data.idle", "Can only be set on `/v1/realtime`");
    this.#options.subscribers.expectReply(connection);
    const changed = this.#replyWithStatus(connection, change, id, this.#statusChanges.get(connection));
    this.#statusChanges.set(connection, changed);
  }

  async #replyWithStatus(
    connection: SubscriberConnection,
    change: Omit<ControlData<"statusUpdate">, "idle">,
    id: FrameId | undefined,
    previous: Promise<void> | undefined,
  ): Promise<void> {
    const { env, subscribers } = this.#options;
    await previous;
    let reply: string;
    try {
      const { shown: data } = unwrap(
        await callObject(() => hubOf(env, connection.owner.userId).setStatus(change)),
      );
      reply = JSON.stringify({ type: "ack", id, data });
    } catch (error) {
      logDefect(error, { command: "statusUpdate" });
      reply = errorEnvelope(id, failure(toAppError(error)).problem);
    }
    subscribers.queueReply(connection, reply);
    subscribers.sendReplies();
  }
}
