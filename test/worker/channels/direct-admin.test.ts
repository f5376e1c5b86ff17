import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { AppError } from "../../../src/errors/app-error.ts";
import { newId } from "../../../src/lib/ids.ts";
import { encodeCursor } from "../../../src/domain/pagination.ts";
import {
  getAllChannelIds,
  getDirectMessagesProjection,
  getProjection,
  reindexChannel,
  reindexDirectMessages,
  reprojectChannel,
  reprojectDirectMessages,
} from "../../../src/protocol/index.ts";
import { ChannelRoom } from "../../../src/channel-object/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { readAllBatches } from "../../support/worker/clients/admin-batches.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { comparableResponse, sendRaw } from "../../support/worker/clients/raw-requests.ts";
import { disconnectDatabase, restoreDatabases } from "../../support/worker/fakes/database-interceptor.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { channelRows, databaseRows, writeDatabase } from "../../support/worker/objects/database.ts";
import { projectionProgress, waitForProjections } from "../../support/worker/objects/projection.ts";

afterEach(() => {
  restoreDatabases();
  vi.restoreAllMocks();
});

let admin: TestUser;
let owner: TestUser;
beforeAll(async () => {
  [admin, owner] = (await Promise.all(
    (["admin", "owner"] as const).map((role) => createUser(role, { role })),
  )) as [TestUser, TestUser];
});

/** Creates Ann's direct messages and a group, with a message in each: by default more than one batch. */
async function directMessages(count = 22): Promise<{ ann: TestUser; ids: string[] }> {
  const names = Array.from({ length: count }, (_, n) => `other${n}`);
  const [ann, ...others] = (await createUsers("ann", ...names)) as [TestUser, ...TestUser[]];
  const open = async (userIds: string[]) => {
    const { body } = await ann.call("POST", "/v1/dms", { userIds });
    await ann.call("POST", `/v1/channels/${body.id}/messages`, { content: "between us" });
    return body.id as string;
  };
  const ids = await Promise.all(others.map(({ userId }) => open([userId])));
  return { ann, ids: [...ids, await open(others.slice(0, 3).map(({ userId }) => userId))] };
}

const waitForDirectMessages = () =>
  eventually(
    async () =>
      (await readAllBatches(admin, getDirectMessagesProjection)).every(({ behind }) => behind === 0),
    "D1 to have all direct messages",
  );

test("[CH5] the directory marks each direct and group message, and nothing else", async () => {
  const { ann, ids } = await directMessages(3);
  const channelId = await createChannelFor(ann, [], { isPrivate: true });
  const rows = await databaseRows<{ id: string }>(
    "SELECT channel_id AS id FROM channel_directory WHERE direct = 1",
  );
  expect(ids.filter((id) => !rows.some((row) => row.id === id))).toEqual([]);
  expect(rows.map(({ id }) => id)).not.toContain(channelId);
});

test("[CH5] no response or cursor for admins contains a direct message's id", async () => {
  const { ann, ids } = await directMessages();
  const named = [await createChannelFor(ann), await createChannelFor(ann, [], { isPrivate: true })];
  for (const adminOrOwner of [admin, owner]) {
    const lists = await readAllBatches(adminOrOwner, getAllChannelIds);
    const listed = new Set(lists.flatMap(({ items }) => items.map((item: any) => item.channelId)));
    expect(named.filter((id) => !listed.has(id))).toEqual([]);
    const batches = [
      ...(await readAllBatches(adminOrOwner, reprojectDirectMessages)),
      ...(await readAllBatches(adminOrOwner, reindexDirectMessages)),
      ...(await readAllBatches(adminOrOwner, getDirectMessagesProjection)),
    ];
    const responses = [...lists, ...batches].flatMap((body) => [
      JSON.stringify(body),
      body.nextCursor ? atob(body.nextCursor.replaceAll("-", "+").replaceAll("_", "/")) : "",
    ]);
    for (const id of ids) expect(responses.filter((text) => text.includes(id.slice(4)))).toEqual([]);
    for (const body of batches) {
      expect(JSON.stringify(body)).not.toMatch(/chn_|usr_|between us/);
      if (body.nextCursor) expect(atob(body.nextCursor)).toMatch(/^\d+$/);
    }
  }
  await waitForDirectMessages();
});

