import { createHmac } from "node:crypto";

/**
 * Returns the headers that sign a request as Slack does: HMAC-SHA-256 of `v0:<time>:<body>`, in hexadecimal. The key is the text of the secret.
 *
 * @see https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function slackSignature(secret: string, body: string, nowMs: number): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1_000));
  const signature = createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex");
  return { "X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": `v0=${signature}` };
}
