import type { WebhookRecord } from "../../domain/webhooks.ts";
import { isoTime } from "../../lib/time.ts";
import type { Webhook } from "../../protocol/index.ts";

const isoOrNull = (at: number | null): string | null => (at === null ? null : isoTime(at));

/**
 * Converts a webhook to what a user sees. Only its owner sees the path of the URL, which often is a secret, and the channels, which may be
 * private.
 */
export function presentWebhook(record: WebhookRecord, viewerId: string): Webhook {
  const { failingSince, formerSecretExpiresAt, createdAt, updatedAt, url, channelIds, ...rest } = record;
  const isOwn = record.ownerId === viewerId;
  return {
    ...rest,
    url: isOwn ? url : new URL(url).origin,
    channelIds: isOwn || channelIds === null ? channelIds : [],
    failingSince: isoOrNull(failingSince),
    formerSecretExpiresAt: isoOrNull(formerSecretExpiresAt),
    createdAt: isoTime(createdAt),
    updatedAt: isoTime(updatedAt),
  };
}
