import { expect, test } from "vitest";
import { createMessage, createThread } from "../../../src/protocol/index.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { connectChannel } from "../../support/worker/clients/socket-client.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import { listAllNotifications } from "../../support/worker/fixtures/notices.ts";
import { sendTogether } from "../../support/worker/objects/room-object.ts";

test("[NT3] a follower is not notified of a reply that came before they followed", async () => {
  const [ann, bob, cat] = (await createUsers("ann", "bob", "cat")) as [TestUser, TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob, cat]);
  const root = await expectOk(createMessage, { as: ann, params: { channelId }, body: { content: "root" } });
  const reply = (content: string) => ({ type: "threadCreate", data: { messageId: root.id, content } });
  for (const one of [ann, bob, cat]) await connectChannel(channelId, one.token);
  await sendTogether(channelId, [
    [ann, messageFrame("a turn of its own, after which the others share the next")],
    [bob, reply("first")],
    [cat, reply("second")],
  ]);
  const params = { channelId, messageId: root.id };
  const last = await expectOk(createThread, { as: ann, params, body: { content: "third" } });

  const heard = async (as: TestUser) =>
    (await listAllNotifications(as))
      .filter(({ kind }) => kind === "thread")
      .map(({ channelSeq }) => channelSeq - last.seq)
      .toReversed();
  await expect.poll(() => heard(cat)).toEqual([0]);
  await expect.poll(() => heard(bob)).toEqual([-1, 0]);
  await expect.poll(() => heard(ann)).toEqual([-2, -1]);
});
