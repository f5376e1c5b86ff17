import type { Config } from "../config.ts";
import { mailDriver } from "../domain/registration-mode.ts";
import { sendByCloudflare } from "./drivers/cloudflare.ts";
import { sendToTerminal } from "./drivers/local.ts";
import { sendByWebhook } from "./drivers/webhook.ts";
import { type MailDriver, MailRejected, type OutgoingMail } from "./mail-driver.ts";

const drivers = {
  cloudflare: sendByCloudflare,
  webhook: sendByWebhook,
  local: sendToTerminal,
} satisfies Record<string, MailDriver>;

/**
 * Sends a mail by the configured driver.
 *
 * @throws MailRejected if it can never be sent; any other error if it may be sent later
 */
export async function sendMail(env: Env, config: Config, mail: OutgoingMail): Promise<void> {
  const driver = mailDriver(config);
  if (!driver) throw new MailRejected("No mail driver is configured");
  await drivers[driver](env, config, mail);
}
