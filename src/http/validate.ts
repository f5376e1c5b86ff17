import { zValidator } from "@hono/zod-validator";
import type { MiddlewareHandler } from "hono";
import { z } from "zod";
import { AppError, invalidField, invalidFields } from "../errors/app-error.ts";
import { noId } from "../lib/ids.ts";
import { zodIssues } from "../errors/zod-issues.ts";
import { within } from "../lib/parallel.ts";
import { ChannelId, errorCatalog, FileId, limits, MessageId, SessionId, UserId } from "../protocol/index.ts";
import type { AppEnv } from "./context.ts";
import { requireUtf8Query } from "./require-utf8-query.ts";

export const invalid = (error: z.core.$ZodError): AppError => invalidFields(zodIssues(error));

const ids = {
  channelId: { schema: ChannelId, unknown: noId("chn") },
  fileId: { schema: FileId, unknown: noId("fil") },
  messageId: { schema: MessageId, unknown: noId("msg") },
  sessionId: { schema: SessionId, unknown: noId("ses") },
  userId: { schema: UserId, unknown: noId("usr") },
};

/** Puts an id that nothing has in the place of what can't be one: it passes the same checks, and gets the same answer. */
const replaceMalformedIds = (params: unknown): unknown =>
  Object.fromEntries(
    Object.entries(params as Record<string, string>).map(([name, value]) => {
      const kind = Object.hasOwn(ids, name) ? ids[name as keyof typeof ids] : undefined;
      return [name, kind && !kind.schema.safeParse(value).success ? kind.unknown : value];
    }),
  );

/**
 * Parses one part of the request; what the schema does not take is a problem that names the field.
 * A path that can't be an id answers as an unknown one does.
 */
export function validate<Target extends "param" | "query" | "json", S extends z.ZodType>(
  target: Target,
  schema: S,
) {
  const tolerant = target === "param" ? (z.preprocess(replaceMalformedIds, schema) as unknown as S) : schema;
  const parse = zValidator(target, tolerant, (result) => {
    if (result.success) return;
    if (target === "param") throw new AppError({ code: "not_found", detail: "No such thing" });
    throw invalid(result.error as z.core.$ZodError);
  });
  if (target !== "query") return parse;
  return (async (c, next) => {
    requireUtf8Query(c.req.raw.url);
    return parse(c as Parameters<typeof parse>[0], next);
  }) as typeof parse;
}

type BodyOf<S extends z.ZodType> = { in: { json: z.input<S> }; out: { json: z.output<S> } };

/** Parses a JSON body: the right type, a size within bounds however it was sent, UTF-8, JSON, and as the schema says. */
export function body<S extends z.ZodType>(schema: S): MiddlewareHandler<AppEnv, string, BodyOf<S>> {
  const parse = validate("json", schema) as unknown as MiddlewareHandler<AppEnv>;
  return async (c, next) => {
    const type = c.req.header("Content-Type")?.split(";")[0]?.trim().toLowerCase();
    if (type !== "application/json") {
      throw new AppError({ code: "unsupported_media_type", detail: "Say `Content-Type: application/json`" });
    }
    requireUnencodedBody(c.req.raw);
    // Once: a path that is spelt like its route's pattern passes every handler twice.
    c.req.bodyCache.text ??= Promise.resolve(
      await readText(c.req.raw, limits.jsonBodyBytes, c.var.config.BODY_SILENCE_MS),
    ) as never;
    return parse(c, next);
  };
}

/**
 * Throws `unsupported_media_type` for a body with a `Content-Encoding`: it would be stored, or parsed, as it is compressed. A small
 * one may hold gigabytes, so that none is decompressed here.
 */
export function requireUnencodedBody(request: Request): void {
  const coding = request.headers.get("Content-Encoding")?.trim().toLowerCase() ?? "";
  if (coding === "" || coding === "identity") return;
  throw new AppError({
    code: "unsupported_media_type",
    detail: "Send the body as it is, without `Content-Encoding`",
  });
}

/** How long a JSON body may take from its first byte to its last. */
const bodyMs = 60_000;

const tooSlow = (): AppError =>
  new AppError({ code: "request_timeout", detail: "The body did not arrive in time; send it again" });

/** The chunks of a body. One that takes too long is rejected with `request_timeout` and read no further. */
async function* chunksBeforeTimeout(
  stream: ReadableStream<Uint8Array>,
  silenceMs: number,
): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  const startedAt = Date.now();
  try {
    for (;;) {
      const waitMs = Math.max(0, Math.min(silenceMs, startedAt + bodyMs - Date.now()));
      const { value, done } = await within(waitMs, reader.read(), tooSlow);
      if (done) return;
      yield value;
    }
  } finally {
    void reader.cancel().catch(() => {});
  }
}

/** The body as text, read no further than `maxBytes`; bytes that are not UTF-8 and bodies that break off are refused. */
async function readText(request: Request, maxBytes: number, silenceMs: number): Promise<string> {
  const tooLarge = () =>
    new AppError({
      code: "payload_too_large",
      detail: `A JSON body has at most ${maxBytes} bytes; ${errorCatalog.payload_too_large.help}`,
    });
  if (Number(request.headers.get("Content-Length") ?? 0) > maxBytes) throw tooLarge();
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  let size = 0;
  let text = "";
  try {
    for await (const chunk of request.body ? chunksBeforeTimeout(request.body, silenceMs) : []) {
      size += chunk.byteLength;
      if (size > maxBytes) throw tooLarge();
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw invalidField("", "Not readable as UTF-8", "The body broke off or is not UTF-8");
  }
}
