import { afterEach, expect, test, vi } from "vitest";
import { NotificationProjection } from "../../../src/channel-object/projections/notification-projection.ts";
import { setNotificationLevel } from "../../../src/protocol/index.ts";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { postMessage } from "../../support/worker/clients/messages.ts";
import { crashAt } from "../../support/worker/fakes/crashes.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import { listAllNotifications } from "../../support/worker/fixtures/notices.ts";
import { waitForNotifications } from "../../support/worker/objects/projection.ts";
import { rejectInsertsOf, roomRows, sendTogether } from "../../support/worker/objects/room-object.ts";

afterEach(() => {
  onFailpoint(undefined);
  vi.restoreAllMocks();
});

async function scene(): Promise<{ ann: TestUser; bob: TestUser; channelId: string }> {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  await waitForNotifications(channelId);
  return { ann, bob, channelId };
}

const cursorOf = async (channelId: string): Promise<number | undefined> =>
  (await roomRows<{ seq: number }>(channelId, "SELECT seq FROM cursors WHERE sink = 'notifications'"))[0]
    ?.seq;

const kindsOf = async (user: TestUser): Promise<string[]> =>
  (await listAllNotifications(user)).map(({ kind }) => kind).filter((kind) => kind !== "invitation");

test("[NT5] messages that notify no one move the cursor in their own commit", async () => {
  const { ann, bob, channelId } = await scene();
  // Not by the failpoint, which the projection of read positions passes too: the author's is sent 500 ms after a message.
  const expand = vi.spyOn(NotificationProjection.prototype, "deliver");
  await postMessage(ann, channelId, "to no one");
  const socket = await ann.connect(channelId);
  await sendTogether(channelId, [
    [ann, messageFrame("alone")],
    [ann, messageFrame("one of a batch")],
    [ann, messageFrame("another")],
  ]);
  await socket.waitForSeq(7);
  expect(await cursorOf(channelId)).toBe(
    (await roomRows<{ head: number }>(channelId, "SELECT max(seq) AS head FROM log"))[0]?.head,
  );
  expect(expand).not.toHaveBeenCalled();
  expect(await kindsOf(bob)).toEqual([]);
});

test("[NT2] [NT6] mentions and level `all` still notify, each once", async () => {
  const { ann, bob, channelId } = await scene();
  await postMessage(ann, channelId, "before");
  await postMessage(ann, channelId, `@${bob.username} look`);
  await postMessage(ann, channelId, "between");
  await expectOk(setNotificationLevel, { as: bob, params: { channelId }, body: { level: "all" } });
  await postMessage(ann, channelId, "to all");
  await expectOk(setNotificationLevel, { as: bob, params: { channelId }, body: { level: "mentions" } });
  await postMessage(ann, channelId, "after");
  await waitForNotifications(channelId);
  expect((await kindsOf(bob)).toSorted()).toEqual(["mention", "message"]);
});

test("[NT6] after a crash before the expansion, later messages do not skip the mention", async () => {
  const { ann, bob, channelId } = await scene();
  const crashed = crashAt("room:before-expand");
  void postMessage(ann, channelId, `@${bob.username} look`).catch(() => {});
  await crashed;
  await postMessage(ann, channelId, "later");
  await postMessage(ann, channelId, "last");
  await waitForNotifications(channelId);
  expect(await kindsOf(bob)).toEqual(["mention"]);
});

test("[LG6] [NT6] a failed write takes the moved cursor back with it", async () => {
  const { ann, bob, channelId } = await scene();
  const before = await cursorOf(channelId);
  await rejectInsertsOf(channelId, "poison");
  await expect(postMessage(ann, channelId, "poison")).rejects.toThrow();
  expect(await cursorOf(channelId)).toBe(before);
  await postMessage(ann, channelId, `@${bob.username} still`);
  await waitForNotifications(channelId);
  expect(await kindsOf(bob)).toEqual(["mention"]);
});
