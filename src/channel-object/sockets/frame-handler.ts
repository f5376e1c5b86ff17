import { logDefect } from "../../errors/log-defect.ts";
import { AppError, assertNever, invalidField, reject } from "../../errors/app-error.ts";
import { FrameError, isFatal, type ParsedFrame, parseFrame } from "../../sockets/client-frame.ts";
import { rethrowSimulatedCrash } from "../../lib/failpoint.ts";
import { failure, unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { errorEnvelope } from "../../sockets/replies.ts";
import { toAppError } from "../../errors/to-app-error.ts";
import type { ControlData, FrameId } from "../../protocol/index.ts";
import type { Subscribers } from "./subscribers.ts";
import type { CommandQueue } from "../commands/command-queue.ts";
import { actorOf, type SubscriberConnection } from "./subscriber.ts";
import type { StoredRoomState } from "../stored-room-state.ts";
import { authorizeTyping, TypingThrottle } from "../presence/typing-throttle.ts";

export interface FrameHandlerOptions {
  env: Env;
  room: StoredRoomState;
  audience: Subscribers;
  commands: CommandQueue;
}

/** What comes over the room's sockets: each frame is answered, and no fault of one client's leaves here. */
export class FrameHandler {
  readonly #options: FrameHandlerOptions;
  readonly #typing = new TypingThrottle();
  readonly #leaving = new WeakSet<SubscriberConnection>();
  /** The choice of a status that a socket made last: the next one waits for it. */
  readonly #choosing = new WeakMap<SubscriberConnection, Promise<void>>();

  constructor(options: FrameHandlerOptions) {
    this.#options = options;
  }

  receive(connection: SubscriberConnection, message: string | ArrayBuffer): void {
    const { sockets, sweep } = this.#options.audience;
    if (isFatal(message)) return sockets.close(connection, "tooBig");
    const nowMs = Date.now();
    sweep.noteFrame(connection, nowMs);
    let id: FrameId | undefined;
    try {
      const frame = this.#read(message);
      id = frame.id;
      if (this.#isTooMuch(connection, frame, nowMs)) return;
      if (frame instanceof FrameError) return this.#fault(connection, frame, nowMs);
      this.#handle(connection, frame, nowMs);
    } catch (error) {
      // A throw here would neither close the socket nor be reported.
      rethrowSimulatedCrash(error);
      logDefect(error);
      this.#refuse(connection, id, toAppError(error));
    }
  }

  #read(message: string | ArrayBuffer): ParsedFrame | FrameError {
    try {
      const frame = parseFrame(message);
      if (frame.channelId === undefined || frame.channelId === this.#options.room.channel.id) return frame;
      return new FrameError(new AppError({ code: "not_found", detail: "No such channel" }), frame.id);
    } catch (error) {
      if (error instanceof FrameError) return error;
      throw error;
    }
  }

  /** What comes by a gateway was counted there. */
  #isTooMuch(connection: SubscriberConnection, frame: ParsedFrame | FrameError, nowMs: number): boolean {
    const { rateLimit, owner } = connection;
    if (owner.via === "gateway" || (!(frame instanceof FrameError) && frame.kind === "seen")) return false;
    const retryAfterMs = rateLimit.tryAcquire(nowMs);
    if (retryAfterMs === 0) return false;
    this.#refuse(
      connection,
      frame.id,
      new AppError({ code: "rate_limited", detail: "Too many frames; slow down", retryAfterMs }),
    );
    if (rateLimit.countRejection(nowMs)) this.#options.audience.sockets.close(connection, "tooMany");
    return true;
  }

  #fault(connection: SubscriberConnection, { id, refusal }: FrameError, nowMs: number): void {
    this.#refuse(connection, id, refusal);
    if (connection.owner.via === "client" && connection.rateLimit.countInvalidFrame(nowMs))
      this.#options.audience.sockets.close(connection, "protocol");
  }

  #refuse(connection: SubscriberConnection, id: FrameId | undefined, refusal: AppError): void {
    this.#options.audience.sendTo(connection, { type: "error", id, error: refusal.toProblem() });
  }

  #handle(connection: SubscriberConnection, frame: ParsedFrame, nowMs: number): void {
    const { audience, commands } = this.#options;
    const { id } = frame;
    if (frame.kind === "seen") return audience.sockets.confirm(connection, frame.data.bytes);
    if (frame.kind === "ping") return audience.sendTo(connection, { type: "pong", id });
    if (this.#leaving.has(connection)) reject("conflict", "You have unsubscribed");
    switch (frame.kind) {
      case "command":
        return commands.receive(connection, frame.command, id);
      case "typing":
        return this.#type(connection, frame.data, id, nowMs);
      case "statusUpdate":
        return this.#setStatus(connection, frame.data, id);
      case "subscribe":
        return reject("conflict", "This socket is subscribed by connecting");
      case "unsubscribe":
        this.#leaving.add(connection);
        return void audience.unsubscribe(connection);
      default:
        return assertNever(frame);
    }
  }

  /** Who is invisible types unseen. */
  #type(
    connection: SubscriberConnection,
    { threadId }: ControlData<"typing">,
    id: FrameId | undefined,
    nowMs: number,
  ): void {
    const { room, audience } = this.#options;
    const { userId } = connection.owner;
    authorizeTyping(room, actorOf(connection), threadId);
    if (audience.presence.seen(userId) && this.#typing.tryAcquire(userId, nowMs))
      audience.signals.typing(userId, threadId ?? null);
    if (id !== undefined) audience.sendTo(connection, { type: "ack", id, data: {} });
  }

  /** Rooms hear of it from the hub, this one too. */
  #setStatus(
    connection: SubscriberConnection,
    { idle, ...chosen }: ControlData<"statusUpdate">,
    id: FrameId | undefined,
  ): void {
    if (idle !== undefined) throw invalidField("data.idle", "Only on the one socket");
    const { env, audience } = this.#options;
    audience.expectReply(connection);
    const choosing = (this.#choosing.get(connection) ?? Promise.resolve())
      .then(() => callObject(() => hubOf(env, connection.owner.userId).setStatus(chosen)))
      .then((outcome) => unwrap(outcome).shown)
      .then((data) => JSON.stringify({ type: "ack", id, data }))
      .catch((error: unknown) => {
        logDefect(error, { command: "statusUpdate" });
        return errorEnvelope(id, failure(toAppError(error)).problem);
      })
      .then((answer) => {
        audience.reply(connection, answer);
        audience.sendReplies();
      });
    this.#choosing.set(connection, choosing);
  }
}
