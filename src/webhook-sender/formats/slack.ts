import { slackEventRequests } from "../../features/slack/index.ts";
import { randomToken } from "../../lib/ids.ts";
import type { Failure, FormatInput, SubscriptionFormat } from "./format.ts";

/** The waits before Slack's three repetitions. */
const retryMs = [1_000, 60_000, 300_000];

/** Slack's Events API over HTTP: an event is sent four times at most; then the next one follows, so that a program receives no old events. */
export const slackFormat: SubscriptionFormat = {
  timeoutMs: 3_000,
  newSecret: () => randomToken(32),
  requests: ({ env, config, subscription, event, secrets: [secret = ""], attempt, nowMs }: FormatInput) =>
    slackEventRequests({
      ...{ env, config, secret, attempt, nowMs },
      userId: subscription.ownerId,
      envelope: event.envelope,
    }),
  afterFailure({ attempts, status }: Failure) {
    if (status === 410) return "disable";
    const retryInMs = retryMs[attempts - 1];
    return retryInMs === undefined ? "skip_event" : { retryInMs };
  },
};
