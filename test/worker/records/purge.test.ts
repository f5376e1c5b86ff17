import { runDurableObjectAlarm } from "cloudflare:test";
import { expect, test } from "vitest";
import {
  createMessage,
  getNotifications,
  purgeChannel,
  updateRetention,
} from "../../../src/protocol/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { finishJob } from "../../support/worker/fixtures/jobs.ts";
import { createStoredFile, storedFileTotals } from "../../support/worker/fixtures/stored-files.ts";
import { databaseRows } from "../../support/worker/objects/database.ts";
import { hubRows } from "../../support/worker/objects/hub-object.ts";
import { roomStub, roomTables } from "../../support/worker/objects/room-object.ts";
import { indexRows } from "../../support/worker/objects/search-index.ts";

const purge = (as: TestUser, channelId: string) => callEndpoint(purgeChannel, { as, params: { channelId } });

test("[EZ8] a purge removes the channel everywhere and frees its name", async () => {
  const [ann, eve] = await Promise.all([createUser("ann"), createUser("eve")]);
  const channelId = await createChannelFor(ann, [eve]);
  const { name } = (await ann.call("GET", `/v1/channels/${channelId}`)).body;
  const file = await createStoredFile(ann);
  await expectOk(createMessage, {
    as: ann,
    params: { channelId },
    body: { content: `doomed @${eve.username}`, fileIds: [file.id] },
  });
  await eventually(async () => (await expectOk(getNotifications, { as: eve })).items.length > 1);
  const socket = await eve.connect(channelId);
  const { body } = await purge(ann, channelId);
  expect(await finishJob(body.job)).toBe("done");

  expect((await socket.closed).code).toBe(4403);
  expect(Object.keys(await roomTables(channelId))).toEqual(["purged"]);
  for (const table of [
    "messages",
    "mentions",
    "channel_members",
    "channel_readers",
    "channel_names",
    "channel_directory",
  ])
    expect(await databaseRows(`SELECT 1 FROM ${table} WHERE channel_id = ?`, channelId), table).toEqual([]);
  expect(await databaseRows("SELECT 1 FROM channels WHERE id = ?", channelId)).toEqual([]);
  expect(await indexRows(`SELECT 1 FROM search_channels WHERE channel_id = '${channelId}'`)).toEqual([]);
  expect(JSON.stringify(await indexRows("SELECT * FROM search_text"))).not.toContain("doomed");
  expect((await expectOk(getNotifications, { as: eve })).items).toEqual([]);
  expect(await hubRows(eve.userId, "memberships")).toEqual([]);
  expect((await storedFileTotals()).objects).toBe(0);
  expect((await ann.call("GET", `/v1/channels/${channelId}`)).status).toBe(404);
  expect((await ann.call("POST", "/v1/channels", { name })).status).toBe(201);
});

test("[EZ9] a purged channel never comes back, whatever is called late", async () => {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  const facts = { userId: ann.userId, username: ann.username, role: "member" as const, active: true, rev: 9 };
  const { body } = await purge(ann, channelId);
  await finishJob(body.job);
  const room = roomStub(channelId);
  const created = await room.create({
    channel: {
      id: channelId,
      name: "late",
      type: "private",
      topic: "",
      description: "",
      createdBy: ann.userId,
    },
    nameClaim: null,
    members: [{ role: "owner", facts }],
  });
  expect(created.ok).toBe(false);
  await room.setFacts(facts);
  await room.closeSession(ann.sessionId);
  await room.retention({ days: 1 });
  expect(
    (await room.execute({ ...ann, role: "member" }, { type: "messageCreate", data: { content: "x" } })).ok,
  ).toBe(false);
  expect(await runDurableObjectAlarm(room)).toBe(false);
  expect(Object.keys(await roomTables(channelId))).toEqual(["purged"]);
});

test("[EZ10] its owners and admins who see it purge a channel, unless it is held", async () => {
  const [ann, bob, eve, admin] = await Promise.all([
    createUser("ann"),
    createUser("bob"),
    createUser("eve"),
    createUser("admin", { role: "admin" }),
  ]);
  const channelId = await createChannelFor(ann, [bob]);
  const privateId = await createChannelFor(ann, [bob], { isPrivate: true });
  const { body: dm } = await ann.call("POST", "/v1/dms", { userIds: [bob.userId] });
  const statuses = async (as: TestUser) => [
    (await purge(as, channelId)).status,
    (await purge(as, privateId)).status,
    (await purge(as, dm.id)).status,
  ];
  expect(await statuses(bob)).toEqual([403, 403, 403]);
  expect(await statuses(eve)).toEqual([403, 404, 404]);
  await expectOk(updateRetention, { as: admin, params: { channelId }, body: { legalHold: true } });
  expect((await expectRejected(purgeChannel, { as: admin, params: { channelId } })).code).toBe("conflict");
  await expectOk(updateRetention, { as: admin, params: { channelId }, body: { legalHold: false } });
  expect(await statuses(admin)).toEqual([202, 404, 404]);
  expect((await purge(ann, privateId)).status).toBe(202);
});
