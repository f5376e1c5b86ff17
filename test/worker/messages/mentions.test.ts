import { expect, test } from "vitest";
import {
  createMessage,
  getMessage,
  getUnreads,
  markRead,
  updateMessage,
} from "../../../src/protocol/index.ts";
import { channelOf, people, type Person, session } from "../../support/worker/cast.ts";
import { recordRows } from "../../support/worker/database.ts";
import { callEndpoint, ok } from "../../support/worker/endpoints.ts";
import { eventsOf, hibernate, inRoom, logOf, rowsOf } from "../../support/worker/room.ts";
import { answer, at, pathOf, say } from "../../support/worker/talk.ts";

async function scene() {
  const all = (await people("ann", "bob", "cid", "eve")) as [Person, Person, Person, Person];
  const [ann, bob, cid, eve] = all;
  return { ann, bob, cid, eve, channelId: await channelOf(ann, [bob, cid]) };
}

/** Mentions that count as unread of a person in a channel: in the room and in the record alike. */
async function counted(as: Person, channelId: string): Promise<number | undefined> {
  const { items } = await ok(getUnreads, { as });
  const listed = items.find((item) => item.channelId === channelId)!;
  const { mentions } = await ok(markRead, { as, params: { channelId }, body: { seq: listed.lastReadSeq } });
  expect(listed.mentions).toBe(mentions);
  return mentions;
}

test("[MT1] members who are named are in `mentions`, in answer, event and fetch alike; without regard to case", async () => {
  const { ann, bob, cid, channelId } = await scene();
  const content = `Hi @${bob.username.toUpperCase()}, see \`@${cid.username}\` and x@${cid.username}.`;
  const message = await say(ann, channelId, content);
  expect(message).toMatchObject({ mentions: [bob.userId], content });
  expect(message).not.toHaveProperty("notNotified");
  const event = (await eventsOf(channelId, ann)).at(-1) as any;
  expect(event.data.message).toEqual(message);
  expect(await ok(getMessage, { as: bob, params: at(message) })).toEqual(message);
  expect([await counted(bob, channelId), await counted(cid, channelId)]).toEqual([1, 0]);
});

test("[MT2] who is no member is told to the sender alone: in REST answer and ack, never in an event or a fetch", async () => {
  const { ann, bob, eve, channelId } = await scene();
  const socket = await ann.connect(channelId);
  const observer = await bob.connect(channelId);
  const content = `@${eve.username} @${bob.username} @nobody.at.all`;
  const notNotified = [eve.username, "nobody.at.all"];
  const message = await say(ann, channelId, content);
  const reply = await answer(ann, message, content);
  const edited = await ok(updateMessage, { as: ann, params: at(reply), body: { content: `${content}!` } });
  for (const told of [message, reply, edited]) expect(told.notNotified).toEqual(notNotified);
  const acks = [
    await socket.ask("messageCreate", { content }),
    await socket.ask("threadCreate", { messageId: message.id, content }),
    await socket.ask("messageUpdate", { messageId: message.id, content: `${content}?` }),
    await socket.ask("threadUpdate", { messageId: reply.id, content: `${content}?` }),
  ] as any[];
  for (const { data } of acks)
    expect(data).toMatchObject({ notNotified, message: { mentions: [bob.userId] } });
  await observer.caughtUp((await logOf(channelId)).length);
  expect(observer.frames.join()).not.toContain("notNotified");
  expect(JSON.stringify(await logOf(channelId))).not.toContain("notNotified");
  expect((await bob.call("GET", pathOf(message))).text).not.toContain("notNotified");
  expect((await ok(getUnreads, { as: eve })).items).toEqual([]);
});

test("[MT2] [LG2] an edit that changes nothing, and a name that became nobody's, are told nothing of", async () => {
  const { ann, bob, channelId } = await scene();
  const message = await say(ann, channelId, `@${bob.username}`);
  await bob.call("POST", `/v1/channels/${channelId}/leave`);
  const same = await ok(updateMessage, { as: ann, params: at(message), body: { content: message.content } });
  expect(same).toMatchObject({ version: 1, mentions: [bob.userId] });
  const edited = await ok(updateMessage, {
    as: ann,
    params: at(message),
    body: { content: `@${bob.username}!` },
  });
  expect(edited).toMatchObject({ mentions: [], notNotified: [bob.username] });
});

