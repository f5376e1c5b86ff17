import { AppError, assertNever, refuse } from "../../errors/app-error.ts";
import { FrameError, isFatal, type ParsedFrame, parseFrame } from "../../sockets/client-frame.ts";
import { Died } from "../../lib/failpoint.ts";
import { errorLine, logLine } from "../../lib/log-line.ts";
import { failure, unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { errorTo } from "../../sockets/replies.ts";
import { translate } from "../../errors/to-app-error.ts";
import type { ControlData, FrameId } from "../../protocol/index.ts";
import type { Audience } from "./subscribers.ts";
import type { CommandQueue } from "../commands/command-queue.ts";
import { actorOf, type ReaderConnection } from "./subscriber.ts";
import type { Room } from "../stored-room-state.ts";
import { requireTyping, TypingTold } from "../presence/typing-throttle.ts";

export interface IncomingOptions {
  env: Env;
  room: Room;
  audience: Audience;
  commands: CommandQueue;
}

/** What comes over the room's sockets: each frame is answered, and no fault of one client's leaves here. */
export class Incoming {
  readonly #options: IncomingOptions;
  readonly #typing = new TypingTold();
  readonly #leaving = new WeakSet<ReaderConnection>();
  /** The choice of a status that a socket made last: the next one waits for it. */
  readonly #choosing = new WeakMap<ReaderConnection, Promise<void>>();

  constructor(options: IncomingOptions) {
    this.#options = options;
  }

  receive(connection: ReaderConnection, message: string | ArrayBuffer): void {
    const { sockets, sweep } = this.#options.audience;
    if (isFatal(message)) return sockets.close(connection, "tooBig");
    const nowMs = Date.now();
    sweep.heard(connection, nowMs);
    let id: FrameId | undefined;
    try {
      const frame = this.#read(message);
      id = frame.id;
      if (this.#isTooMuch(connection, frame, nowMs)) return;
      if (frame instanceof FrameError) return this.#fault(connection, frame, nowMs);
      this.#handle(connection, frame, nowMs);
    } catch (error) {
      // A throw here would neither close the socket nor be reported.
      if (__FAILPOINTS__ && error instanceof Died) throw error;
      if (!(error instanceof AppError))
        logLine({ level: "error", message: "defect", error: errorLine(error) });
      this.#refuse(connection, id, translate(error));
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
  #isTooMuch(connection: ReaderConnection, frame: ParsedFrame | FrameError, nowMs: number): boolean {
    const { allowance, holder } = connection;
    if (holder.via === "gateway" || (!(frame instanceof FrameError) && frame.kind === "seen")) return false;
    const retryAfterMs = allowance.take(nowMs);
    if (retryAfterMs === 0) return false;
    this.#refuse(
      connection,
      frame.id,
      new AppError({ code: "rate_limited", detail: "Too many frames; slow down", retryAfterMs }),
    );
    if (allowance.refused(nowMs)) this.#options.audience.sockets.close(connection, "tooMany");
    return true;
  }

  #fault(connection: ReaderConnection, { id, refusal }: FrameError, nowMs: number): void {
    this.#refuse(connection, id, refusal);
    if (connection.holder.via === "client" && connection.allowance.fault(nowMs))
      this.#options.audience.sockets.close(connection, "protocol");
  }

  #refuse(connection: ReaderConnection, id: FrameId | undefined, refusal: AppError): void {
    this.#options.audience.tell(connection, { type: "error", id, error: refusal.toProblem() });
  }

  #handle(connection: ReaderConnection, frame: ParsedFrame, nowMs: number): void {
    const { audience, commands } = this.#options;
    const { id } = frame;
    if (frame.kind === "seen") return audience.sockets.confirm(connection, frame.data.bytes);
    if (frame.kind === "ping") return audience.tell(connection, { type: "pong", id });
    if (this.#leaving.has(connection)) refuse("conflict", "You have unsubscribed");
    switch (frame.kind) {
      case "command":
        return commands.receive(connection, frame.command, id);
      case "typing":
        return this.#type(connection, frame.data, id, nowMs);
      case "statusUpdate":
        return this.#setStatus(connection, frame.data, id);
      case "subscribe":
        return refuse("conflict", "This socket is subscribed by connecting");
      case "unsubscribe":
        this.#leaving.add(connection);
        return void audience.unsubscribe(connection);
      default:
        return assertNever(frame);
    }
  }

  /** Who is invisible types unseen. */
  #type(
    connection: ReaderConnection,
    { threadId }: ControlData<"typing">,
    id: FrameId | undefined,
    nowMs: number,
  ): void {
    const { room, audience } = this.#options;
    const { userId } = connection.holder;
    requireTyping(room, actorOf(connection), threadId);
    if (audience.presence.seen(userId) && this.#typing.take(userId, nowMs))
      audience.signals.typing(userId, threadId ?? null);
    if (id !== undefined) audience.tell(connection, { type: "ack", id, data: {} });
  }

  /** Rooms hear of it from the hub, this one too. */
  #setStatus(
    connection: ReaderConnection,
    { idle, ...chosen }: ControlData<"statusUpdate">,
    id: FrameId | undefined,
  ): void {
    if (idle !== undefined)
      refuse("validation_failed", "Some fields are not as they should be", {
        issues: [{ path: "data.idle", message: "Only on the one socket" }],
      });
    const { env, audience } = this.#options;
    audience.expectReply(connection);
    const choosing = (this.#choosing.get(connection) ?? Promise.resolve())
      .then(() => callObject(() => hubOf(env, connection.holder.userId).setStatus(chosen)))
      .then((outcome) => unwrap(outcome).shown)
      .then((data) => JSON.stringify({ type: "ack", id, data }))
      .catch((error: unknown) => {
        if (!(error instanceof AppError))
          logLine({ level: "error", message: "status failed", error: errorLine(error) });
        return errorTo(id, failure(translate(error)).problem);
      })
      .then((answer) => {
        audience.reply(connection, answer);
        audience.sendReplies();
      });
    this.#choosing.set(connection, choosing);
  }
}
