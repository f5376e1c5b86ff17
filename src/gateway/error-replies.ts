import { logDefect } from "../errors/log-defect.ts";
import { toAppError } from "../errors/to-app-error.ts";
import { failure } from "../rpc/rpc-result.ts";
import type { InvalidFrame, ParsedFrame } from "../sockets/client-frame.ts";
import type { FrameRateLimit } from "../sockets/frame-rate-limit.ts";
import { errorEnvelope } from "../sockets/replies.ts";
import type { ClientSocket } from "./client-socket.ts";

export interface ErrorRepliesOptions {
  client: ClientSocket;
  rateLimit: FrameRateLimit;
  requestId: string;
}

/** Sends `error` frames to a gateway's client, and closes the socket of a client that sends too many invalid frames. */
export class ErrorReplies {
  readonly #options: ErrorRepliesOptions;

  constructor(options: ErrorRepliesOptions) {
    this.#options = options;
  }

  /** Sends the `error` to a frame. A defect is sent as `internal` with the request id, and logged without its values. */
  send(frame: ParsedFrame | InvalidFrame | undefined, error: unknown): void {
    const { client, requestId } = this.#options;
    const known = toAppError(error);
    logDefect(error, { requestId });
    const channelId = frame?.kind === "subscribe" ? frame.channelId : undefined;
    const problem = { ...failure(known).problem, ...(known.code === "internal" && { requestId }) };
    client.sendEnvelope(errorEnvelope(frame?.id, problem, channelId));
  }

  /** Sends the `error` to an invalid frame, and counts the frame. */
  rejectInvalid(frame: InvalidFrame, nowMs: number): void {
    this.send(frame, frame.error);
    this.#countInvalid(nowMs);
  }

  /**
   * Sends the `error` to a frame that its channel's queue could not execute. A `subscribe` to a channel that does not exist counts as an
   * invalid frame, because a client that guesses ids sends many; one with an `epoch` does not, because that client has known the channel.
   */
  rejectChannelFrame(frame: ParsedFrame, error: unknown): void {
    this.send(frame, error);
    const isFirstSubscribe = frame.kind === "subscribe" && frame.data.epoch === undefined;
    if (isFirstSubscribe && toAppError(error).code === "not_found") this.#countInvalid(Date.now());
  }

  #countInvalid(nowMs: number): void {
    const { client, rateLimit } = this.#options;
    if (rateLimit.countInvalidFrame(nowMs)) client.close("protocol");
  }
}
