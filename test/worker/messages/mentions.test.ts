import { expect, test } from "vitest";
import {
  createMessage,
  getMessage,
  getUnreads,
  markRead,
  updateMessage,
} from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import { messageParams, messagePath, postMessage, postReply } from "../../support/worker/clients/messages.ts";
import { createSession, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { databaseRows } from "../../support/worker/objects/database.ts";
import { evictRoom, inRoom, roomLog, roomRows } from "../../support/worker/objects/room-object.ts";

async function scene() {
  const all = (await createUsers("ann", "bob", "cid", "eve")) as [TestUser, TestUser, TestUser, TestUser];
  const [ann, bob, cid, eve] = all;
  return { ann, bob, cid, eve, channelId: await createChannelFor(ann, [bob, cid]) };
}

/** The unread mentions of a user in a channel, asserted equal in the room and in D1. */
async function counted(as: TestUser, channelId: string): Promise<number | undefined> {
  const { items } = await expectOk(getUnreads, { as });
  const listed = items.find((item) => item.channelId === channelId)!;
  const { mentions } = await expectOk(markRead, {
    as,
    params: { channelId },
    body: { seq: listed.lastReadSeq },
  });
  expect(listed.mentions).toBe(mentions);
  return mentions;
}

test("[MT1] mentioned members are in response, event and fetch, ignoring case", async () => {
  const { ann, bob, cid, channelId } = await scene();
  const content = `Hi @${bob.username.toUpperCase()}, see \`@${cid.username}\` and x@${cid.username}.`;
  const message = await postMessage(ann, channelId, content);
  expect(message).toMatchObject({ mentions: [bob.userId], content });
  expect(message).not.toHaveProperty("notNotified");
  const event = (await listEvents(channelId, ann)).at(-1) as any;
  expect(event.data.message).toEqual(message);
  expect(await expectOk(getMessage, { as: bob, params: messageParams(message) })).toEqual(message);
  expect([await counted(bob, channelId), await counted(cid, channelId)]).toEqual([1, 0]);
});

test("[MT2] only the sender receives the names of mentioned non-members", async () => {
  const { ann, bob, eve, channelId } = await scene();
  const socket = await ann.connect(channelId);
  const observer = await bob.connect(channelId);
  const content = `@${eve.username} @${bob.username} @nobody.at.all`;
  const notNotified = [eve.username, "nobody.at.all"];
  const message = await postMessage(ann, channelId, content);
  const reply = await postReply(ann, message, content);
  const edited = await expectOk(updateMessage, {
    as: ann,
    params: messageParams(reply),
    body: { content: `${content}!` },
  });
  for (const told of [message, reply, edited]) expect(told.notNotified).toEqual(notNotified);
  const acks = [
    await socket.sendCommand("messageCreate", { content }),
    await socket.sendCommand("threadCreate", { messageId: message.id, content }),
    await socket.sendCommand("messageUpdate", { messageId: message.id, content: `${content}?` }),
    await socket.sendCommand("threadUpdate", { messageId: reply.id, content: `${content}?` }),
  ] as any[];
  for (const { data } of acks)
    expect(data).toMatchObject({ notNotified, message: { mentions: [bob.userId] } });
  await observer.waitForSeq((await roomLog(channelId)).length);
  expect(observer.frames.join()).not.toContain("notNotified");
  expect(JSON.stringify(await roomLog(channelId))).not.toContain("notNotified");
  expect((await bob.call("GET", messagePath(message))).text).not.toContain("notNotified");
  expect((await expectOk(getUnreads, { as: eve })).items).toEqual([]);
});

test("[MT2] [LG2] no-op edits and names without a user report nothing", async () => {
  const { ann, bob, channelId } = await scene();
  const message = await postMessage(ann, channelId, `@${bob.username}`);
  await bob.call("POST", `/v1/channels/${channelId}/leave`);
  const same = await expectOk(updateMessage, {
    as: ann,
    params: messageParams(message),
    body: { content: message.content },
  });
  expect(same).toMatchObject({ version: 1, mentions: [bob.userId] });
  const edited = await expectOk(updateMessage, {
    as: ann,
    params: messageParams(message),
    body: { content: `@${bob.username}!` },
  });
  expect(edited).toMatchObject({ mentions: [], notNotified: [bob.username] });
});

test("[MT1] [RS1] edits add and remove mentions, also in unread counts", async () => {
  const { ann, bob, cid, channelId } = await scene();
  const message = await postMessage(ann, channelId, `@${bob.username}`);
  const edit = (content: string) =>
    expectOk(updateMessage, { as: ann, params: messageParams(message), body: { content } });
  expect((await edit(`@${cid.username}`)).mentions).toEqual([cid.userId]);
  expect([await counted(bob, channelId), await counted(cid, channelId)]).toEqual([0, 1]);
  await evictRoom(channelId);
  expect((await edit(`@${cid.username} @${bob.username}`)).mentions).toEqual([cid.userId, bob.userId]);
  expect([await counted(bob, channelId), await counted(cid, channelId)]).toEqual([1, 1]);
  expect((await edit(`\`@${cid.username}\``)).mentions).toEqual([]);
  expect([await counted(bob, channelId), await counted(cid, channelId)]).toEqual([0, 0]);
  await edit(`@${cid.username}`);
  await ann.call("DELETE", messagePath(message));
  expect(await counted(cid, channelId)).toBe(0);
  expect(await roomRows(channelId, "SELECT * FROM mentions")).toEqual([]);
  expect(await databaseRows("SELECT * FROM mentions WHERE channel_id = ?", channelId)).toEqual([]);
});

test("[RS1] [TH2] thread-only replies and self-mentions do not count in the channel", async () => {
  const { ann, bob, channelId } = await scene();
  const root = await postMessage(ann, channelId, "root");
  const reply = await postReply(ann, root, `@${bob.username}`);
  expect(reply.mentions).toEqual([bob.userId]);
  expect(await counted(bob, channelId)).toBe(0);
  await expectOk(updateMessage, {
    as: ann,
    params: messageParams(reply),
    body: { content: `@${bob.username}, again` },
  });
  expect(await counted(bob, channelId)).toBe(0);
  const loud = await postReply(ann, root, `@${bob.username} @${ann.username}`, { alsoInChannel: true });
  expect(loud.mentions).toEqual([bob.userId, ann.userId]);
  expect([await counted(bob, channelId), await counted(ann, channelId)]).toEqual([1, 0]);
});

test("[MT1] @channel notifies all but the author, @here each connected user once", async () => {
  const { ann, bob, cid, channelId } = await scene();
  expect((await postMessage(ann, channelId, "@channel")).mentions.toSorted()).toEqual(
    [bob.userId, cid.userId].toSorted(),
  );
  expect((await postMessage(ann, channelId, "@here")).mentions).toEqual([]);
  const sockets = [
    await bob.connect(channelId),
    await (await createSession(bob)).connect(channelId),
    await ann.connect(channelId),
  ];
  const [eve] = (await createUsers("eve")) as [TestUser];
  await eve.connect(channelId);
  const here = await postMessage(ann, channelId, "is @here anybody?");
  expect(here.mentions, "no stranger who looks on").toEqual([bob.userId]);
  await evictRoom(channelId);
  expect((await postMessage(cid, channelId, "@here")).mentions.toSorted()).toEqual(
    [ann.userId, bob.userId].toSorted(),
  );
  sockets[0]!.close();
  sockets[1]!.close();
  await Promise.all(sockets.slice(0, 2).map(({ closed }) => closed));
  const edited = await expectOk(updateMessage, {
    as: ann,
    params: messageParams(here),
    body: { content: "@here?" },
  });
  expect(edited.mentions, "those who were there then").toEqual([bob.userId]);
});

test("[MT2] above 1,000 members @channel notifies no member and warns the sender", async () => {
  const { ann, bob, channelId } = await scene();
  await inRoom(channelId, (_, { storage: { sql } }) => {
    sql.exec(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 998)
       INSERT INTO members (user_id, role, joined_at, username, workspace_role, active, facts_rev)
       SELECT 'usr_' || printf('%026d', i), 'member', 1, 'crowd' || i, 'member', 1, 1 FROM n`,
    );
  });
  const content = `@channel @${bob.username}`;
  const message = await postMessage(ann, channelId, content);
  expect([message.mentions, message.notNotified]).toEqual([[bob.userId], ["channel"]]);
  const socket = await ann.connect(channelId);
  const ack = (await socket.sendCommand("messageCreate", { content })) as any;
  expect([ack.data.message.mentions, ack.data.notNotified]).toEqual([[bob.userId], ["channel"]]);
});

test("[NC1] [MT2] a repeated nonce returns the first result and mentions only once", async () => {
  const { ann, bob, channelId } = await scene();
  const body = { content: `@${bob.username} @channel`, nonce: "n" };
  const first = await expectOk(createMessage, { as: ann, params: { channelId }, body });
  const again = await callEndpoint(createMessage, { as: ann, params: { channelId }, body });
  expect([again.status, again.body]).toEqual([200, first]);
  expect(await counted(bob, channelId)).toBe(1);
});