test("[CH5] [RD2] for admins a direct message's id looks nonexistent", async () => {
  const { ids } = await directMessages(3);
  const [id, group] = [ids[0]!, ids.at(-1)!];
  await Promise.all([id, group].map(waitForProjections));
  const before = await Promise.all([channelRows(id), projectionProgress(id)]);
  for (const { token } of [admin, owner])
    for (const { method, path } of [reprojectChannel, reindexChannel, getProjection]) {
      const bytes = async (channelId: string) =>
        comparableResponse(
          await sendRaw(method.toUpperCase(), path.replace(":channelId", channelId), { token }),
        );
      const missing = await bytes(newId("chn"));
      expect(missing).toMatch(/^404\n/);
      expect([await bytes(id), await bytes(group)]).toEqual([missing, missing]);
      disconnectDatabase();
      const unavailable = await bytes(newId("chn"));
      expect(unavailable).toMatch(/^503\n/);
      expect([await bytes(id), await bytes(group)]).toEqual([unavailable, unavailable]);
      restoreDatabases();
    }
  expect(await Promise.all([channelRows(id), projectionProgress(id)])).toEqual(before);
});

test("[PJ6] lost D1 rows of direct messages are rebuilt from their logs in batches", async () => {
  const { ann, ids } = await directMessages();
  const channelId = await createChannelFor(ann);
  await Promise.all([channelId, ...ids].map(waitForProjections));
  const before = await Promise.all(ids.map(channelRows));
  for (const table of ["messages", "channel_members", "channel_readers"])
    await writeDatabase(
      `DELETE FROM ${table} WHERE channel_id IN (SELECT value FROM json_each(?))`,
      JSON.stringify(ids),
    );
  const named = await channelRows(channelId);
  const reproject = vi.spyOn(ChannelRoom.prototype, "reproject");
  const batches = await readAllBatches(admin, reprojectDirectMessages);
  const [count] = await databaseRows<{ n: number }>(
    "SELECT count(*) AS n FROM channel_directory WHERE direct = 1",
  );
  expect(batches.length).toBe(Math.ceil(count!.n / 20));
  expect(batches.slice(0, -1).every(({ channels, failed }) => channels === 20 && failed === 0)).toBe(true);
  expect(batches.reduce((sum, { channels }) => sum + channels, 0)).toBe(count!.n);
  expect(reproject).toHaveBeenCalledTimes(count!.n);
  await waitForDirectMessages();
  await Promise.all(ids.map(waitForProjections));
  expect(await Promise.all(ids.map(channelRows))).toEqual(before);
  expect(await channelRows(channelId)).toEqual(named);
});

test("[PJ6] a direct message whose room fails is counted and blocks no other", async () => {
  await directMessages(3);
  await waitForDirectMessages();
  const [whole] = await readAllBatches(admin, reprojectDirectMessages);
  await waitForDirectMessages();
  vi.spyOn(ChannelRoom.prototype, "reproject").mockImplementationOnce(async () => {
    throw new AppError({ code: "unavailable", detail: "not now" });
  });
  vi.spyOn(ChannelRoom.prototype, "progress").mockImplementationOnce(async () => {
    throw new Error("gone");
  });
  const started = await expectOk(reprojectDirectMessages, { as: admin });
  expect(started).toEqual({ ...whole, failed: 1 });
  expect((await expectOk(getDirectMessagesProjection, { as: admin })).behind).toBeGreaterThan(0);
  await waitForDirectMessages();
});

test("[LG9] one that was requested but never created is not counted", async () => {
  const id = newId("chn");
  const sum = async (endpoint: typeof reprojectDirectMessages | typeof getDirectMessagesProjection) =>
    (await readAllBatches(admin, endpoint)).reduce((total, { channels }) => total + channels, 0);
  const before = [await sum(reprojectDirectMessages), await sum(getDirectMessagesProjection)];
  await writeDatabase("INSERT INTO channel_directory (channel_id, created_at, direct) VALUES (?, 1, 1)", id);
  expect([await sum(reprojectDirectMessages), await sum(getDirectMessagesProjection)]).toEqual(before);
  expect(await projectionProgress(id)).toEqual({ head: 0, recorded: 0 });
  await waitForDirectMessages();
});

test("[CH5] only the owner and admins see how many there are", async () => {
  const [ann] = (await createUsers("ann")) as [TestUser];
  for (const endpoint of [reprojectDirectMessages, reindexDirectMessages, getDirectMessagesProjection])
    expect(await expectRejected(endpoint, { as: ann })).toMatchObject({ code: "forbidden" });
  for (const endpoint of [reprojectDirectMessages, reindexDirectMessages, getDirectMessagesProjection])
    for (const cursor of [newId("chn"), encodeCursor(newId("chn")), encodeCursor(-1), encodeCursor(1.5)])
      expect(await expectRejected(endpoint, { as: admin, query: { cursor } })).toMatchObject({
        code: "validation_failed",
        issues: [{ path: "cursor" }],
      });
});
