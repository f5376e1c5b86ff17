import { beforeAll, expect, test } from "vitest";
import {
  getDirectMessagesProjection,
  getProjection,
  reindexChannel,
  reindexDirectMessages,
} from "../../../src/protocol/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { expectIndexMatchesLog } from "../../support/worker/assertions/search-index.ts";
import { readAllBatches } from "../../support/worker/clients/admin-batches.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { roomStub } from "../../support/worker/objects/room-object.ts";
import { indexedChannel, indexRows, waitForIndex } from "../../support/worker/objects/search-index.ts";

let admin: TestUser;
beforeAll(async () => {
  admin = await createUser("admin", { role: "admin" });
});

const waitForIndexes = () =>
  eventually(
    async () =>
      (await readAllBatches(admin, getDirectMessagesProjection)).every(({ unindexed }) => unindexed === 0),
    "the index of all direct messages",
  );

test("[SR3] an admin reindexes a channel and sees the progress", async () => {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: "words" });
  await waitForIndex(channelId);
  const before = (await indexedChannel(channelId))!.generation;
  expect(await expectOk(reindexChannel, { as: admin, params: { channelId } })).toMatchObject({
    channelId,
    seq: 3,
    recordedSeq: 3,
  });
  await waitForIndex(channelId);
  expect((await indexedChannel(channelId))!.generation).toBe(before + 1);
  expect(await expectOk(getProjection, { as: admin, params: { channelId } })).toEqual({
    channelId,
    seq: 3,
    recordedSeq: 3,
    indexedSeq: 3,
  });
  await expectIndexMatchesLog(channelId);
});

test("[SR3] other users can't, and a missing channel is `not_found`", async () => {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  await waitForIndex(channelId);
  expect(await expectRejected(reindexChannel, { as: ann, params: { channelId } })).toMatchObject({
    code: "forbidden",
  });
  expect((await indexedChannel(channelId))!.generation).toBe(1);
  const missing = "chn_01AAAAAAAAAAAAAAAAAAAAAAAA";
  expect(await expectRejected(reindexChannel, { as: admin, params: { channelId: missing } })).toMatchObject({
    code: "not_found",
  });
  expect(await roomStub(missing).progress()).toEqual({ head: 0, recorded: 0, indexed: 0 });
  expect(await indexedChannel(missing)).toBeUndefined();
});

test("[SR3] a lost index of direct messages is rebuilt from their logs in batches", async () => {
  const [ann, ...others] = (await createUsers(
    "ann",
    ...Array.from({ length: 22 }, (_, n) => `other${n}`),
  )) as [TestUser, ...TestUser[]];
  const open = async (...userIds: string[]) => {
    const { body } = await ann.call("POST", "/v1/dms", { userIds });
    await ann.call("POST", `/v1/channels/${body.id}/messages`, { content: "between us" });
    return body.id as string;
  };
  const ids = await Promise.all(others.map(({ userId }) => open(userId)));
  ids.push(await open(...others.slice(0, 3).map(({ userId }) => userId)));
  await waitForIndexes();
  const found = async () =>
    (
      await indexRows<{ id: string; user_id: string }>(
        `SELECT channel_id AS id, user_id FROM search_text JOIN documents ON doc = search_text.rowid
           JOIN search_channels ON no = documents.channel_no JOIN search_members m ON m.channel_no = no
           WHERE search_text MATCH 'between' AND type IN ('direct', 'group') AND user_id = ?`,
        ann.userId,
      )
    )
      .map(({ id }) => id)
      .sort();
  expect(await found()).toEqual(ids.toSorted());
  for (const table of ["search_text", "documents", "search_members", "search_channels"])
    await indexRows(`DELETE FROM ${table}`);
  expect(await found()).toEqual([]);
  const batches = await readAllBatches(admin, reindexDirectMessages);
  expect(batches.slice(0, -1).every(({ channels, failed }) => channels === 20 && failed === 0)).toBe(true);
  await waitForIndexes();
  expect(await found()).toEqual(ids.toSorted());
});
