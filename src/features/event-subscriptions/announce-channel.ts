import { inParallel } from "../../lib/parallel.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import { callObject, webhookSenderOf } from "../../rpc/stubs.ts";
import { listPublicEventSubscriptionIds } from "./queries.ts";

/**
 * Announces a new public channel to the subscriptions for all public channels. Beside the response and not repeated: a subscription that misses it finds
 * the channel within 15 min, and then sends its events from the beginning.
 */
export async function announceChannel(env: Env, channelId: string): Promise<void> {
  try {
    const ids = await listPublicEventSubscriptionIds(env);
    await inParallel(ids, 6, (id) => callObject(() => webhookSenderOf(env, id).discover(channelId)));
  } catch (error) {
    logLine({
      level: "warn",
      message: "event_subscription.announce_failed",
      channelId,
      error: describeError(error),
    });
  }
}
