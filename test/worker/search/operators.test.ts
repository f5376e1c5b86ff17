import { beforeAll, describe, expect, test } from "vitest";
import { postIndexed, requestSearch, searchTexts } from "../../support/worker/clients/search-client.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { addFilesToStoredMessage, backdateInIndex } from "../../support/worker/fixtures/stored-messages.ts";
import { waitForIndex } from "../../support/worker/objects/search-index.ts";

let ann: TestUser, bob: TestUser;
let channelId: string, otherId: string;

beforeAll(async () => {
  [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  channelId = await createChannelFor(ann, [bob]);
  otherId = await createChannelFor(bob, [ann], { isPrivate: true });
  await ann.call("PATCH", `/v1/channels/${channelId}`, { name: "Straße 1" });
  const [plain, linked, filed] = (await postIndexed(ann, channelId, [
    "apple plain",
    "apple https://example.org",
    "apple filed",
    "apple pinned",
    "apple root",
  ])) as string[];
  await postIndexed(bob, otherId, ["apple of bob"]);
  const below = `/v1/channels/${channelId}/messages`;
  const items = (await ann.call("GET", below)).body.items as { id: string; content: string }[];
  const idOf = (content: string) => items.find((item) => item.content === content)?.id;
  await ann.call("PUT", `${below}/${idOf("apple pinned")}/pin`);
  await bob.call("POST", `${below}/${idOf("apple root")}/thread`, { content: "apple reply" });
  await bob.call("PUT", `${below}/${plain}/reactions/${encodeURIComponent("🍏")}`);
  await waitForIndex(channelId);
  await addFilesToStoredMessage(filed!, ann.userId, ["Quarterly report.pdf"]);
  await backdateInIndex(linked!, Date.UTC(2024, 1, 29, 23, 30));
});

const all = [
  "apple plain",
  "apple https://example.org",
  "apple filed",
  "apple pinned",
  "apple root",
  "apple reply",
];
const ofBob = "apple of bob";

test.each<[string, () => string, string[]]>([
  ["from: a username", () => `apple from:${bob.username}`, [ofBob, "apple reply"]],
  ["from: with an @, in any case", () => `apple FROM:@${bob.username.toUpperCase()}`, [ofBob, "apple reply"]],
  ["from: an id", () => `from:${bob.userId}`, [ofBob, "apple reply"]],
  ["from: me", () => "from:me", all.slice(0, 5)],
  ["from: not", () => "apple -from:me", [ofBob, "apple reply"]],
  ["in: a name", () => 'apple in:"straße 1"', all],
  ["in: a name with a #, in any case", () => 'in:"#STRASSE 1" apple', all],
  ["in: an id", () => `in:${otherId}`, [ofBob]],
  ["in: not", () => `apple -in:${otherId}`, all],
  ["has: a link", () => "has:link", [all[1]!]],
  ["has: a file", () => "apple has:file", ["apple filed"]],
  ["has: a reaction", () => "has:Reaction", ["apple plain"]],
  ["has: none of them", () => `-has:link -has:file -has:reaction in:${channelId} -is:thread -is:pinned`, []],
  ["is: pinned", () => "is:pinned", ["apple pinned"]],
  ["is: in a thread, or its root", () => "is:thread", ["apple root", "apple reply"]],
  [
    "OR of operators",
    () => "is:pinned OR has:reaction OR reply",
    ["apple pinned", "apple plain", "apple reply"],
  ],
  ["a name of a file", () => "quarterly reports", ["apple filed"]],
  ["no phrase over a text and a name", () => '"filed quarterly"', []],
  ["before a day", () => "before:2024-03-01", [all[1]!]],
  ["before that day", () => "before:2024-02-29", []],
  ["on a day", () => "apple on:2024-02-29", [all[1]!]],
  ["on a month", () => "on:2024-02", [all[1]!]],
  ["on a year", () => "apple on:2024", [all[1]!]],
  ["after a day", () => `apple after:2024-02-29 in:${channelId}`, all.filter((one) => one !== all[1])],
  [
    "today",
    () => "on:today -reply",
    [...all.filter((one) => one !== all[1] && one !== "apple reply"), ofBob],
  ],
  ["yesterday", () => "on:yesterday", []],
  ["what is no operator", () => "https://example.org", [all[1]!]],
])("[SR6] %s", async (_, query, texts) => {
  expect(await searchTexts(ann, query()), query()).toEqual([...texts].sort());
});

describe("invalid ones", () => {
  test.each([
    ["from:nobody", /from:/],
    ["from:", /from:/],
    ["from:usr_00000000000000000000000000", /from:/],
    ["in:nowhere", /in:/],
    ["in:chn_00000000000000000000000000", /in:/],
    ["apple -in:", /in:/],
    ["has:cheese", /has:.*file, link, reaction/],
    ["has:constructor", /has:/],
    ["is:open", /is:.*thread, pinned/],
    ["before:2024-02-30", /before:.*YYYY-MM-DD/],
    ["after:tomorrow", /after:/],
    ["on:24-02-01", /on:/],
    ["on:2024-13", /on:/],
    ["on:0000", /on:/],
    ['"apple" OR on:""', /on:/],
    [Array.from({ length: 51 }, (_, at) => `w${at}`).join(" "), /50/],
  ])("[SR6] %s is a problem that names the operator and the reason", async (q, message) => {
    for (const endpoint of ["messages", "files"] as const) {
      const { status, body } = await requestSearch(ann, endpoint, q);
      expect([status, body.code], q).toEqual([400, "validation_failed"]);
      expect(body.issues).toEqual([{ path: "q", message: expect.stringMatching(message) }]);
    }
  });
});

describe("as users type them", () => {
  let directId: string;
  beforeAll(async () => {
    const { body } = await ann.call("POST", "/v1/dms", { userIds: [bob.userId] });
    directId = body.id;
    await postIndexed(bob, directId, ["apple in private", "apple پیام کتاب‌ها"]);
  });

  test.each<[string, () => string, string[]]>([
    ["a blank after the colon", () => `apple from: ${bob.username} in: ${otherId}`, [ofBob]],
    ["me with an @, in capitals", () => `from:@ME in:${channelId}`, all.slice(0, 5)],
    ["punctuation after a name", () => `apple from:@${bob.username}. in:${otherId}!`, [ofBob]],
    ["a sign before a quote", () => 'in:#"straße 1" has: link', [all[1]!]],
    ["brackets", () => `(in:"Straße 1") (is:pinned)`, ["apple pinned"]],
    ["typographic quotes", () => "in:„straße 1“ “apple pinned”", ["apple pinned"]],
    ["full width", () => `ｉｎ：＃“straße 1” ｈａｓ：ｌｉｎｋ`, [all[1]!]],
    [
      "the direct conversation with a user",
      () => `apple in:@${bob.username}`,
      ["apple in private", "apple پیام کتاب‌ها"],
    ],
    ["the same by the id", () => `in:@${bob.userId} private`, ["apple in private"]],
    ["not in it", () => `from:${bob.username} -in:@${bob.username}`, [ofBob, "apple reply"]],
    ["notes to oneself, of which there are none", () => "in:@me", []],
    ["Persian words by their parts", () => "كتاب", ["apple پیام کتاب‌ها"]],
    ["punctuation alone beside an operator", () => `in:${channelId} ???`, []],
    ["punctuation beside words", () => `in:${channelId} plain ???`, ["apple plain"]],
  ])("[SR6] [SR14] %s", async (_, query, texts) => {
    expect(await searchTexts(ann, query()), query()).toEqual([...texts].sort());
  });

  test("[SR10] [SR14] in: another users' direct message finds nothing", async () => {
    const [eve] = (await createUsers("eve")) as [TestUser];
    expect((await requestSearch(eve, "messages", `in:@${bob.username}`)).body).toEqual({
      items: [],
      nextCursor: null,
    });
    expect((await requestSearch(eve, "messages", "in:@nobody")).status).toBe(400);
    expect((await requestSearch(eve, "messages", `in:${directId}`)).status).toBe(400);
  });
});

test("[SR6] a day is that of the user's time zone", async () => {
  const [utc, east, west] = await Promise.all(
    ["Etc/UTC", "Asia/Tokyo", "America/Los_Angeles"].map(async (timeZone) => {
      const one = await createUser("traveller");
      expect((await one.call("PATCH", "/v1/users/me", { timeZone })).status).toBe(200);
      return one;
    }),
  );
  // 23:30 UTC on the 29th of February is March in Tokyo.
  expect(await searchTexts(utc!, "on:2024-02-29")).toEqual([all[1]]);
  expect(await searchTexts(east!, "on:2024-02-29")).toEqual([]);
  expect(await searchTexts(east!, "on:2024-03-01")).toEqual([all[1]]);
  expect(await searchTexts(west!, "on:2024-02-29")).toEqual([all[1]]);
});

test("[SR6] in: a name means its current channel, not an archived one", async () => {
  const createReleaseChannel = async () =>
    (await ann.call("POST", "/v1/channels", { name: "harvest" })).body.id as string;
  for (let made = 0; made < 21; made++) {
    const oldId = await createReleaseChannel();
    await waitForIndex(oldId);
    await ann.call("DELETE", `/v1/channels/${oldId}`);
    await waitForIndex(oldId);
  }
  await postIndexed(ann, await createReleaseChannel(), ["pear"]);
  expect(await searchTexts(ann, "in:harvest pear")).toEqual(["pear"]);
});
