import { afterEach, expect, test, vi } from "vitest";
import { SubscriptionProjection } from "../../../src/channel-object/projections/subscription-projection.ts";
import { WakeOutbox } from "../../../src/channel-object/event-subscriptions/wake-outbox.ts";
import { ProjectionSink } from "../../../src/durable/projection-sink.ts";
import { deleteEventSubscription } from "../../../src/protocol/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { postMessage } from "../../support/worker/clients/messages.ts";
import { createEventSubscriptionFor, openReceiver } from "../../support/worker/fakes/webhook-receiver.ts";
import { createUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { waitForNotifications } from "../../support/worker/objects/projection.ts";
import { inRoom, roomRows } from "../../support/worker/objects/room-object.ts";

afterEach(() => void vi.restoreAllMocks());

/** Posts messages and returns what the room did for subscriptions. */
async function postAndWatch(channelId: string, author: Parameters<typeof postMessage>[0]) {
  await waitForNotifications(channelId);
  const delivered = vi.spyOn(SubscriptionProjection.prototype, "deliver");
  const woken = vi.spyOn(WakeOutbox.prototype, "wake");
  const scheduled = vi.spyOn(ProjectionSink.prototype, "scheduleRetry");
  const drained = vi.spyOn(ProjectionSink.prototype, "startDraining");
  for (let at = 0; at < 5; at++) await postMessage(author, channelId, `message ${at}`);
  await waitForNotifications(channelId);
  const forSubscriptions = (spy: typeof scheduled | typeof drained) =>
    spy.mock.contexts.filter((sink) => (sink as ProjectionSink<unknown>).name === "subscriptions").length;
  return {
    calls:
      delivered.mock.calls.length +
      woken.mock.calls.length +
      forSubscriptions(scheduled) +
      forSubscriptions(drained),
    cursors: await roomRows(channelId, "SELECT seq FROM cursors WHERE sink = 'subscriptions'"),
    tasks: await roomRows(channelId, "SELECT key FROM due WHERE key LIKE 'subscription%'"),
  };
}

test("[WH14] a commit in a room without subscriptions costs nothing for them", async () => {
  const ann = await createUser("ann", { role: "admin" });
  const channelId = await createChannelFor(ann);
  expect(await postAndWatch(channelId, ann)).toMatchObject({ calls: 0, cursors: [], tasks: [] });
});

test("[WH14] a room whose last subscription was deleted does nothing for them again", async () => {
  const ann = await createUser("ann", { role: "admin" });
  const channelId = await createChannelFor(ann);
  const receiver = openReceiver();
  const { id } = await createEventSubscriptionFor(ann, receiver.url, { channelIds: [channelId] });
  await postMessage(ann, channelId, "with a subscription");
  await receiver.received(1);
  await expectOk(deleteEventSubscription, { as: ann, params: { subscriptionId: id } });
  await eventually(
    async () => (await roomRows(channelId, "SELECT 1 FROM event_subscriptions")).length === 0,
    "the end of the subscription",
  );
  expect((await postAndWatch(channelId, ann)).calls).toBe(0);
  expect(await inRoom(channelId, () => receiver.events.length)).toBe(1);
});
