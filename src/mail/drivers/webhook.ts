import type { Config } from "../../config.ts";
import { standardWebhookHeaders } from "../../outbound/index.ts";
import type { OutgoingMail } from "../mail-driver.ts";

const timeoutMs = 10_000;

/**
 * Posts a mail to `MAIL_WEBHOOK_URL`, signed as Standard Webhooks define it. Any response but 2xx, redirections included, is a failure that
 * is retried.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export async function sendByWebhook(
  _env: Env,
  { MAIL_WEBHOOK_URL: url, MAIL_WEBHOOK_SECRET: secret, MAIL_FROM: from }: Config,
  { id, ...mail }: OutgoingMail,
): Promise<void> {
  if (!url || !secret) throw new Error("MAIL_WEBHOOK_URL or MAIL_WEBHOOK_SECRET is missing");
  const nowMs = Date.now();
  const body = JSON.stringify({
    type: "mail",
    timestamp: new Date(Math.floor(nowMs / 1_000) * 1_000).toISOString(),
    data: { ...mail, from: from ?? null },
  });
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      ...standardWebhookHeaders([secret], { id, body, nowMs }),
    },
    body,
    redirect: "manual",
    signal: AbortSignal.timeout(timeoutMs),
  }).catch(() => {
    // Without the original message, which may contain the URL.
    throw new Error("The mail webhook did not answer");
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`The mail webhook answered ${response.status}`);
}
