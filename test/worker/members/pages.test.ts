import { expect, test } from "vitest";
import type { Member } from "../../../src/protocol/index.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";

async function walk(
  reader: TestUser,
  path: string,
  limit: number,
  between: (page: number) => Promise<unknown> = async () => {},
): Promise<Member[]> {
  const items: Member[] = [];
  for (let cursor = "", page = 0; ; page++) {
    const { body } = await reader.call("GET", `${path}?limit=${limit}${cursor && `&cursor=${cursor}`}`);
    items.push(...body.items);
    if (body.nextCursor === null) return items;
    cursor = body.nextCursor;
    await between(page);
  }
}

test("[RD5] members are listed once each in joining order for any page size", async () => {
  const [ann, ...others] = (await createUsers("ann", ..."bcdefghijk")) as [TestUser, ...TestUser[]];
  const path = `/v1/channels/${await createChannelFor(ann, others)}/members`;
  const whole = await walk(ann, path, 100);
  expect(whole.map(({ userId }) => userId).sort()).toEqual(
    [ann, ...others].map(({ userId }) => userId).sort(),
  );
  expect(whole.map(({ joinedAt }) => joinedAt)).toEqual(whole.map(({ joinedAt }) => joinedAt).sort());
  for (const limit of [1, 2, 3, 10, 11, 12]) expect(await walk(ann, path, limit)).toEqual(whole);
});

test("[RD5] paging through members is stable during role changes, joins and leaves", async () => {
  const [ann, ...others] = (await createUsers("ann", ..."bcdefgh")) as [TestUser, ...TestUser[]];
  const channelId = await createChannelFor(ann, others);
  const path = `/v1/channels/${channelId}/members`;
  const before = await walk(ann, path, 100);
  const seen = await walk(ann, path, 2, async (page) => {
    const gone = before[page]!;
    if (gone.userId !== ann.userId) await ann.call("DELETE", `${path}/${gone.userId}`);
    await ann.call("PATCH", `${path}/${before.at(-1)!.userId}`, { role: page % 2 ? "member" : "moderator" });
    if (page === 1) await (await createUser("late")).call("POST", `/v1/channels/${channelId}/join`);
  });
  const ids = seen.map(({ userId }) => userId);
  expect(ids.slice(0, before.length)).toEqual(before.map(({ userId }) => userId));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toHaveLength(before.length + 1);
});

test("[ER2] a cursor of another list is rejected", async () => {
  const [ann] = (await createUsers("ann")) as [TestUser];
  const path = `/v1/channels/${await createChannelFor(ann)}/members`;
  for (const cursor of [
    "x",
    "%20",
    btoa('["a","b"]'),
    btoa("[1]"),
    btoa("{}"),
    btoa("null"),
    "ÿ",
    "a".repeat(513),
  ]) {
    const { status, body } = await ann.call("GET", `${path}?cursor=${encodeURIComponent(cursor)}`);
    expect([cursor.slice(0, 9), status]).toEqual([cursor.slice(0, 9), 400]);
    expect(body.issues[0].path).toBe("cursor");
  }
});
