/**
 * What Slack answers to a request to an incoming webhook: a word as text, with a status.
 *
 * Sources: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks,
 * https://api.slack.com/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks
 */
const slackAnswers = {
  ok: 200,
  /** The body is no JSON object, or a field has a type that can't be used. */
  invalid_payload: 400,
  invalid_blocks: 400,
  too_many_attachments: 400,
  /** The message shows nothing. */
  no_text: 400,
  /** The channel's posting policy permits only moderators. */
  posting_to_general_channel_denied: 403,
  /** The bot is muted. */
  action_prohibited: 403,
  /** No such webhook, or another secret. */
  no_service: 404,
  /** The bot is no member of the channel, or was deactivated. */
  no_active_hooks: 404,
  /** The channel that the request chose does not exist, or the bot is no member of it. */
  channel_not_found: 404,
  /** The message to reply to does not exist. */
  thread_not_found: 404,
  request_timeout: 408,
  /** The idempotency key was used for another message. */
  nonce_reused: 409,
  channel_is_archived: 410,
  /** The body is larger than 64 KiB. */
  payload_too_large: 413,
  rate_limited: 429,
  /** An error of the server. */
  rollup_error: 500,
  /** A part of the server is not available. */
  service_unavailable: 503,
} as const satisfies Record<string, number>;
export type SlackAnswer = keyof typeof slackAnswers;

/** Rejects a request to a webhook. */
export class WebhookError extends Error {
  override readonly name = "WebhookError";
  readonly answer: SlackAnswer;
  readonly retryAfterMs: number | undefined;

  constructor(answer: SlackAnswer, retryAfterMs?: number) {
    super(answer);
    this.answer = answer;
    this.retryAfterMs = retryAfterMs;
  }
}

/** @throws WebhookError, always */
export function rejectHook(answer: SlackAnswer, retryAfterMs?: number): never {
  throw new WebhookError(answer, retryAfterMs);
}

/** Responds as Slack does. */
export function slackResponse(answer: SlackAnswer, retryAfterMs?: number): Response {
  const headers = new Headers({ "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" });
  if (retryAfterMs !== undefined)
    headers.set("Retry-After", String(Math.max(1, Math.ceil(retryAfterMs / 1_000))));
  return new Response(answer, { status: slackAnswers[answer], headers });
}
