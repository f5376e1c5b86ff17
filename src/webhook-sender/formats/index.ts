import type { WebhookFormatName } from "../../protocol/index.ts";
import type { WebhookFormat } from "./format.ts";
import { parleyFormat } from "./parley.ts";
import { slackFormat } from "./slack.ts";

/** The formats by name. A webhook of a format that this release does not have is rejected when it is created. */
export const webhookFormats: Partial<Record<WebhookFormatName, WebhookFormat>> & { parley: WebhookFormat } = {
  parley: parleyFormat,
  slack: slackFormat,
};

/** Returns the format of a webhook. */
export const formatOf = ({ format }: { format: WebhookFormatName }): WebhookFormat =>
  webhookFormats[format] ?? webhookFormats.parley;
