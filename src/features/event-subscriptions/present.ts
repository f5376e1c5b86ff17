import type { SubscriptionRecord } from "../../domain/event-subscriptions.ts";
import { isoTime } from "../../lib/time.ts";
import type { EventSubscription } from "../../protocol/index.ts";

const isoOrNull = (at: number | null): string | null => (at === null ? null : isoTime(at));

/**
 * Converts a subscription to what a user sees. Only its owner sees the path of the URL, which often is a secret, and the channels, which may be
 * private.
 */
export function presentSubscription(record: SubscriptionRecord, viewerId: string): EventSubscription {
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
