import { expect, test } from "vitest";
import {
  addMember,
  deleteMessage,
  leaveChannel,
  setNotificationLevel,
  updateMessage,
} from "../../../src/protocol/index.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { postMessage, postReply } from "../../support/worker/clients/messages.ts";
import { listedUnread, markReadUpTo, unreadBySource } from "../../support/worker/clients/read-state.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";

async function two(): Promise<{ ann: TestUser; bob: TestUser; channelId: string }> {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  return { ann, bob, channelId: await createChannelFor(ann, [bob]) };
}

/** Asserts that all sources give these counts. */
async function expectUnread(as: TestUser, channelId: string, unread: number, mentions = 0): Promise<void> {
  const [room, list, counted] = await unreadBySource(as, channelId);
  expect(room).toMatchObject({ unread, mentions });
  expect([list, counted]).toEqual([room, room]);
}

for (const count of [0, 1, 98, 99, 100, 200])
  test(`[RS1] ${count} unread, half of them mentions: room, D1 and log agree, up to 99`, async () => {
    const { ann, bob, channelId } = await two();
    const socket = await ann.connect(channelId);
    for (let n = 0; n < count; n++) socket.send(messageFrame(n % 2 ? `@${bob.username} ${n}` : `${n}`));
    if (count > 0) await socket.waitForSeq(3 + count);
    await expectUnread(bob, channelId, Math.min(99, count), Math.min(99, Math.floor(count / 2)));
    await expectUnread(ann, channelId, 0);
    if (count > 1) {
      await markReadUpTo(bob, channelId, 3 + count - 1);
      await expectUnread(bob, channelId, 1, count % 2 ? 0 : 1);
      await markReadUpTo(bob, channelId, 3 + count);
      await expectUnread(bob, channelId, 0);
    }
  });

test("[RS1] mentions are exact up to 99 as well", async () => {
  const { ann, bob, channelId } = await two();
  const socket = await ann.connect(channelId);
  for (let n = 0; n < 101; n++) socket.send(messageFrame(`@${bob.username}`));
  await socket.waitForSeq(104);
  await expectUnread(bob, channelId, 99, 99);
  await markReadUpTo(bob, channelId, 5);
  await expectUnread(bob, channelId, 99, 99);
  await markReadUpTo(bob, channelId, 6);
  await expectUnread(bob, channelId, 98, 98);
});

test("[RS1] a deleted message is not unread and mentions no user", async () => {
  const { ann, bob, channelId } = await two();
  const ids: string[] = [];
  for (let n = 0; n < 4; n++) ids.push((await postMessage(ann, channelId, `@${bob.username} ${n}`)).id);
  await expectUnread(bob, channelId, 4, 4);
  for (const messageId of [ids[0], ids[3]] as string[])
    await expectOk(deleteMessage, { as: ann, params: { channelId, messageId } });
  await expectUnread(bob, channelId, 2, 2);
  await markReadUpTo(bob, channelId, 5);
  await expectUnread(bob, channelId, 1, 1);
  await expectOk(deleteMessage, { as: ann, params: { channelId, messageId: ids[1] as string } });
  await expectUnread(bob, channelId, 1, 1);
});

test("[RS1] an edit adds and removes mentions but makes nothing unread again", async () => {
  const { ann, bob, channelId } = await two();
  const { id: messageId, seq } = await postMessage(ann, channelId, "nobody");
  const edit = (content: string) =>
    expectOk(updateMessage, { as: ann, params: { channelId, messageId }, body: { content } });
  await expectUnread(bob, channelId, 1, 0);
  await edit(`@${bob.username}`);
  await expectUnread(bob, channelId, 1, 1);
  await edit(`@${bob.username} and again`);
  await expectUnread(bob, channelId, 1, 1);
  await edit("nobody again");
  await expectUnread(bob, channelId, 1, 0);
  await markReadUpTo(bob, channelId, seq);
  await edit(`@${bob.username} once more`);
  await expectUnread(bob, channelId, 0, 0);
});

test("[RS1] replies and their mentions count only if they are also in the channel", async () => {
  const { ann, bob, channelId } = await two();
  const { id, seq } = await postMessage(bob, channelId, "root");
  await postReply(ann, { channelId, id }, `@${bob.username} in the thread`);
  await expectUnread(bob, channelId, 0, 0);
  const also = await postReply(ann, { channelId, id }, `@${bob.username} in both`, { alsoInChannel: true });
  await expectUnread(bob, channelId, 1, 1);
  const at = { channelId, messageId: also.id };
  await expectOk(updateMessage, { as: ann, params: at, body: { content: "nobody" } });
  await expectUnread(bob, channelId, 1, 0);
  await expectOk(updateMessage, { as: ann, params: at, body: { content: `@${bob.username}` } });
  await expectUnread(bob, channelId, 1, 1);
  await expectOk(deleteMessage, { as: ann, params: at });
  await expectUnread(bob, channelId, 0, 0);
  await markReadUpTo(bob, channelId, seq - 1);
  await expectUnread(bob, channelId, 0, 0);
});

test("[RS1] own messages and self-mentions never count", async () => {
  const { ann, bob, channelId } = await two();
  await postMessage(ann, channelId, `@${ann.username} @channel`);
  await postReply(ann, await postMessage(ann, channelId, "root"), "reply", {
    alsoInChannel: true,
  });
  await markReadUpTo(ann, channelId, 0);
  await expectUnread(ann, channelId, 0, 0);
  await expectUnread(bob, channelId, 3, 1);
});

test("[RS2] a joining member has read everything so far, on every join", async () => {
  const { ann, channelId } = await two();
  const cid = await createUser("cid");
  for (let n = 0; n < 5; n++) await postMessage(ann, channelId, `before ${n}`);
  await expectOk(addMember, { as: ann, params: { channelId }, body: { userId: cid.userId } });
  await expectUnread(cid, channelId, 0, 0);
  await postMessage(ann, channelId, `@${cid.username}`);
  await expectUnread(cid, channelId, 1, 1);
  await expectOk(leaveChannel, { as: cid, params: { channelId } });
  expect(await listedUnread(cid, channelId)).toBeUndefined();
  await postMessage(ann, channelId, `@${cid.username} while away`);
  await cid.call("POST", `/v1/channels/${channelId}/join`);
  await expectUnread(cid, channelId, 0, 0);
  await postMessage(ann, channelId, "back again");
  await expectUnread(cid, channelId, 1, 0);
  await markReadUpTo(cid, channelId, 3);
  await expectUnread(cid, channelId, 8, 1);
});

test("[RS1] an archived channel can be read like any other", async () => {
  const { ann, bob, channelId } = await two();
  const { seq } = await postMessage(ann, channelId, `@${bob.username}`);
  await ann.call("DELETE", `/v1/channels/${channelId}`);
  await expectUnread(bob, channelId, 1, 1);
  await markReadUpTo(bob, channelId, seq);
  await expectUnread(bob, channelId, 0, 0);
  expect((await listedUnread(bob, channelId))?.channel?.archivedAt).not.toBeNull();
  await expectOk(setNotificationLevel, { as: bob, params: { channelId }, body: { level: "none" } });
});
