import type { Config } from "../../config.ts";
import type { Actor } from "../../domain/actor.ts";
import { checkWorkspacePermissions } from "../../domain/permissions.ts";
import { requireScope } from "../../domain/token-grant.ts";
import type { WebhookDefinition, WebhookRecord } from "../../domain/webhooks.ts";
import { invalidField, reject } from "../../errors/app-error.ts";
import { requireVisibleChannel } from "../../http/require-visible-channel.ts";
import { newId } from "../../lib/ids.ts";
import { inParallel } from "../../lib/parallel.ts";
import { checkOutboundUrl, fetchOutbound, OutboundError } from "../../outbound/index.ts";
import type { WebhookFormatName } from "../../protocol/index.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf, webhookSenderOf } from "../../rpc/stubs.ts";
import { repeatsChallenge, verificationRequest } from "../slack/index.ts";

export type NewWebhook = Pick<WebhookDefinition, "name" | "url" | "events" | "channelIds"> & {
  /** Of a program for Slack, which receives requests in Slack's format. */
  signingSecret?: string | undefined;
};

/**
 * Creates a webhook of the actor.
 *
 * @throws `forbidden` if the actor may not; `conflict` at the limits; `not_found` for a channel that the actor may not read; `validation_failed` for
 *   a URL that is not permitted
 */
export async function createWebhook(
  env: Env,
  config: Config,
  actor: Actor,
  { signingSecret, ...given }: NewWebhook,
): Promise<{ webhook: WebhookRecord; secret: string }> {
  requireCreator(config, actor);
  const url = checkWebhookUrl(config, given.url);
  await requireReadableChannels(env, actor, given.channelIds ?? []);
  const format: WebhookFormatName = signingSecret === undefined ? "parley" : "slack";
  if (signingSecret !== undefined) await verifySlackUrl(config, url, signingSecret);
  const nowMs = Date.now();
  const id = newId("whk", nowMs);
  const definition: WebhookDefinition = {
    ...given,
    id,
    ownerId: actor.userId,
    url,
    format,
    createdAt: nowMs,
  };
  const reader = { userId: actor.userId, role: actor.role };
  // Not repeated: a lost response would leave a webhook whose secret no one has.
  return unwrap(
    await callObject(() => webhookSenderOf(env, id).create(definition, reader, signingSecret), { tries: 1 }),
  );
}

/**
 * Asks the receiver of a webhook in Slack's format to repeat a challenge, as Slack does before it sends events.
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

/** Checks a URL that a webhook is to call. Returns it as it is called. @throws `validation_failed` */
export function checkWebhookUrl(config: Config, url: string): string {
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
function requireCreator({ WEBHOOKS_BY }: Config, { role, grant, isBot }: Actor): void {
  // A webhook receives what its owner may read.
  requireScope(grant, "read");
  if (isBot || checkWorkspacePermissions("createWebhook", role)) return;
  if (WEBHOOKS_BY === "members" && role === "member") return;
  reject("forbidden", "Only bots and the workspace's owner and admins can create webhooks");
}
