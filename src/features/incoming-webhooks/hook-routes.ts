import { type Context, Hono } from "hono";
import { AppError, invalidField } from "../../errors/app-error.ts";
import { logDefect } from "../../errors/log-defect.ts";
import { toAppError } from "../../errors/to-app-error.ts";
import type { AppEnv } from "../../http/context.ts";
import { limitAddress } from "../../http/rate-limits.ts";
import { invalid, readBodyText, requireUnencodedBody } from "../../http/validate.ts";
import { compatibilityRoutes, limits, type Message, WebhookMessage } from "../../protocol/index.ts";
import { findNamesInDatabase, type JsonObject, stringOf } from "../slack/index.ts";
import { convertOwn, convertSlack } from "./convert-message.ts";
import { chooseChannel, postMessage } from "./post-message.ts";
import type { WebhookRow } from "./queries.ts";
import { isOwnFormat, parsePayload } from "./read-payload.ts";
import { type SlackAnswer, slackResponse, WebhookError } from "./slack-answer.ts";
import { limitHook, verifyHook } from "./verify-hook.ts";

/** The longest `Idempotency-Key` that is accepted. */
const maxKeyLength = 255;

/** The routes to which programs post. */
export const webhookRoutes = new Hono<AppEnv>()
  .post(compatibilityRoutes.incomingWebhook.path, (c) => receive(c, c.req.param()))
  .post(compatibilityRoutes.incomingWebhookToken.path, (c) => {
    const [webhookId = "", secret = ""] = c.req.param("token").split(".", 2);
    return receive(c, { webhookId, secret });
  });

/**
 * Posts the message of a request. Requests in Slack's format are answered as Slack does, those in our own with the message or a problem document.
 * Before the format is known, answers are Slack's.
 */
async function receive(c: Context<AppEnv>, given: { webhookId: string; secret: string }): Promise<Response> {
  let payload: JsonObject | undefined;
  try {
    const webhook = await verifyHook(c.env, given).catch((error: unknown) => {
      limitAddress(c);
      throw error;
    });
    await limitHook(c.env, webhook);
    requireUnencodedBody(c.req.raw);
    payload = parsePayload(
      await readBodyText(c.req.raw, limits.jsonBodyBytes, c.var.config.BODY_IDLE_TIMEOUT_MS),
    );
    const idempotencyKey = keyOf(c);
    if (!isOwnFormat(payload)) {
      await postSlack(c.env, webhook, payload, idempotencyKey);
      return slackResponse("ok");
    }
    c.header("Cache-Control", "no-store");
    return c.json(await postOwn(c.env, webhook, payload, idempotencyKey));
  } catch (error) {
    if (payload && isOwnFormat(payload)) throw asProblem(error);
    return rejectAsSlack(c, error);
  }
}

/** Returns the `Idempotency-Key` of a request; undefined without one. @throws `validation_failed` */
function keyOf(c: Context<AppEnv>): string | undefined {
  const key = c.req.header("Idempotency-Key") ?? "";
  if (key.length > maxKeyLength)
    throw invalidField("Idempotency-Key", `Must have at most ${maxKeyLength} characters`);
  return key === "" ? undefined : key;
}

async function postSlack(
  env: Env,
  webhook: WebhookRow,
  payload: JsonObject,
  idempotencyKey: string | undefined,
): Promise<void> {
  const { text, blocks, attachments, channel } = payload;
  const names = await findNamesInDatabase(env, { text, blocks, attachments });
  const message = convertSlack(payload, webhook, names);
  const channelId = await chooseChannel(env, webhook, stringOf(channel).trim());
  await postMessage(env, webhook, { channelId, message, idempotencyKey });
}

async function postOwn(
  env: Env,
  webhook: WebhookRow,
  payload: JsonObject,
  idempotencyKey: string | undefined,
): Promise<Message> {
  const parsed = WebhookMessage.safeParse(payload);
  if (!parsed.success) throw invalid(parsed.error);
  return postMessage(env, webhook, {
    channelId: webhook.channelId,
    message: convertOwn(parsed.data, webhook),
    idempotencyKey,
  });
}

/** Codes of errors before a message is posted, as Slack's answers. */
const answers: Partial<Record<AppError["code"], SlackAnswer>> = {
  rate_limited: "rate_limited",
  payload_too_large: "payload_too_large",
  request_timeout: "request_timeout",
  unavailable: "service_unavailable",
  internal: "rollup_error",
};

function rejectAsSlack(c: Context<AppEnv>, error: unknown): Response {
  if (error instanceof WebhookError) return slackResponse(error.answer, error.retryAfterMs);
  const appError = toAppError(error);
  logDefect(error, { requestId: c.get("requestId") });
  return slackResponse(answers[appError.code] ?? "invalid_payload", appError.retryAfterMs);
}

/** The answers in Slack's words as errors of our own API. */
function asProblem(error: unknown): unknown {
  if (!(error instanceof WebhookError)) return error;
  const { answer, retryAfterMs } = error;
  const problemOf = (code: AppError["code"], detail: string) =>
    new AppError({ code, detail, ...(retryAfterMs !== undefined && { retryAfterMs }) });
  switch (answer) {
    case "thread_not_found":
      return problemOf("not_found", "No such message");
    case "no_active_hooks":
      return problemOf("not_found", "The bot of this webhook is not a member of its channel");
    case "channel_is_archived":
      return problemOf("conflict", "The channel is archived");
    case "posting_to_general_channel_denied":
      return problemOf("forbidden", "Only moderators can post in this channel");
    case "action_prohibited":
      return problemOf("forbidden", "The bot of this webhook is muted");
    case "rate_limited":
      return problemOf("rate_limited", "Too many messages; slow down");
    case "nonce_reused":
      return problemOf("nonce_reused", "This nonce was used for another message");
    case "service_unavailable":
      return problemOf("unavailable", "A part of the server is not available; try again");
    default:
      return problemOf("validation_failed", `The message was not accepted: ${answer}`);
  }
}
