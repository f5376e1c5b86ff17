import { expect, test } from "vitest";
import { foldKey } from "../../../src/text/fold-key.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createRoomOfType } from "../../support/worker/fixtures/channels.ts";

interface Listed {
  id: string;
  name: string | null;
  type: string;
}

async function walk(reader: TestUser, query: string, limit: number): Promise<Listed[]> {
  const items: Listed[] = [];
  for (let cursor = ""; ;) {
    const { body } = await reader.call(
      "GET",
      `/v1/channels?${query}&limit=${limit}${cursor && `&cursor=${cursor}`}`,
    );
    items.push(...body.items);
    if (body.nextCursor === null) return items;
    cursor = body.nextCursor;
  }
}

const names = [
  "zebra",
  "Apple",
  "apple pie",
  "Äpfel",
  "ΣΑΣΑ",
  "Straße 1",
  "straße 2",
  "b",
  "B2",
  "東京",
  "a'b\"c%_",
  "100%",
];

test("[RD5] [RD2] lists are sorted by folded name, each channel once, on any page", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  for (const name of names) expect((await ann.call("POST", "/v1/channels", { name })).status).toBe(201);
  for (const name of ["hidden", "apple secret"])
    await ann.call("POST", "/v1/channels", { name, isPrivate: true });
  for (const [scope, reader, expected] of [
    ["public", bob, names],
    ["public", ann, names],
    ["joined", ann, [...names, "hidden", "apple secret"]],
    ["joined", bob, []],
  ] as const) {
    const inOrder = expected.toSorted((a, b) => Buffer.from(foldKey(a)).compare(Buffer.from(foldKey(b))));
    for (const limit of [1, 2, 3, 5, 100])
      expect((await walk(reader, `scope=${scope}`, limit)).map(({ name }) => name)).toEqual(inOrder);
  }
  expect((await walk(ann, "", 100)).length, "without a scope: joined").toBe(names.length + 2);
});

test("[NM1] name prefixes match regardless of case, width or composition", async () => {
  const [ann] = (await createUsers("ann")) as [TestUser];
  for (const name of names) await ann.call("POST", "/v1/channels", { name: `q ${name}` });
  const found = async (query: string) =>
    (await walk(ann, `query=${encodeURIComponent(query)}`, 2)).map(({ name }) => name).sort();
  for (const [query, expected] of [
    ["q apple", ["q Apple", "q apple pie"]],
    ["Q APP", ["q Apple", "q apple pie"]],
    ["q A\u0308pfel", ["q Äpfel"]],
    ["q σας", ["q ΣΑΣΑ"]],
    ["q ΣΑΣ", ["q ΣΑΣΑ"]],
    ["q strasse", ["q Straße 1", "q straße 2"]],
    ["q STRAẞE", ["q Straße 1", "q straße 2"]],
    ["q 東", ["q 東京"]],
    ["q a'b\"c%", ["q a'b\"c%_"]],
    ["q %", []],
    ["q _", []],
    ["pple", []],
  ] as const) {
    expect([query, await found(query)]).toEqual([query, [...expected].sort()]);
  }
});

test("[RD5] channels without a name come first, and pages continue after them", async () => {
  const [ann] = (await createUsers("ann")) as [TestUser];
  const ids = await Promise.all(
    (["direct", "group", "direct"] as const).map((type) => createRoomOfType(type, ann)),
  );
  for (const name of ["one", "two"]) await ann.call("POST", "/v1/channels", { name: `n ${name}` });
  for (const limit of [1, 2, 3, 4, 5]) {
    const items = await walk(ann, "scope=joined", limit);
    expect(items.map(({ name, id }) => name ?? id)).toEqual([...ids.sort(), "n one", "n two"]);
  }
  expect((await walk(ann, "scope=public", 100)).some(({ type }) => type !== "public")).toBe(false);
});

test("[ER2] a cursor of another list is rejected", async () => {
  const [ann] = (await createUsers("ann")) as [TestUser];
  for (const cursor of [
    "x",
    btoa("[1,2]"),
    btoa('["a"]'),
    btoa('["a","b","c"]'),
    btoa("null"),
    btoa('"a"'),
    "=",
    "%F0%9F",
  ]) {
    const { status, body } = await ann.call("GET", `/v1/channels?cursor=${encodeURIComponent(cursor)}`);
    expect([cursor, status, body.issues?.[0]?.path]).toEqual([cursor, 400, "cursor"]);
  }
});

test("[RD1] a channel made private or left is not listed after the response", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const { body } = await ann.call("POST", "/v1/channels", { name: "soon private" });
  await bob.call("POST", `/v1/channels/${body.id}/join`);
  const listed = async (scope: string) =>
    (await walk(bob, `scope=${scope}`, 100)).some(({ id }) => id === body.id);
  expect([await listed("public"), await listed("joined")]).toEqual([true, true]);
  await ann.call("PATCH", `/v1/channels/${body.id}`, { isPrivate: true });
  expect([await listed("public"), await listed("joined")]).toEqual([false, true]);
  await bob.call("POST", `/v1/channels/${body.id}/leave`);
  expect(await listed("joined")).toBe(false);
});
