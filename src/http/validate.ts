import { zValidator } from "@hono/zod-validator";
import type { MiddlewareHandler } from "hono";
import { z } from "zod";
import { AppError, invalidField, invalidFields } from "../errors/app-error.ts";
import { noId } from "../lib/ids.ts";
import { zodIssues } from "../errors/zod-issues.ts";
import { within } from "../lib/parallel.ts";
import {
  ChannelId,
  errorCatalog,
  FileId,
  GroupId,
  IncomingWebhookId,
  InviteId,
  limits,
  MessageId,
  PasskeyId,
  ReminderId,
  ScheduledMessageId,
  ServerKeyId,
  SessionId,
  SlashCommandId,
  TokenId,
  UserId,
  DeliveryId,
  EventSubscriptionId,
} from "../protocol/index.ts";
import type { AppEnv } from "./context.ts";
import { requireUtf8Query } from "./require-utf8-query.ts";

/** Converts the error of a schema into `validation_failed` with one issue for each field. */
export const invalid = (error: z.core.$ZodError): AppError => invalidFields(zodIssues(error));

const ids = {
  channelId: { schema: ChannelId, unknown: noId("chn") },
  inviteId: { schema: InviteId, unknown: noId("inv") },
  groupId: { schema: GroupId, unknown: noId("grp") },
  fileId: { schema: FileId, unknown: noId("fil") },
  messageId: { schema: MessageId, unknown: noId("msg") },
  keyId: { schema: ServerKeyId, unknown: noId("key") },
  deliveryId: { schema: DeliveryId, unknown: noId("dlv") },
  subscriptionId: { schema: EventSubscriptionId, unknown: noId("sub") },
  passkeyId: { schema: PasskeyId, unknown: noId("psk") },
  reminderId: { schema: ReminderId, unknown: noId("rem") },
  scheduledMessageId: { schema: ScheduledMessageId, unknown: noId("sch") },
  sessionId: { schema: SessionId, unknown: noId("ses") },
  tokenId: { schema: TokenId, unknown: noId("tok") },
  webhookId: { schema: IncomingWebhookId, unknown: noId("iwh") },
  userId: { schema: UserId, unknown: noId("usr") },
  commandId: { schema: SlashCommandId, unknown: noId("cmd") },
};

/** Replaces malformed ids by a valid id that no object has, so that they take the same path, and get the same response, as unknown ids. */
const replaceMalformedIds = (params: unknown): unknown =>
  Object.fromEntries(
    Object.entries(params as Record<string, string>).map(([name, value]) => {
      const kind = Object.hasOwn(ids, name) ? ids[name as keyof typeof ids] : undefined;
      return [name, kind && !kind.schema.safeParse(value).success ? kind.unknown : value];
    }),
  );

/**
 * Makes a middleware that parses one part of the request by a schema, for `c.req.valid(target)`. A malformed id in the path is handled as
 * an unknown id.
 *
 * @throws `validation_failed`, in the middleware, with the fields that do not match; `not_found` for a path that does not match
 */
export function validate<Target extends "param" | "query" | "json", S extends z.ZodType>(
  target: Target,
  schema: S,
) {
  const tolerant = target === "param" ? (z.preprocess(replaceMalformedIds, schema) as unknown as S) : schema;
  const parse = zValidator(target, tolerant, (result) => {
    if (result.success) return;
    if (target === "param") throw new AppError({ code: "not_found", detail: "No such path" });
    throw invalid(result.error as z.core.$ZodError);
  });
  if (target !== "query") return parse;
  return (async (c, next) => {
    requireUtf8Query(c.req.raw.url);
    return parse(c as Parameters<typeof parse>[0], next);
  }) as typeof parse;
}

type BodyOf<S extends z.ZodType> = { in: { json: z.input<S> }; out: { json: z.output<S> } };

/**
 * Makes a middleware that reads and parses a JSON body by a schema, for `c.req.valid("json")`.
 *
 * @throws in the middleware: `unsupported_media_type` for another type or a compressed body; `payload_too_large` beyond
 *   `limits.jsonBodyBytes`; `request_timeout` when the body arrives too slowly; `validation_failed` when it is not UTF-8, not JSON or does
 *   not match the schema
 */
export function body<S extends z.ZodType>(schema: S): MiddlewareHandler<AppEnv, string, BodyOf<S>> {
  const parse = validate("json", schema) as unknown as MiddlewareHandler<AppEnv>;
  return async (c, next) => {
    const type = c.req.header("Content-Type")?.split(";")[0]?.trim().toLowerCase();
    if (type !== "application/json") {
      throw new AppError({
        code: "unsupported_media_type",
        detail: "Send the header `Content-Type: application/json`",
      });
    }
    requireUnencodedBody(c.req.raw);
    // Read once: a request whose path is literally the pattern of its route runs each middleware twice.
    c.req.bodyCache.text ??= Promise.resolve(
      await readBodyText(c.req.raw, limits.jsonBodyBytes, c.var.config.BODY_IDLE_TIMEOUT_MS),
    ) as never;
    return parse(c, next);
  };
}

/**
 * Checks that the body is not compressed. A compressed body would be stored or parsed as it is; decompressing it is no option, since a
 * small one may expand to gigabytes.
 *
 * @throws `unsupported_media_type` for a body with a `Content-Encoding`
 */
export function requireUnencodedBody(request: Request): void {
  const coding = request.headers.get("Content-Encoding")?.trim().toLowerCase() ?? "";
  if (coding === "" || coding === "identity") return;
  throw new AppError({
    code: "unsupported_media_type",
    detail: "Send the body uncompressed, without `Content-Encoding`",
  });
}

/** How long a JSON body may take from its first byte to its last, in ms. */
const bodyMs = 60_000;

const tooSlow = (): AppError =>
  new AppError({ code: "request_timeout", detail: "The body did not arrive in time; repeat the request" });

/**
 * Yields the chunks of a body.
 *
 * @param silenceMs how long to wait for each chunk
 * @throws `request_timeout` when a chunk or the whole body takes too long; the rest is not read
 */
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

/**
 * Reads the body as text.
 *
 * @throws `payload_too_large` beyond `maxBytes`, without reading further; `request_timeout`; `validation_failed` when the body is not UTF-8
 *   or ends early
 */
export async function readBodyText(request: Request, maxBytes: number, silenceMs: number): Promise<string> {
  const tooLarge = () =>
    new AppError({
      code: "payload_too_large",
      detail: `The body may have at most ${maxBytes} bytes; ${errorCatalog.payload_too_large.help}`,
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
    throw invalidField("", "Must be UTF-8", "The body ended early or is not UTF-8");
  }
}
