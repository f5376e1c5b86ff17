import { afterEach, beforeAll, expect, test, vi } from "vitest";
import {
  createMessage,
  createThread,
  getNotifications,
  updateGroup,
  updateMessage,
  type WrittenMessage,
} from "../../../src/protocol/index.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { connectGateway } from "../../support/worker/clients/gateway-client.ts";
import {
  interceptDatabase,
  rejectAsUnreachable,
  restoreDatabases,
  sqlOf,
} from "../../support/worker/fakes/database-interceptor.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { createUsers, createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { waitForNotifications } from "../../support/worker/objects/projection.ts";
import { setRoomConfig } from "../../support/worker/objects/room-object.ts";
import { groupOf } from "../../support/worker/fixtures/workspace-samples.ts";
import type { z } from "zod";

type Written = z.output<typeof WrittenMessage>;

let ann: TestUser;
let bob: TestUser;
let cid: TestUser;
let eve: TestUser;
let admin: TestUser;
let channelId: string;
let groupId: string;

beforeAll(async () => {
  [ann, bob, cid, eve] = (await createUsers("ann", "bob", "cid", "eve")) as [
    TestUser,
    TestUser,
    TestUser,
    TestUser,
  ];
  admin = await createUser("admin", { role: "admin" });
  channelId = await createChannelFor(ann, [bob, cid]);
  groupId = (await groupOf(admin, [ann.userId, bob.userId, eve.userId], "backend")).id;
});
afterEach(() => {
  restoreDatabases();
  vi.useRealTimers();
});

const post = (content: string, as = ann): Promise<Written> =>
  expectOk(createMessage, { as, params: { channelId }, body: { content } });
async function notified(who: TestUser): Promise<(string | null)[]> {
  await waitForNotifications(channelId);
  const { items } = await expectOk(getNotifications, { as: who });
  return items.map(({ messageId }) => messageId);
}

test("[UG5] a group mention notifies its members in the channel, and no others", async () => {
  const message = await post("hi @Backend, and @backend.");
  expect(message.mentions).toEqual([bob.userId]);
  expect(message.notNotified).toBeUndefined();
  expect(message.entities).toEqual([
    { type: "groupMention", offset: 3, length: 8, group: "backend", groupId },
    { type: "groupMention", offset: 17, length: 8, group: "backend", groupId },
  ]);
  expect(await notified(bob)).toContain(message.id);
  for (const other of [ann, cid, eve]) expect(await notified(other)).not.toContain(message.id);
});

test("[UG5] groups are found in replies and over sockets, but not in code", async () => {
  const root = await post("root");
  const params = { channelId, messageId: root.id };
  const reply = await expectOk(createThread, { as: ann, params, body: { content: "@backend?" } });
  expect(reply.mentions).toEqual([bob.userId]);
  expect((await post("`@backend`")).mentions).toEqual([]);
  const gateway = await connectGateway(cid);
  await gateway.subscribe(channelId);
  const ack = (await gateway.sendCommand("messageCreate", { content: "@backend" }, channelId)) as any;
  expect(ack.data.message.mentions.toSorted()).toEqual([ann.userId, bob.userId].toSorted());
});

test("[UG5] a group without a member in the channel notifies no one and is reported", async () => {
  await groupOf(admin, [eve.userId], "elsewhere");
  const message = await post("@elsewhere @nothing");
  expect([message.mentions, message.notNotified]).toEqual([[], ["nothing", "elsewhere"]]);
  expect(message.entities).toBeUndefined();
});

test("[UG6] an edit keeps the members that were mentioned and notifies no further ones", async () => {
  await groupOf(admin, [bob.userId], "ops");
  const message = await post("ask @ops");
  const params = { channelId, messageId: message.id };
  const edit = (content: string) => expectOk(updateMessage, { as: ann, params, body: { content } });
  expect((await edit("please ask @ops")).mentions).toEqual([bob.userId]);
  expect((await edit("please ask")).mentions).toEqual([]);
  const before = await notified(bob);
  expect((await edit("again @ops")).mentions).toEqual([bob.userId]);
  expect(await notified(bob)).toEqual(before.filter((id) => id !== message.id));
});

test("[UG6] group mentions count towards the limit of @channel", async () => {
  const dee = await createUser("dee");
  const params = { channelId: await createChannelFor(dee, [bob]) };
  await setRoomConfig(params.channelId, { GROUP_MENTIONS_PER_HOUR: 2 });
  await expectOk(createMessage, { as: dee, params, body: { content: "@backend" } });
  for (const content of ["@backend", "@channel"])
    expect((await expectRejected(createMessage, { as: dee, params, body: { content } })).code).toBe(
      "rate_limited",
    );
  await expectOk(createMessage, { as: dee, params, body: { content: `@${bob.username}` } });
  await setRoomConfig(params.channelId, { GROUP_MENTIONS_PER_HOUR: 1_000 });
});

test("[UG7] only a text with the name of no member reads D1, and seldom", async () => {
  const statements: string[] = [];
  interceptDatabase((call) => {
    if (sqlOf(call).includes("user_groups")) statements.push(sqlOf(call));
    return call.run();
  });
  for (const content of ["no mention", `@${bob.username} and a@b.example`, "@channel"]) await post(content);
  expect(statements).toEqual([]);
  for (let n = 0; n < 3; n++) await post("@fresh-name");
  expect(statements).toHaveLength(1);
});

test("[UG7] a change of the members applies to messages within 10 s", async () => {
  const { id } = await groupOf(admin, [bob.userId], "moving");
  expect((await post("@moving")).mentions).toEqual([bob.userId]);
  await expectOk(updateGroup, { as: admin, params: { groupId: id }, body: { userIds: [cid.userId] } });
  advanceClock(10_001);
  expect((await post("@moving")).mentions).toEqual([cid.userId]);
});

test("[UG7] while D1 fails, messages are sent and edits keep their mentions", async () => {
  await groupOf(admin, [bob.userId], "night");
  const message = await post("@night");
  const gateway = await connectGateway(ann);
  await gateway.subscribe(channelId);
  interceptDatabase(rejectAsUnreachable);
  const sent = (await gateway.sendCommand("messageCreate", { content: "@unread" }, channelId)) as any;
  expect(sent).toMatchObject({ type: "ack", data: { message: { mentions: [] }, notNotified: ["unread"] } });
  const data = { messageId: message.id, content: "@night @unread2" };
  const edited = (await gateway.sendCommand("messageUpdate", data, channelId)) as any;
  expect(edited.data.message.mentions).toEqual([bob.userId]);
});
