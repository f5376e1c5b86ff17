import { expect, test } from "vitest";
import { getUnreads } from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { postMessage } from "../../support/worker/clients/messages.ts";
import { markReadUpTo } from "../../support/worker/clients/read-state.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { writeDatabase } from "../../support/worker/objects/database.ts";
import { waitForProjections } from "../../support/worker/objects/projection.ts";

/** Backdates all rows by a minute. */
const aMinutePasses = async (): Promise<void> => {
  for (const table of ["channels", "channel_readers"])
    await writeDatabase(`UPDATE ${table} SET changed_at = changed_at - 60000`);
};

const idsSince = async (as: TestUser, since: number): Promise<string[]> =>
  (await expectOk(getUnreads, { as, query: { since } })).items.map(({ channelId }) => channelId);

test("[RS7] `since` lists only channels with a new message, edit, read, level or join", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channels: string[] = [];
  for (let n = 0; n < 6; n++) channels.push(await createChannelFor(ann, [bob]));
  const [said, edited, readOn, leveled, left, quiet] = channels as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const { id, seq } = await postMessage(ann, edited, "first");
  await postMessage(ann, readOn, "to read");
  await postMessage(ann, quiet, "unread for long");
  for (const channelId of channels) await waitForProjections(channelId);
  const { rev, total, items } = await expectOk(getUnreads, { as: bob });
  expect([total, items.length]).toEqual([6, 6]);
  await aMinutePasses();
  expect(await idsSince(bob, rev)).toEqual([]);
  await postMessage(ann, said, "news");
  await ann.call("PATCH", `/v1/channels/${edited}/messages/${id}`, { content: `now @${bob.username}` });
  await markReadUpTo(bob, readOn, seq);
  await bob.call("PUT", `/v1/channels/${leveled}/notifications`, { level: "none" });
  await bob.call("POST", `/v1/channels/${left}/leave`);
  const joined = await createChannelFor(ann, [bob]);
  for (const channelId of [...channels, joined]) await waitForProjections(channelId);
  const changed = await expectOk(getUnreads, { as: bob, query: { since: rev } });
  expect(changed.items.map(({ channelId }) => channelId).toSorted()).toEqual(
    [said, edited, readOn, leveled, joined].toSorted(),
  );
  expect(changed.total).toBe(6);
  const all = (await expectOk(getUnreads, { as: bob })).items;
  for (const item of changed.items) expect(all).toContainEqual(item);
  await aMinutePasses();
  expect(await idsSince(bob, changed.rev)).toEqual([]);
  // Other members' reads do not count as changes.
  await markReadUpTo(ann, said, 1);
  await waitForProjections(said);
  expect(await idsSince(bob, changed.rev)).toEqual([]);
});

test("[RS7] pages share one `rev`, and omit channel objects when only counts are asked", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channels: string[] = [];
  for (let n = 0; n < 5; n++) channels.push(await createChannelFor(ann, [bob]));
  for (const channelId of channels) await waitForProjections(channelId);
  const seen: string[] = [];
  const revs = new Set<number>();
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof expectOk<typeof getUnreads>>> = await expectOk(getUnreads, {
      as: bob,
      query: { limit: 2, fields: "counts", ...(cursor && { cursor }) },
    });
    seen.push(...page.items.map(({ channelId }) => channelId));
    for (const item of page.items) expect(item).not.toHaveProperty("channel");
    revs.add(page.rev);
    cursor = page.nextCursor;
  } while (cursor);
  expect(seen).toEqual(channels.toSorted());
  expect(revs.size).toBe(1);
  for (const query of [{ since: "x" }, { since: -1 }, { fields: "few" }, { limit: 0 }, { cursor: "x" }])
    expect((await callEndpoint(getUnreads, { as: bob, query: query as never })).status).toBe(400);
});
