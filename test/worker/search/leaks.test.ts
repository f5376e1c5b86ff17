import { afterEach, beforeAll, expect, test } from "vitest";
import { noId } from "../../../src/lib/ids.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import {
  createIndexedChannel,
  postIndexed,
  requestSearch,
  searchTexts,
} from "../../support/worker/clients/search-client.ts";
import {
  type DatabaseCall,
  interceptDatabase,
  interceptSearchIndex,
  isProjectionBatch,
  rejectAsUnreachable,
  restoreDatabases,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { addFilesToStoredMessage } from "../../support/worker/fixtures/stored-messages.ts";
import { waitForIndex } from "../../support/worker/objects/search-index.ts";

/** Words that occur only in the private channel. */
const [secret, nowhere] = ["xylophone", "zylophant"];
const privately = [`${secret} https://example.org`, `the ${secret} plan`, `${secret} ${secret}`];

let ann: TestUser, bob: TestUser, eve: TestUser;
beforeAll(async () => {
  [ann, bob, eve] = (await createUsers("ann", "bob", "eve")) as [TestUser, TestUser, TestUser];
  await createIndexedChannel(eve, ["general news", "more news https://example.org"]);
});
afterEach(restoreDatabases);

/** Creates a private channel of Ann's and Bob's with the secret in its name, topic, texts, threads and files. */
async function secretChannel(): Promise<{ id: string; name: string }> {
  const id = await createChannelFor(ann, [bob], { isPrivate: true });
  const name = `${secret} ${id.slice(-8)}`;
  await ann.call("PATCH", `/v1/channels/${id}`, { name, topic: secret, description: secret });
  const [first, second] = (await postIndexed(ann, id, privately)) as [string, string];
  const below = `/v1/channels/${id}/messages/${first}`;
  await ann.call("POST", `${below}/thread`, { content: `${secret} reply` });
  await ann.call("PUT", `${below}/pin`);
  await ann.call("PUT", `${below}/reactions/${encodeURIComponent("🎉")}`);
  await waitForIndex(id);
  await addFilesToStoredMessage(second, ann.userId, [`${secret}.pdf`]);
  return { id, name };
}

type SearchQuery = [endpoint: Parameters<typeof requestSearch>[1], q: string, more?: Record<string, string>];
const cursor = (key: unknown) => ({ cursor: btoa(JSON.stringify(key)) });

/** 38 searches for a word and for a channel. */
const ways = (word: string, channel: { id: string; name: string }): SearchQuery[] => [
  ...[
    word,
    `"${word}"`,
    `${word}*`,
    `${word.slice(0, 5)}*`,
    `"the ${word} plan"`,
    `${word} plan`,
    `plan ${word} -news`,
  ].map((q): SearchQuery => ["messages", q]),
  ...[
    `${word} OR absent`,
    `${word} OR news`,
    `-${word}`,
    `news -${word}`,
    `news OR -${word}`,
    `from:${ann.userId} ${word}`,
  ].map((q): SearchQuery => ["messages", q]),
  ...[
    "has:link",
    "has:file",
    "has:reaction",
    "is:thread",
    "is:pinned",
    "before:2100",
    "after:2020",
    "on:today",
  ].map((operator): SearchQuery => ["messages", `${operator} ${word}`]),
  ["messages", `from:me OR ${word}`],
  ["messages", `in:"${channel.name}"`],
  ["messages", `in:${channel.id} ${word}`],
  ["messages", `-in:${channel.id} news`],
  ["messages", word, { sort: "recent" }],
  ["messages", word, { limit: "1" }],
  ["messages", word, { sort: "recent", limit: "1" }],
  ["messages", word, { sort: "recent", ...cursor({ doc: 9e14 }) }],
  ["messages", word, cursor({ asOf: 9e14, docs: [1, 2, 3] })],
  ["messages", `from:${ann.userId}`],
  ["files", word],
  ["files", `${word}*`],
  ["files", `has:file ${word}.pdf`],
  ["files", `from:${ann.userId}`],
  ["channels", word],
  ["channels", `${word.slice(0, 6)}*`, { limit: "1" }],
  ["users", word],
];

/** Whether the call only reads the index; that is still allowed. */
const isReading = ({ statements }: DatabaseCall): boolean => /^\s*(WITH|SELECT)/.test(statements[0]!.sql);

const bodyOf = async (who: TestUser, [endpoint, q, more]: SearchQuery): Promise<string> => {
  const { status, body } = await requestSearch(who, endpoint, q, more);
  return JSON.stringify({ status, ...body, requestId: undefined });
};

/** Expects every response about the secret to be byte by byte as if it existed nowhere. */
async function expectNothingRevealed(who: TestUser, channel: { id: string; name: string }): Promise<void> {
  const [asked, instead] = [ways(secret, channel), ways(nowhere, { id: noId("chn"), name: nowhere })];
  expect(asked.length).toBeGreaterThanOrEqual(30);
  for (const [at, way] of asked.entries()) {
    const answer = await bodyOf(who, way);
    expect(answer, way.join(" ")).toBe(await bodyOf(who, instead[at]!));
    expect(answer, way.join(" ")).not.toContain(secret);
    expect(answer, way.join(" ")).not.toContain(channel.id);
  }
}

test("[SR10] [SR12] outsiders find nothing of a private channel in 38 searches", async () => {
  const channel = await secretChannel();
  await expectNothingRevealed(eve, channel);
  expect(await searchTexts(bob, secret)).toEqual([...privately, `${secret} reply`].sort());
  expect((await requestSearch(bob, "channels", secret)).body.items).toMatchObject([{ id: channel.id }]);
  expect((await requestSearch(bob, "files", secret)).body.items).toMatchObject([
    { file: { name: `${secret}.pdf` } },
  ]);
  expect((await requestSearch(bob, "messages", `in:${channel.id}`)).body.items).toHaveLength(4);
});

test("[SR10] [SR11] [RD3] a removed member finds nothing from the next request on", async () => {
  const channel = await secretChannel();
  await ann.call("DELETE", `/v1/channels/${channel.id}/members/${bob.userId}`);
  expect(await searchTexts(bob, `"the ${secret}" ${channel.name}`)).toEqual([]);
  expect((await requestSearch(bob, "messages", `in:${channel.id}`)).status).toBe(400);
});

test("[SR10] [RD3] nor while the index is behind, in the same 38 searches", async () => {
  const [gus] = (await createUsers("gus")) as [TestUser];
  const channel = await secretChannel();
  await ann.call("POST", `/v1/channels/${channel.id}/members`, { userId: gus.userId });
  await waitForIndex(channel.id);
  await createIndexedChannel(gus, ["news of gus"]);
  expect(await searchTexts(gus, `${secret} plan`)).toHaveLength(1);
  // The index can be read but not written.
  interceptSearchIndex((call) => (isReading(call) ? call.run() : rejectAsUnreachable()));
  const removal = ann.call("DELETE", `/v1/channels/${channel.id}/members/${gus.userId}`);
  await eventually(async () => (await gus.call("GET", `/v1/channels/${channel.id}`)).status === 404);
  await expectNothingRevealed(gus, channel);
  // The removal is not confirmed either.
  expect((await removal).status).toBe(503);
});

test("[SR10] [SR11] a channel that becomes private is not found by outsiders", async () => {
  const channelId = await createIndexedChannel(ann, ["marimba for all"]);
  expect(await searchTexts(eve, "marimba")).toEqual(["marimba for all"]);
  await ann.call("PATCH", `/v1/channels/${channelId}`, { isPrivate: true });
  expect(await searchTexts(eve, "marimba")).toEqual([]);
  expect(await searchTexts(ann, "marimba")).toEqual(["marimba for all"]);
});

test("[SR2] [SR10] a deleted text is not shown while D1 and index are behind", async () => {
  const channelId = await createChannelFor(ann);
  const [messageId] = (await postIndexed(ann, channelId, ["bassoon"])) as [string];
  interceptSearchIndex((call) => (isReading(call) ? call.run() : rejectAsUnreachable()));
  interceptDatabase((call) => (isProjectionBatch(call) ? rejectAsUnreachable() : call.run()));
  await ann.call("DELETE", `/v1/channels/${channelId}/messages/${messageId}`);
  expect((await requestSearch(ann, "messages", "bassoon")).body).toEqual({ items: [], nextCursor: null });
  restoreDatabases();
});

test("[SR7] an index that does not respond is `unavailable`, without details", async () => {
  interceptSearchIndex(rejectAsUnreachable);
  expect((await requestSearch(ann, "messages", secret)).body).toMatchObject({ code: "unavailable" });
});
