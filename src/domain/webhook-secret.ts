import { randomToken } from "../lib/ids.ts";
import { isSameText, macOf, sha256Of } from "../lib/macs.ts";
import { IncomingWebhookId } from "../protocol/index.ts";

/** 24 random bytes and a MAC of 16 bytes. */
const secretForm = /^([\w-]{32})([\w-]{22})$/;
const randomBytes = 24;

/** Returns a new secret of an incoming webhook. @param key a Worker secret in base64url */
export function newWebhookSecret(key: string, webhookId: string): string {
  const random = randomToken(randomBytes);
  return `${random}${secretMac(key, webhookId, random)}`;
}

/**
 * Returns whether a secret was issued for the webhook, though it may have been replaced since. A made-up id or secret therefore costs no read
 * of D1, and both take the same steps.
 */
export function isIssuedWebhookSecret(key: string, webhookId: string, secret: string): boolean {
  const [, random = "", mac = ""] = secretForm.exec(secret) ?? [];
  const isIssued = isSameText(mac, secretMac(key, webhookId.slice(0, 64), random));
  return isIssued && IncomingWebhookId.safeParse(webhookId).success;
}

/** Returns what D1 stores of a secret. */
export const webhookSecretHash = (secret: string): string => sha256Of(secret);

const secretMac = (key: string, webhookId: string, random: string): string =>
  macOf(key, { purpose: "parley-incoming-webhook-1", message: `${webhookId}|${random}`, bytes: 16 });
