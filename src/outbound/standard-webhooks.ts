import { createHmac } from "node:crypto";

/** The prefix of a symmetric secret, as receivers enter it. The rest is 24 to 64 bytes in base64. */
const prefix = "whsec_";
const secretBytes = 32;

/** Returns a new secret for signatures: `whsec_` and 32 random bytes in base64. */
export function newWebhookSecret(): string {
  return prefix + Buffer.from(crypto.getRandomValues(new Uint8Array(secretBytes))).toString("base64");
}

/**
 * Returns the headers that identify, date and sign a body.
 *
 * @param secrets the secrets with which it is signed; during a rotation both the new and the former one
 * @param id the same in every attempt to deliver the same thing, so that receivers can deduplicate it
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function standardWebhookHeaders(
  secrets: readonly string[],
  { id, body, nowMs }: { id: string; body: string; nowMs: number },
): Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string> {
  const timestamp = String(Math.floor(nowMs / 1_000));
  const signatures = secrets.map((secret) => signature(secret, `${id}.${timestamp}.${body}`));
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}

function signature(secret: string, content: string): string {
  const key = Buffer.from(secret.slice(prefix.length), "base64");
  return `v1,${createHmac("sha256", key).update(content).digest("base64")}`;
}
