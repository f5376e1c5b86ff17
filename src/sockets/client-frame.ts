import { z } from "zod";
import { AppError, invalidField, invalidFields, reject } from "../errors/app-error.ts";
import { zodIssues } from "../errors/zod-issues.ts";
import {
  ChannelId,
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

/** A valid client frame. `id` and `channelId` are as the client sent them. */
export type ParsedFrame = { id: FrameId | undefined; channelId: string | undefined } & (
  | { kind: "command"; command: Command }
  | Control
);
export type Control = { [T in ControlType]: { kind: T; data: ControlData<T> } }[ControlType];

/** A frame that failed validation. `id` is undefined if it could not be read. */
export interface InvalidFrame {
  kind: "invalid";
  id: FrameId | undefined;
  error: AppError;
}

const Identified = z.looseObject({ id: FrameId });

/** Returns whether a message exceeds the size at which its socket is closed (1009). */
export const isFatal = (message: string | ArrayBuffer): boolean =>
  typeof message === "string"
    ? message.length > limits.frameFatalBytes || Buffer.byteLength(message) > limits.frameFatalBytes
    : message.byteLength > limits.frameFatalBytes;

/** Parses and validates a message from a client. Throws nothing for what a client sends. */
export function parseFrame(message: string | ArrayBuffer): ParsedFrame | InvalidFrame {
  let json: unknown;
  try {
    json = parseJson(message);
    return readPlainMessage(json) ?? validateFrame(json);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { kind: "invalid", id: Identified.safeParse(json).data?.id, error };
  }
}

/** Validates a frame by its schemas. @throws AppError for an invalid one */
export function validateFrame(json: unknown): ParsedFrame {
  const { id, channelId, type, data } = validate(ClientFrame, json);
  if (Object.hasOwn(controlFrames, type)) {
    const kind = type as ControlType;
    return {
      id,
      channelId,
      kind,
      data: validate(controlFrames[kind].data, data ?? {}, "data"),
    } as ParsedFrame;
  }
  if (!Object.hasOwn(commands, type)) throw unknownType();
  const name = type as CommandType;
  const command = { type: name, data: validate(commands[name].data, data ?? {}, "data") } as Command;
  return { id, channelId, kind: "command", command };
}

/**
 * Reads the most frequent frame without its schemas, which take most of the time between a frame and its commit: a `messageCreate` with
 * content and perhaps a nonce. Returns undefined for any other frame and for one that is not certainly valid.
 */
function readPlainMessage(json: unknown): ParsedFrame | undefined {
  if (!hasOnly(json, frameFields) || json.type !== "messageCreate" || !hasOnly(json.data, messageFields))
    return undefined;
  const { id, channelId } = json;
  const { content, nonce } = json.data;
  const isValid =
    (id === undefined || Number.isSafeInteger(id) || (typeof id === "string" && isWithin(id, 64))) &&
    (channelId === undefined || ChannelId.safeParse(channelId).success) &&
    isPlainText(content, limits.contentLength) &&
    (nonce === undefined || isPlainText(nonce, 64));
  if (!isValid) return undefined;
  const command = { type: "messageCreate", data: json.data } as unknown as Command;
  return { id, channelId, kind: "command", command } as ParsedFrame;
}

const frameFields: ReadonlySet<string> = new Set(["id", "type", "channelId", "data"]);
const messageFields: ReadonlySet<string> = new Set(["content", "nonce"]);

function hasOnly(value: unknown, fields: ReadonlySet<string>): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  for (const field of Object.keys(value)) if (!fields.has(field)) return false;
  return true;
}

const isWithin = ({ length }: string, max: number): boolean => length > 0 && length <= max;

/** `length` counts UTF-16 units, of which a text has at least as many as code points. */
const isPlainText = (value: unknown, max: number): boolean =>
  typeof value === "string" && isWithin(value, max) && !value.includes("\0") && value.isWellFormed();

/** Serializes a valid frame for `readTrustedFrame`: what the schemas made of the client's text, in the client's format. */
export function serializeFrame(frame: ParsedFrame): string {
  const { id, channelId } = frame;
  const { type, data } = frame.kind === "command" ? frame.command : { type: frame.kind, data: frame.data };
  return JSON.stringify({ id, type, channelId, data });
}

/**
 * Reads a frame that `serializeFrame` wrote, without validating it again. Only for sockets on which our own Worker sends; a client
 * can't open one, because the Worker builds each upgrade request to an object itself (`upgradeRequest`).
 *
 * The type is checked all the same: during a deployment the Worker may be newer than the object and know more commands.
 *
 * @throws SyntaxError when the text is not JSON, which is a defect
 */
export function readTrustedFrame(text: string): ParsedFrame | InvalidFrame {
  const { id, channelId, type, data = {} } = JSON.parse(text) as ClientFrame;
  if (Object.hasOwn(controlFrames, type)) return { id, channelId, kind: type, data } as ParsedFrame;
  if (!Object.hasOwn(commands, type)) return { kind: "invalid", id, error: unknownType() };
  return { id, channelId, kind: "command", command: { type, data } as Command };
}

function parseJson(message: string | ArrayBuffer): unknown {
  if (typeof message !== "string") reject("validation_failed", "Frames are JSON text, not binary");
  if (message.length > limits.frameBytes || Buffer.byteLength(message) > limits.frameBytes)
    reject("payload_too_large", "A frame has at most 64 KiB");
  try {
    return JSON.parse(message);
  } catch {
    return reject("validation_failed", "The frame is not JSON");
  }
}

function validate<S extends z.ZodType>(schema: S, value: unknown, path?: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalidFields(zodIssues(result.error, path));
}

const unknownType = (): AppError => invalidField("type", "No such frame", "Unknown frame type");

/** Whether a frame needs the scope `write` if its socket was opened with a token. */
export const changesSomething = ({ kind }: Pick<ParsedFrame | InvalidFrame, "kind">): boolean =>
  kind === "command" || kind === "typing" || kind === "statusUpdate";
