import { beforeAll, expect, test } from "vitest";
import type { MessageHit } from "../../../src/protocol/index.ts";
import {
  createIndexedChannel,
  highlightedTexts,
  postIndexed,
  requestSearch,
  searchAll,
} from "../../support/worker/clients/search-client.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { backdateInIndex } from "../../support/worker/fixtures/stored-messages.ts";

let ann: TestUser;
beforeAll(async () => {
  ann = await createUser("ann");
});

const textsOf = (hits: readonly MessageHit[]): string[] => hits.map(({ message }) => message.content);
const numbered = (word: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${word} ${"filler ".repeat(at % 3)}${at}`);

test("[SR8] `recent` pages by time, newest first, during writes", async () => {
  const said = numbered("cello", 25);
  const channelId = await createIndexedChannel(ann, said);
  const found: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const { body } = await requestSearch(ann, "messages", "cello", {
      ...{ sort: "recent", limit: "7" },
      ...(cursor && { cursor }),
    });
    found.push(...textsOf(body.items));
    cursor = body.nextCursor;
    await postIndexed(ann, channelId, ["cello later"]);
  }
  expect(found).toEqual(said.toReversed());
});

test("[SR8] `relevance` pages continue during writes and deletions: each hit once", async () => {
  const said = numbered("viola", 25);
  const channelId = await createIndexedChannel(ann, said);
  const found: string[] = [];
  const deleted: string[] = [];
  for (let cursor: string | null = "", page = 0; cursor !== null; page++) {
    const { body } = await requestSearch(ann, "messages", "viola", { limit: "7", ...(cursor && { cursor }) });
    found.push(...textsOf(body.items));
    cursor = body.nextCursor;
    await postIndexed(ann, channelId, [`other words ${page}`]);
    const last = body.items.at(-1)?.message;
    if (!last) continue;
    deleted.push(last.content);
    await ann.call("DELETE", `/v1/channels/${channelId}/messages/${last.id}`);
    await postIndexed(ann, channelId, ["and so on"]);
  }
  expect(found.toSorted()).toEqual(said.toSorted());
  expect(deleted.length).toBeGreaterThan(3);
});

test("[SR8] better matches come first; of equal ones the newer", async () => {
  const channelId = await createIndexedChannel(ann, []);
  const long = `harp ${"and a lot of other things ".repeat(20)}`;
  const ids = await postIndexed(ann, channelId, ["harp harp harp", "harp first", "harp third", long]);
  await backdateInIndex(ids[1]!, Date.now() - 2 * 86_400_000);
  expect(textsOf(await searchAll(ann, "messages", "harp"))).toEqual([
    "harp harp harp",
    "harp third",
    "harp first",
    long,
  ]);
  // After two years the best match ranks below a weaker one of today.
  await backdateInIndex(ids[0]!, Date.now() - 730 * 86_400_000);
  expect(textsOf(await searchAll(ann, "messages", "harp"))[0]).toBe("harp third");
});

test("[SR10] a cursor does not reveal a word's frequency in unreadable channels", async () => {
  await createIndexedChannel(ann, numbered("lute", 3));
  const { body } = await requestSearch(ann, "messages", "lute", { limit: "2" });
  const position = JSON.parse(atob(body.nextCursor)) as Record<string, unknown>;
  expect(Object.keys(position).sort()).toEqual(["asOf", "docs"]);
  expect(position["docs"]).toHaveLength(2);
});

test("[SR8] without words there is no rank: the newest come first", async () => {
  const [bob, channelId] = [await createUser("bob"), await createChannelFor(ann)];
  await bob.call("POST", `/v1/channels/${channelId}/join`);
  await postIndexed(bob, channelId, ["one", "two", "three"]);
  expect(textsOf(await searchAll(ann, "messages", `from:${bob.username}`, { limit: "2" }))).toEqual([
    "three",
    "two",
    "one",
  ]);
  expect(textsOf(await searchAll(ann, "messages", `from:${bob.username} -two`))).toEqual(["three", "one"]);
});

test("[SR9] highlights are whole words by stem, whole phrases, or parts of scripts", async () => {
  const text = "😀 Deploying: the 𝓭eployment of cafe\u0301-bar deploys; 北京大学 straße";
  await createIndexedChannel(ann, [text]);
  for (const [q, lit] of [
    ["deploy", ["Deploying", "𝓭eployment", "deploys"]],
    ['"the deployment"', ["the 𝓭eployment"]],
    ["deploym*", ["𝓭eployment"]],
    ["café-bar", ["cafe\u0301-bar"]],
    ["大学", ["大学"]],
    ["学", ["学"]],
    ["STRASSE", ["straße"]],
    ["deploys OR absent -nowhere from:me", ["Deploying", "𝓭eployment", "deploys"]],
    [`from:me on:today "of cafe"`, ["of cafe\u0301"]],
  ] as const) {
    const hits = await searchAll(ann, "messages", q);
    const hit = hits.find(({ message }) => message.content === text);
    expect(hit && highlightedTexts(hit), q).toEqual(lit);
  }
});

test("[SR7] a query without words finds nothing", async () => {
  for (const q of ["???", '""', "-", "OR", "-:-)"])
    expect((await requestSearch(ann, "messages", q)).body, q).toEqual({ items: [], nextCursor: null });
});