test("[MT1] [RS1] edits add and remove mentions, in `mentions` and in what counts as unread", async () => {
  const { ann, bob, cid, channelId } = await scene();
  const message = await say(ann, channelId, `@${bob.username}`);
  const edit = (content: string) => ok(updateMessage, { as: ann, params: at(message), body: { content } });
  expect((await edit(`@${cid.username}`)).mentions).toEqual([cid.userId]);
  expect([await counted(bob, channelId), await counted(cid, channelId)]).toEqual([0, 1]);
  await hibernate(channelId);
  expect((await edit(`@${cid.username} @${bob.username}`)).mentions).toEqual([cid.userId, bob.userId]);
  expect([await counted(bob, channelId), await counted(cid, channelId)]).toEqual([1, 1]);
  expect((await edit(`\`@${cid.username}\``)).mentions).toEqual([]);
  expect([await counted(bob, channelId), await counted(cid, channelId)]).toEqual([0, 0]);
  await edit(`@${cid.username}`);
  await ann.call("DELETE", pathOf(message));
  expect(await counted(cid, channelId)).toBe(0);
  expect(await rowsOf(channelId, "SELECT * FROM mentions")).toEqual([]);
  expect(await recordRows("SELECT * FROM mentions WHERE channel_id = ?", channelId)).toEqual([]);
});

test("[RS1] [TH2] a reply that stays in its thread mentions, and counts for nobody in the channel; nor does one's own name", async () => {
  const { ann, bob, channelId } = await scene();
  const root = await say(ann, channelId, "root");
  const reply = await answer(ann, root, `@${bob.username}`);
  expect(reply.mentions).toEqual([bob.userId]);
  expect(await counted(bob, channelId)).toBe(0);
  await ok(updateMessage, { as: ann, params: at(reply), body: { content: `@${bob.username}, again` } });
  expect(await counted(bob, channelId)).toBe(0);
  const loud = await answer(ann, root, `@${bob.username} @${ann.username}`, { alsoInChannel: true });
  expect(loud.mentions).toEqual([bob.userId, ann.userId]);
  expect([await counted(bob, channelId), await counted(ann, channelId)]).toEqual([1, 0]);
});

test("[MT1] @channel calls all but the author, @here those who are connected, once however many devices they have", async () => {
  const { ann, bob, cid, channelId } = await scene();
  expect((await say(ann, channelId, "@channel")).mentions.toSorted()).toEqual(
    [bob.userId, cid.userId].toSorted(),
  );
  expect((await say(ann, channelId, "@here")).mentions).toEqual([]);
  const sockets = [
    await bob.connect(channelId),
    await (await session(bob)).connect(channelId),
    await ann.connect(channelId),
  ];
  const [eve] = (await people("eve")) as [Person];
  await eve.connect(channelId);
  const here = await say(ann, channelId, "is @here anybody?");
  expect(here.mentions, "no stranger who looks on").toEqual([bob.userId]);
  await hibernate(channelId);
  expect((await say(cid, channelId, "@here")).mentions.toSorted()).toEqual(
    [ann.userId, bob.userId].toSorted(),
  );
  sockets[0]!.close();
  sockets[1]!.close();
  await Promise.all(sockets.slice(0, 2).map(({ closed }) => closed));
  const edited = await ok(updateMessage, { as: ann, params: at(here), body: { content: "@here?" } });
  expect(edited.mentions, "those who were there then").toEqual([bob.userId]);
});

test("[MT2] past 1,000 members @channel is told to nobody, and the sender hears of it, over both doors", async () => {
  const { ann, bob, channelId } = await scene();
  await inRoom(channelId, (_, { storage: { sql } }) => {
    sql.exec(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 998)
       INSERT INTO members (user_id, role, joined_at, username, workspace_role, active, facts_rev)
       SELECT 'usr_' || printf('%026d', i), 'member', 1, 'crowd' || i, 'member', 1, 1 FROM n`,
    );
  });
  const content = `@channel @${bob.username}`;
  const message = await say(ann, channelId, content);
  expect([message.mentions, message.notNotified]).toEqual([[bob.userId], ["channel"]]);
  const socket = await ann.connect(channelId);
  const ack = (await socket.ask("messageCreate", { content })) as any;
  expect([ack.data.message.mentions, ack.data.notNotified]).toEqual([[bob.userId], ["channel"]]);
});

test("[NC1] [MT2] a repeated message is the first result, and mentions nobody twice", async () => {
  const { ann, bob, channelId } = await scene();
  const body = { content: `@${bob.username} @channel`, nonce: "n" };
  const first = await ok(createMessage, { as: ann, params: { channelId }, body });
  const again = await callEndpoint(createMessage, { as: ann, params: { channelId }, body });
  expect([again.status, again.body]).toEqual([200, first]);
  expect(await counted(bob, channelId)).toBe(1);
});
