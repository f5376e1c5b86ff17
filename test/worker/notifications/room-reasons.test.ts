import { expect, test } from "vitest";
import {
  addMember,
  deleteMessage,
  followThread,
  setNotificationLevel,
  unfollowThread,
  updateMessage,
  updateUser,
} from "../../../src/protocol/index.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { postMessage, postReply } from "../../support/worker/clients/messages.ts";
import { crashAt } from "../../support/worker/fakes/crashes.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { listAllNotifications } from "../../support/worker/fixtures/notices.ts";
import { hubRows } from "../../support/worker/objects/hub-object.ts";
import { waitForNotifications } from "../../support/worker/objects/projection.ts";
import { sendTogether } from "../../support/worker/objects/room-object.ts";

async function three() {
  const [ann, bob, cid] = (await createUsers("ann", "bob", "cid")) as [TestUser, TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob, cid]);
  await waitForNotifications(channelId);
  return { ann, bob, cid, channelId };
}
const level = (as: TestUser, channelId: string, wanted: "all" | "mentions" | "none") =>
  expectOk(setNotificationLevel, { as, params: { channelId }, body: { level: wanted } });

/** The kinds of a user's notifications of a channel, by event, without the invitation. */
async function reasons(as: TestUser, channelId: string): Promise<string[]> {
  await waitForNotifications(channelId);
  const items = await listAllNotifications(as);
  return items
    .filter((item) => item.channelId === channelId && item.kind !== "invitation")
    .map(({ kind, channelSeq }) => `${kind} ${channelSeq}`)
    .toReversed();
}

test("[NT1] a user added by another is notified once; joining or creating is not", async () => {
  const { ann, bob, cid, channelId } = await three();
  const eve = await createUser("eve");
  await eve.call("POST", `/v1/channels/${channelId}/join`);
  await expectOk(addMember, { as: ann, params: { channelId }, body: { userId: bob.userId } });
  await waitForNotifications(channelId);
  for (const [as, count] of [
    [ann, 0],
    [bob, 1],
    [cid, 1],
    [eve, 0],
  ] as const) {
    const items = (await listAllNotifications(as)).filter((item) => item.channelId === channelId);
    expect(items).toHaveLength(count);
    for (const item of items)
      expect(item).toMatchObject({ kind: "invitation", actorId: ann.userId, messageId: null, read: false });
  }
});

test("[NT2] notifications follow the level: mentions, all or none", async () => {
  const { ann, bob, cid, channelId } = await three();
  const eve = await createUser("eve");
  await expectOk(addMember, { as: ann, params: { channelId }, body: { userId: eve.userId } });
  await level(cid, channelId, "all");
  await level(eve, channelId, "none");
  const plain = await postMessage(ann, channelId, "nobody in particular");
  const called = await postMessage(ann, channelId, `@${bob.username} @${cid.username} @${eve.username}`);
  const everybody = await postMessage(ann, channelId, "@channel");
  const own = await postMessage(cid, channelId, "what one says oneself");
  expect(await reasons(bob, channelId)).toEqual([`mention ${called.seq}`, `mention ${everybody.seq}`]);
  expect(await reasons(cid, channelId)).toEqual([
    `message ${plain.seq}`,
    `mention ${called.seq}`,
    `mention ${everybody.seq}`,
  ]);
  expect(await reasons(eve, channelId)).toEqual([]);
  expect(await reasons(ann, channelId)).toEqual([]);
  await level(cid, channelId, "mentions");
  await level(eve, channelId, "all");
  const last = await postMessage(ann, channelId, "after a change of mind");
  expect(await reasons(eve, channelId)).toEqual([`message ${own.seq}`, `message ${last.seq}`].slice(1));
  expect(await reasons(cid, channelId)).toHaveLength(3);
});

test("[NT2] a direct message notifies the others of everything unless muted", async () => {
  const [ann, bob, cid] = (await createUsers("ann", "bob", "cid")) as [TestUser, TestUser, TestUser];
  const { body } = await ann.call("POST", "/v1/dms", { userIds: [bob.userId, cid.userId] });
  await level(cid, body.id, "mentions");
  const hi = await postMessage(ann, body.id, "hi");
  const called = await postMessage(ann, body.id, `@${bob.username}`);
  const back = await postMessage(bob, body.id, `@${cid.username}`);
  expect(await reasons(ann, body.id)).toEqual([`direct ${back.seq}`]);
  expect(await reasons(bob, body.id)).toEqual([`direct ${hi.seq}`, `mention ${called.seq}`]);
  expect(await reasons(cid, body.id)).toEqual([`mention ${back.seq}`]);
});

test("[NT3] a reply notifies followers but not its author; author and repliers follow", async () => {
  const { ann, bob, cid, channelId } = await three();
  const { id: messageId } = await postMessage(ann, channelId, "root");
  const at = { params: { channelId, messageId } };
  const first = await postReply(bob, { channelId, id: messageId }, "first");
  await expectOk(followThread, { as: cid, ...at });
  const second = await postReply(ann, { channelId, id: messageId }, "second");
  await waitForNotifications(channelId);
  await expectOk(unfollowThread, { as: bob, ...at });
  const third = await postReply(ann, { channelId, id: messageId }, `@${cid.username} third`, {
    alsoInChannel: true,
  });
  await postReply(bob, { channelId, id: messageId }, "replying follows again");
  const last = await postReply(cid, { channelId, id: messageId }, "last");
  expect(await reasons(ann, channelId)).toEqual(
    [first.seq, last.seq - 1, last.seq].map((seq) => `thread ${seq}`),
  );
  expect(await reasons(bob, channelId)).toEqual([`thread ${second.seq}`, `thread ${last.seq}`]);
  expect(await reasons(cid, channelId)).toEqual([
    `thread ${second.seq}`,
    `mention ${third.seq}`,
    `thread ${last.seq - 1}`,
  ]);
  expect((await listAllNotifications(ann))[0]).toMatchObject({ messageId: last.id, threadId: messageId });
});

