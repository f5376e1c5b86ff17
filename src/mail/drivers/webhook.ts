import { createHmac } from "node:crypto";
import type { Config } from "../../config.ts";
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
  const timestamp = Math.floor(Date.now() / 1_000);
  const body = JSON.stringify({
    type: "mail",
    timestamp: new Date(timestamp * 1_000).toISOString(),
    data: { ...mail, from: from ?? null },
  });
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": signature(secret, `${id}.${timestamp}.${body}`),
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

function signature(secret: string, content: string): string {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  return `v1,${createHmac("sha256", key).update(content).digest("base64")}`;
}
