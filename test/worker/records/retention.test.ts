import { runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import {
  createMessage,
  getChannelMessages,
  getHeldMessages,
  getRetention,
  updateRetention,
} from "../../../src/protocol/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { expectDatabaseMatchesLog } from "../../support/worker/assertions/database.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { crashOnceAt } from "../../support/worker/fakes/crashes.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createStoredFile, storedFileTotals } from "../../support/worker/fixtures/stored-files.ts";
import { inRoom, roomRows, roomStub } from "../../support/worker/objects/room-object.ts";

afterEach(() => void vi.useRealTimers());

const dayMs = 86_400_000;

const set = (as: TestUser, channelId: string, body: { days?: number | null; legalHold?: boolean }) =>
  expectOk(updateRetention, { as, params: { channelId }, body });

async function newScene() {
  const [ann, bob, admin] = await Promise.all([
    createUser("ann"),
    createUser("bob"),
    createUser("admin", { role: "admin" }),
  ]);
  const channelId = await createChannelFor(ann, [bob]);
  const post = async (content: string, more: object = {}) =>
    expectOk(createMessage, { as: ann, params: { channelId }, body: { content, ...more } });
  const contents = async () =>
    (await expectOk(getChannelMessages, { as: ann, params: { channelId }, query: { limit: 100 } })).items.map(
      ({ content }) => content,
    );
  return { ann, bob, admin, channelId, post, contents };
}

/** Makes everything that the room has so far older by some days. */
const age = (channelId: string, days: number): Promise<unknown> =>
  inRoom(channelId, (_, { storage }) =>
    storage.sql.exec("UPDATE log SET at = at - ?", days * dayMs).toArray(),
  );

const runAlarm = (channelId: string) => runDurableObjectAlarm(roomStub(channelId));

test("[RE1] older messages are deleted as by their authors, newer ones stay", async () => {
  const { ann, admin, channelId, post, contents } = await newScene();
  const file = await createStoredFile(ann);
  const old = await post("old one", { fileIds: [file.id] });
  await post("old two");
  await ann.call("POST", `/v1/channels/${channelId}/messages/${old.id}/thread`, { content: "old reply" });
  await ann.call("PUT", `/v1/channels/${channelId}/messages/${old.id}/reactions/👍`);
  await age(channelId, 31);
  await post("new one");
  const socket = await ann.connect(channelId);
  await set(admin, channelId, { days: 30 });
  await eventually(async () => {
    await runAlarm(channelId);
    return (await contents()).filter((content) => content !== "").length === 1;
  });
  expect(await contents()).toContain("new one");
  expect(JSON.stringify(await roomRows(channelId, "SELECT data FROM log"))).not.toContain("old");
  await eventually(async () => (await storedFileTotals()).objects === 0, "deletion of the file");
  expect((await socket.next("messageDelete")).data.message.content).toBe("");
  await expectDatabaseMatchesLog(channelId);
});

test("[RE2] a large backlog is deleted in batches, also after a crash", async () => {
  const { admin, channelId, post, contents } = await newScene();
  for (let nr = 0; nr < 130; nr++) await post(`old ${nr}`);
  await age(channelId, 31);
  crashOnceAt("room:before-expire");
  await set(admin, channelId, { days: 30 });
  await runAlarm(channelId).catch(() => undefined);
  expect((await contents()).filter(Boolean).length).toBe(100);
  await eventually(async () => {
    await runAlarm(channelId);
    const [row] = await roomRows<{ n: number }>(
      channelId,
      "SELECT count(*) AS n FROM messages WHERE deleted = 0",
    );
    return row!.n === 0;
  });
});

test("[RE3] a legal hold keeps what is deleted, for admins alone, until it ends", async () => {
  const { ann, bob, admin, channelId, post, contents } = await newScene();
  const file = await createStoredFile(ann);
  const held = await post("held text", { fileIds: [file.id] });
  await ann.call("PATCH", `/v1/channels/${channelId}/messages/${held.id}`, { content: "held edit" });
  await age(channelId, 31);
  await set(admin, channelId, { legalHold: true, days: 1 });
  await runAlarm(channelId);
  expect(await contents()).toContain("held edit");
  await ann.call("DELETE", `/v1/channels/${channelId}/messages/${held.id}`);
  expect(await contents()).toEqual([""]);
  expect((await bob.call("GET", `/v1/files/${file.id}`)).status).toBe(404);
  const read = { as: admin, params: { channelId } };
  const { items } = await expectOk(getHeldMessages, read);
  expect(items.map(({ data }) => (data as any).message.content)).toEqual(["held text", "held edit"]);
  expect((await expectRejected(getHeldMessages, { ...read, as: ann })).code).toBe("forbidden");
  expect((await storedFileTotals()).objects).toBe(1);
  await set(admin, channelId, { legalHold: false });
  await eventually(async () => {
    await runAlarm(channelId);
    return (await expectOk(getHeldMessages, read)).items.length === 0;
  });
  await eventually(async () => (await storedFileTotals()).objects === 0, "deletion of the file");
});

test("[RE4] admins alone set the period, of channels with a name", async () => {
  const { ann, admin, channelId } = await newScene();
  expect(await expectOk(getRetention, { as: admin, params: { channelId } })).toEqual({
    channelId,
    days: null,
    legalHold: false,
    effectiveDays: null,
  });
  expect(await set(admin, channelId, { days: 7 })).toMatchObject({
    days: 7,
    effectiveDays: 7,
    legalHold: false,
  });
  expect(await set(admin, channelId, { legalHold: true })).toMatchObject({ days: 7, legalHold: true });
  expect(await set(admin, channelId, { days: null })).toMatchObject({ days: null, legalHold: true });
  expect(
    (await expectRejected(updateRetention, { as: ann, params: { channelId }, body: { days: 1 } })).code,
  ).toBe("forbidden");
  const { body: dm } = await ann.call("POST", "/v1/dms", { userIds: [admin.userId] });
  expect((await expectRejected(getRetention, { as: admin, params: { channelId: dm.id } })).code).toBe(
    "not_found",
  );
});
