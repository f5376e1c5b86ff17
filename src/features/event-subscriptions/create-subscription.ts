import type { Config } from "../../config.ts";
import type { Actor } from "../../domain/actor.ts";
import { checkWorkspacePermissions } from "../../domain/permissions.ts";
import { requireScope } from "../../domain/token-grant.ts";
import type { SubscriptionDefinition, SubscriptionRecord } from "../../domain/event-subscriptions.ts";
import { invalidField, reject } from "../../errors/app-error.ts";
import { requireVisibleChannel } from "../../http/require-visible-channel.ts";
import { newId } from "../../lib/ids.ts";
import { inParallel } from "../../lib/parallel.ts";
import { checkOutboundUrl, fetchOutbound, OutboundError } from "../../outbound/index.ts";
import type { SubscriptionFormatName } from "../../protocol/index.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf, webhookSenderOf } from "../../rpc/stubs.ts";
import { repeatsChallenge, verificationRequest } from "../slack/index.ts";

export type NewSubscription = Pick<SubscriptionDefinition, "url" | "events" | "channelIds"> & {
  /** Absent: the host of the URL. */
  name?: string | undefined;
  /** Of a program for Slack, which receives requests in Slack's format. */
  signingSecret?: string | undefined;
};

/**
 * Creates a subscription of the actor.
 *
 * @throws `forbidden` if the actor may not; `conflict` at the limits; `not_found` for a channel that the actor may not read; `validation_failed` for
 *   a URL that is not permitted
 */
export async function createEventSubscription(
  env: Env,
  config: Config,
  actor: Actor,
  { signingSecret, ...given }: NewSubscription,
): Promise<{ subscription: SubscriptionRecord; secret: string }> {
  requireCreator(config, actor);
  const url = checkSubscriptionUrl(config, given.url);
  await requireReadableChannels(env, actor, given.channelIds ?? []);
  const format: SubscriptionFormatName = signingSecret === undefined ? "parley" : "slack";
  if (signingSecret !== undefined) await verifySlackUrl(config, url, signingSecret);
  const nowMs = Date.now();
  const id = newId("sub", nowMs);
  const definition: SubscriptionDefinition = {
    ...given,
    name: given.name ?? new URL(url).host,
    id,
    ownerId: actor.userId,
    url,
    format,
    createdAt: nowMs,
  };
  const reader = { userId: actor.userId, role: actor.role };
  // Not repeated: a lost response would leave a subscription with a secret that the owner does not have.
  return unwrap(
    await callObject(() => webhookSenderOf(env, id).create(definition, reader, signingSecret), { tries: 1 }),
  );
}

/**
 * Asks the receiver of a subscription in Slack's format to repeat a challenge, as Slack does before it sends events.
 *
 * @throws `validation_failed` if it does not
 */
async function verifySlackUrl(config: Config, url: string, secret: string): Promise<void> {
  const { headers, body, challenge } = verificationRequest(secret, Date.now());
  const response = await fetchOutbound(config, {
    url,
    headers,
    body,
    timeoutMs: 3_000,
    maxBytes: 4_096,
  }).catch((error: unknown) => {
    if (error instanceof OutboundError) return undefined;
    throw error;
  });
  const isVerified = response && response.status === 200 && repeatsChallenge(response.bytes, challenge);
  if (!isVerified)
    throw invalidField("url", "The receiver must answer `url_verification` with the challenge within 3 s");
}

/** Checks a URL that a subscription is to call. Returns it as it is called. @throws `validation_failed` */
export function checkSubscriptionUrl(config: Config, url: string): string {
  try {
    return checkOutboundUrl(config, url).href;
  } catch (error) {
    if (error instanceof OutboundError) throw invalidField("url", error.message);
    throw error;
  }
}

/**
 * Checks that a user may read these channels, before their rooms are called: an invented id must not start one. The rooms check it again.
 *
 * @throws `not_found`
 */
export async function requireReadableChannels(
  env: Env,
  actor: Actor,
  channelIds: readonly string[],
): Promise<void> {
  if (channelIds.length === 0) return;
  const ids = [...channelIds];
  const admitted = new Set(await callObject(() => hubOf(env, actor.userId).admittedChannels(ids)));
  await inParallel(ids, 6, (channelId) =>
    requireVisibleChannel(env, actor, { channelId, isAdmitted: admitted.has(channelId) }),
  );
}

/** @throws `forbidden` */
function requireCreator({ EVENT_SUBSCRIPTIONS_BY }: Config, { role, grant, isBot }: Actor): void {
  // A subscription receives what its owner may read.
  requireScope(grant, "read");
  if (isBot || checkWorkspacePermissions("createEventSubscription", role)) return;
  if (EVENT_SUBSCRIPTIONS_BY === "members" && role === "member") return;
  reject("forbidden", "Only bots and the workspace's owner and admins can create subscriptions");
}
