import { type Config, configOf } from "../../config.ts";
import { isIssuedWebhookSecret, webhookSecretHash } from "../../domain/webhook-secret.ts";
import { isSameText } from "../../lib/macs.ts";
import { ShortCache } from "../../lib/short-cache.ts";
import { callIfPresent, rateLimiterOf } from "../../rpc/stubs.ts";
import { findWebhook, type WebhookRow } from "./queries.ts";
import { rejectHook } from "./slack-answer.ts";

/** How long an isolate uses a row that it read. A replaced secret and a deleted webhook are rejected after this time at the latest. */
const ttlMs = 2_000;
const max = 1_000;

const caches = new WeakMap<Config, ShortCache<WebhookRow | undefined>>();

/** Reads a webhook, cached for each secret, so that a new secret is not compared with the row that was cached before the rotation. */
function readRow(env: Env, id: string, secretHash: string): Promise<WebhookRow | undefined> {
  const config = configOf(env);
  let cache = caches.get(config);
  if (!cache) caches.set(config, (cache = new ShortCache({ ttlMs, max })));
  return cache.get(`${id} ${secretHash}`, () => findWebhook(env, id));
}

/**
 * Returns the webhook of a request. An id or secret that was never issued is rejected without a call to D1 or an object.
 *
 * @throws WebhookError `no_service`, for an unknown id and for another secret alike
 */
export async function verifyHook(
  env: Env,
  { webhookId, secret }: { webhookId: string; secret: string },
): Promise<WebhookRow> {
  const { REFRESH_TOKEN_KEY } = configOf(env);
  if (!isIssuedWebhookSecret(REFRESH_TOKEN_KEY, webhookId, secret)) return rejectHook("no_service");
  const secretHash = webhookSecretHash(secret);
  const row = await readRow(env, webhookId, secretHash);
  return row && isSameText(secretHash, row.secretHash) ? row : rejectHook("no_service");
}

/** Counts a message towards the limit of its webhook. @throws WebhookError `rate_limited` */
export async function limitHook(env: Env, { id }: WebhookRow): Promise<void> {
  const { INCOMING_WEBHOOK_BURST: burst, INCOMING_WEBHOOK_REFILL_MS: refillMs } = configOf(env);
  // Not repeated: a lost call may have taken a token.
  const waitMs = await callIfPresent(
    () => rateLimiterOf(env, id).takeToken(`webhook ${id}`, { burst, refillMs }),
    {
      tries: 1,
    },
  );
  if (waitMs !== undefined && waitMs > 0) rejectHook("rate_limited", waitMs);
}
