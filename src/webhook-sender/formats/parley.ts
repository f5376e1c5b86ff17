import { backoffMs } from "../../lib/backoff.ts";
import { isoTime } from "../../lib/time.ts";
import { newWebhookSecret, standardWebhookHeaders } from "../../outbound/index.ts";
import type { Failure, FormatInput, SubscriptionFormat } from "./format.ts";

/** The waits between attempts: from 2.5 to 5 s, doubled up to an hour. */
const retryBounds = { baseMs: 5_000, capMs: 3_600_000 };

/**
 * The channel's event as subscribers of a socket receive it, with `timestamp`, signed as Standard Webhooks define it. An event is repeated until
 * the receiver accepts it, so that none is lost and none is overtaken by a later one.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const parleyFormat: SubscriptionFormat = {
  timeoutMs: 10_000,
  newSecret: newWebhookSecret,
  requests({ event, deliveryId, secrets, nowMs }: FormatInput) {
    const body = `{"timestamp":"${isoTime(event.at)}",${event.envelope.slice(1)}`;
    const signed = standardWebhookHeaders(secrets, { id: deliveryId, body, nowMs });
    return [{ headers: { "Content-Type": "application/json", ...signed }, body }];
  },
  afterFailure({ attempts, failingForMs, status, retryAfterMs = 0, retryMs }: Failure) {
    if (status === 410 || failingForMs >= retryMs) return "disable";
    const waitMs = Math.max(backoffMs(attempts - 1, retryBounds), Math.min(retryAfterMs, retryBounds.capMs));
    // The last attempt is made when the time is up.
    return { retryInMs: Math.max(1_000, Math.min(waitMs, retryMs - failingForMs)) };
  },
};
