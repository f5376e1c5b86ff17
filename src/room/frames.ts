import { AppError, refuse } from "../core/app-error.ts";
import { issuesOf } from "../core/issues.ts";
import {
  ClientFrame,
  type Command,
  commands,
  type CommandType,
  controlFrames,
  FrameId,
  limits,
} from "../protocol/index.ts";
import { z } from "zod";

export type ParsedFrame =
  | { kind: "ping"; id: FrameId | undefined }
  | { kind: "seen"; bytes: number }
  | { kind: "command"; id: FrameId | undefined; command: Command };

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

/** Parses a client frame for the room of `channelId`. Throws a FrameError, never anything else. */
export function parseFrame(message: string | ArrayBuffer, channelId: string): ParsedFrame {
  let json: unknown;
  try {
    json = jsonOf(message);
    const frame = checked(ClientFrame, json);
    const { id } = frame;
    if (frame.channelId !== undefined && frame.channelId !== channelId)
      refuse("not_found", "No such channel");
    if (frame.type === "ping") return { kind: "ping", id };
    if (frame.type === "seen")
      return { kind: "seen", bytes: checked(controlFrames.seen.data, frame.data, "data").bytes };
    if (!Object.hasOwn(commands, frame.type))
      refuse("validation_failed", "Unknown frame type", {
        issues: [{ path: "type", message: "No such frame" }],
      });
    const type = frame.type as CommandType;
    return {
      kind: "command",
      id,
      command: { type, data: checked(commands[type].data, frame.data ?? {}, "data") } as Command,
    };
  } catch (error) {
    if (error instanceof AppError) throw new FrameError(error, Identified.safeParse(json).data?.id);
    throw error;
  }
}

function jsonOf(message: string | ArrayBuffer): unknown {
  if (typeof message !== "string") refuse("validation_failed", "Frames are JSON text, not binary");
  if (message.length > limits.frameBytes || Buffer.byteLength(message) > limits.frameBytes)
    refuse("payload_too_large", "A frame has at most 64 KiB");
  try {
    return JSON.parse(message);
  } catch {
    return refuse("validation_failed", "The frame is not JSON");
  }
}

function checked<S extends z.ZodType>(schema: S, value: unknown, at?: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  return refuse("validation_failed", "Some fields are not as they should be", {
    issues: issuesOf(result.error, at),
  });
}
