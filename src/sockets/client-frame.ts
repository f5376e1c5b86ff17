import { z } from "zod";
import {
  ClientFrame,
  type Command,
  commands,
  type CommandType,
  type ControlData,
  controlFrames,
  type ControlType,
  FrameId,
  limits,
} from "../protocol/index.ts";
import { AppError, invalidField, invalidFields, reject } from "../errors/app-error.ts";
import { zodIssues } from "../errors/zod-issues.ts";

/** A frame that was read. `id` and `channelId` are as the client gave them. */
export type ParsedFrame = { id: FrameId | undefined; channelId: string | undefined } & (
  | { kind: "command"; command: Command }
  | Control
);
export type Control = { [T in ControlType]: { kind: T; data: ControlData<T> } }[ControlType];

/** A frame's refusal, with the frame's `id` where it could be read. */
export class FrameError extends Error {
  readonly refusal: AppError;
  readonly id: FrameId | undefined;

  constructor(refusal: AppError, id: FrameId | undefined) {
    super(refusal.message);
    this.refusal = refusal;
    this.id = id;
  }
}

const Identified = z.looseObject({ id: FrameId });

/** Whether a message is so large that its socket is closed for it. */
export const isFatal = (message: string | ArrayBuffer): boolean =>
  typeof message === "string"
    ? message.length > limits.frameFatalBytes || Buffer.byteLength(message) > limits.frameFatalBytes
    : message.byteLength > limits.frameFatalBytes;

/** Parses a client's frame. Throws a FrameError, never anything else. */
export function parseFrame(message: string | ArrayBuffer): ParsedFrame {
  let json: unknown;
  try {
    json = jsonOf(message);
    const { id, channelId, type, data } = checked(ClientFrame, json);
    if (Object.hasOwn(controlFrames, type)) {
      const kind = type as ControlType;
      return {
        id,
        channelId,
        kind,
        data: checked(controlFrames[kind].data, data ?? {}, "data"),
      } as ParsedFrame;
    }
    if (!Object.hasOwn(commands, type)) throw invalidField("type", "No such frame", "Unknown frame type");
    const name = type as CommandType;
    const command = { type: name, data: checked(commands[name].data, data ?? {}, "data") } as Command;
    return { id, channelId, kind: "command", command };
  } catch (error) {
    if (error instanceof AppError) throw new FrameError(error, Identified.safeParse(json).data?.id);
    throw error;
  }
}

function jsonOf(message: string | ArrayBuffer): unknown {
  if (typeof message !== "string") reject("validation_failed", "Frames are JSON text, not binary");
  if (message.length > limits.frameBytes || Buffer.byteLength(message) > limits.frameBytes)
    reject("payload_too_large", "A frame has at most 64 KiB");
  try {
    return JSON.parse(message);
  } catch {
    return reject("validation_failed", "The frame is not JSON");
  }
}

function checked<S extends z.ZodType>(schema: S, value: unknown, at?: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalidFields(zodIssues(result.error, at));
}
