import type { Config } from "../../config.ts";
import { MailRejected, type OutgoingMail } from "../mail-driver.ts";

/**
 * Errors after which Cloudflare would reject the same mail again.
 *
 * @see https://developers.cloudflare.com/email-service/api/send-emails/workers-api/
 */
const permanent = new Set([
  "E_VALIDATION_ERROR",
  "E_FIELD_MISSING",
  "E_TOO_MANY_RECIPIENTS",
  "E_RECIPIENT_NOT_ALLOWED",
  "E_RECIPIENT_SUPPRESSED",
  "E_CONTENT_TOO_LARGE",
]);

/** Sends a mail by the binding `EMAIL` of Cloudflare Email Sending. */
export async function sendByCloudflare(
  env: Env,
  { MAIL_FROM, WORKSPACE_NAME }: Config,
  { to, subject, text, html }: OutgoingMail,
): Promise<void> {
  if (!env.EMAIL || !MAIL_FROM) throw new Error("The binding EMAIL or the var MAIL_FROM is missing");
  try {
    await env.EMAIL.send({ from: { email: MAIL_FROM, name: WORKSPACE_NAME }, to, subject, text, html });
  } catch (error) {
    const { code } = error as { code?: unknown };
    const name = typeof code === "string" && /^E_[A-Z_]{1,40}$/.test(code) ? code : "no code";
    if (permanent.has(name)) throw new MailRejected(`Cloudflare rejected the mail: ${name}`);
    // oxlint-disable-next-line preserve-caught-error -- the original message may contain the address
    throw new Error(`Cloudflare did not accept the mail: ${name}`);
  }
}
