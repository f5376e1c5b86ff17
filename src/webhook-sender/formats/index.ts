import type { SubscriptionFormatName } from "../../protocol/index.ts";
import type { SubscriptionFormat } from "./format.ts";
import { parleyFormat } from "./parley.ts";
import { slackFormat } from "./slack.ts";

/** The formats by name. A subscription of a format that this release does not have is rejected when it is created. */
export const subscriptionFormats: Partial<Record<SubscriptionFormatName, SubscriptionFormat>> & {
  parley: SubscriptionFormat;
} = {
  parley: parleyFormat,
  slack: slackFormat,
};

/** Returns the format of a subscription. */
export const formatOf = ({ format }: { format: SubscriptionFormatName }): SubscriptionFormat =>
  subscriptionFormats[format] ?? subscriptionFormats.parley;