test("[NT3] a new follower is notified only of later replies, however close", async () => {
  const { ann, bob, cid, channelId } = await three();
  const { id: messageId } = await postMessage(ann, channelId, "root");
  const sockets = [await ann.connect(channelId), await bob.connect(channelId), await cid.connect(channelId)];
  await waitForNotifications(channelId);
  await sendTogether(
    channelId,
    [ann, bob, cid, ann].map((who, n) => [
      who,
      { type: "threadCreate", data: { messageId, content: `${n}` } },
    ]),
  );
  for (const socket of sockets) await socket.waitForSeq(9);
  expect(await reasons(ann, channelId)).toEqual(["thread 7", "thread 8"]);
  expect(await reasons(bob, channelId)).toEqual(["thread 8", "thread 9"]);
  expect(await reasons(cid, channelId)).toEqual(["thread 9"]);
});

test("[NT3] level `all` notifies once of a reply shown in the channel", async () => {
  const { ann, bob, cid, channelId } = await three();
  await level(cid, channelId, "all");
  const { id } = await postMessage(bob, channelId, "root");
  await postReply(ann, { channelId, id }, "stays in the thread");
  const also = await postReply(ann, { channelId, id }, `@${bob.username}`, { alsoInChannel: true });
  expect(await reasons(cid, channelId)).toEqual([`message ${also.seq - 2}`, `message ${also.seq}`]);
  expect(await reasons(bob, channelId)).toEqual([`thread ${also.seq - 1}`, `mention ${also.seq}`]);
});

test("[NT4] an edit notifies only the newly mentioned users, once", async () => {
  const { ann, bob, cid, channelId } = await three();
  await level(ann, channelId, "all");
  const { id: messageId, seq } = await postMessage(bob, channelId, `@${cid.username}`);
  const edit = (content: string) =>
    expectOk(updateMessage, { as: bob, params: { channelId, messageId }, body: { content } });
  await edit(`@${cid.username} @${ann.username} @${bob.username}`);
  await edit(`@${cid.username} @${ann.username} again`);
  expect(await reasons(ann, channelId)).toEqual([`message ${seq}`, `mention ${seq + 1}`]);
  expect(await reasons(cid, channelId)).toEqual([`mention ${seq}`]);
  await edit("nobody");
  await edit(`@${cid.username} after all`);
  // The edit without mentions removed the notifications of the mentions before it.
  expect(await reasons(ann, channelId)).toEqual([`message ${seq}`]);
  expect(await reasons(cid, channelId)).toEqual([`mention ${seq + 4}`]);
  expect(await reasons(bob, channelId)).toEqual([]);
});

test("[NT5] non-members, former members and suspended users are not notified", async () => {
  const { ann, bob, cid, channelId } = await three();
  const eve = await createUser("eve");
  const admin = await createUser("admin", { role: "admin" });
  const { id } = await postMessage(bob, channelId, "bob's root");
  await level(bob, channelId, "all");
  await level(cid, channelId, "all");
  await expectOk(updateUser, { as: admin, params: { userId: cid.userId }, body: { active: false } });
  await ann.call("DELETE", `/v1/channels/${channelId}/members/${bob.userId}`);
  const text = `@${bob.username} @${cid.username} @${eve.username} @channel`;
  const { notNotified } = await postMessage(ann, channelId, text);
  expect(notNotified?.toSorted()).toEqual([bob, cid, eve].map(({ username }) => username).toSorted());
  await postReply(ann, { channelId, id }, text);
  for (const as of [bob, eve]) expect(await reasons(as, channelId)).toEqual([]);
  expect(await hubRows(cid.userId, "notifications"), "the invitation alone").toHaveLength(1);
});

test("[NT5] [NT8] deletion cancels pending notifications and removes delivered ones", async () => {
  const { ann, bob, channelId } = await three();
  const { body: dm } = await ann.call("POST", "/v1/dms", { userIds: [bob.userId] });
  const { id: rootId } = await postMessage(bob, channelId, "root");
  for (const id of [channelId, dm.id]) {
    const told = await postMessage(ann, id, `@${bob.username} kept`);
    await waitForNotifications(id);
    expect(await reasons(bob, id)).toEqual([`mention ${told.seq}`]);
    expect(JSON.stringify(await listAllNotifications(bob))).not.toContain("kept");
    await expectOk(deleteMessage, { as: ann, params: { channelId: id, messageId: told.id } });
    expect(await reasons(bob, id)).toEqual([]);
    // The room crashes before its sinks read these events; the next commit finds them redacted in the log.
    for (const path of id === dm.id ? ["/messages"] : ["/messages", `/messages/${rootId}/thread`]) {
      const socket = await ann.connect(id);
      const died = crashAt("room:after-commit");
      const at = `/v1/channels/${id}`;
      const content = `@${bob.username} gone`;
      // Sent over a socket, which does not retry: the room stays stopped until the next read.
      if (path === "/messages") socket.send({ type: "messageCreate", data: { content } });
      else socket.send({ type: "threadCreate", data: { messageId: rootId, content } });
      await died;
      const { items } = (await ann.call("GET", at + path)).body;
      await expectOk(deleteMessage, { as: ann, params: { channelId: id, messageId: items.at(-1).id } });
      expect(await reasons(bob, id)).toEqual([]);
    }
  }
});
