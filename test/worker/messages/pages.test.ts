import { beforeAll, expect, test } from "vitest";
import type { Message, MessagePage } from "../../../src/protocol/index.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";

let ann: TestUser;
/** Messages and other events alternate, so that there are positions between messages. */
let at: string;
let all: Message[];
let head: number;

beforeAll(async () => {
  ann = (await createUsers("ann"))[0]!;
  const channelId = await createChannelFor(ann);
  at = `/v1/channels/${channelId}`;
  const socket = await ann.connect(channelId);
  for (let n = 0; n < 130; n++) {
    socket.send(messageFrame(`m${n}`));
    if (n % 5 === 0) await socket.sendCommand("channelUpdate", { topic: `t${n}` });
  }
  await socket.waitForSeq(2 + 130 + 26);
  head = 2 + 130 + 26;
  all = [];
  for (let before = head + 1; ; before = all[0]!.seq) {
    const { body } = await ann.call("GET", `${at}/messages?before=${before}&limit=37`);
    all.unshift(...body.items);
    if (!body.hasMoreBefore) break;
  }
});

const page = async (query: string): Promise<MessagePage> =>
  (await ann.call("GET", `${at}/messages${query}`)).body;

/** The expected page, cut from the whole history. */
function expected(kind: "before" | "after" | "around", place: number, limit: number) {
  const older = all.filter(({ seq }) => (kind === "after" ? seq <= place : seq < place));
  const newer = all.filter(({ seq }) => (kind === "after" ? seq > place : seq >= place));
  const older_ = kind === "after" ? 0 : kind === "before" ? limit : Math.floor(limit / 2);
  const newer_ = kind === "after" ? limit : kind === "before" ? 0 : limit - Math.floor(limit / 2);
  const items = [...(older_ ? older.slice(-older_) : []), ...newer.slice(0, newer_)];
  return { items, hasMoreBefore: older.length > older_, hasMoreAfter: newer.length > newer_ };
}

test("[RD5] the history lists every message once, in order, as it was sent", () => {
  expect(all.map(({ content }) => content)).toEqual(Array.from({ length: 130 }, (_, n) => `m${n}`));
  expect(all.every(({ seq }, index) => index === 0 || seq > all[index - 1]!.seq)).toBe(true);
});

for (const kind of ["before", "after", "around"] as const) {
  for (const limit of [1, 2, 3, 50, 100]) {
    test(`[RD5] ${kind} with limit ${limit}: items and hasMore flags at every edge`, async () => {
      const [first, last] = [all[0]!.seq, all.at(-1)!.seq];
      const middle = all[65]!.seq;
      const places = [
        0,
        1,
        first - 1,
        first,
        first + 1,
        first + 2,
        middle - 1,
        middle,
        middle + 1,
        last - 1,
        last,
        last + 1,
        head,
        head + 1,
        head + 1_000,
        999_999_999_999_999,
      ];
      for (const edge of [all[limit - 1]?.seq, all[limit]?.seq, all.at(-limit)?.seq, all.at(-limit - 1)?.seq])
        if (edge !== undefined) places.push(edge - 1, edge, edge + 1);
      for (const place of new Set(places)) {
        const { items, hasMoreBefore, hasMoreAfter, seq } = await page(`?${kind}=${place}&limit=${limit}`);
        expect({ items, hasMoreBefore, hasMoreAfter }, `${kind}=${place}`).toEqual(
          expected(kind, place, limit),
        );
        expect(seq).toBe(head);
      }
    });
  }
}

test("[RD5] without a position the newest 50 messages are returned", async () => {
  expect(await page("")).toMatchObject({ items: all.slice(-50), hasMoreBefore: true, hasMoreAfter: false });
  expect(await page("?limit=100")).toMatchObject({
    items: all.slice(-100),
    hasMoreBefore: true,
    hasMoreAfter: false,
  });
});

test("[RD5] an empty channel has empty pages for every query", async () => {
  const empty = `/v1/channels/${await createChannelFor(ann)}`;
  for (const query of [
    "",
    "?limit=1",
    "?before=0",
    "?before=2",
    "?after=0",
    "?after=2",
    "?around=0",
    "?around=1&limit=1",
    "?around=99",
  ]) {
    expect((await ann.call("GET", `${empty}/messages${query}`)).body, query).toMatchObject({
      items: [],
      hasMoreBefore: false,
      hasMoreAfter: false,
      seq: 2,
    });
  }
});

test("[RD5] [ER2] two positions, invalid positions and invalid limits are rejected", async () => {
  for (const query of [
    "?before=1&after=1",
    "?around=1&after=1",
    "?limit=0",
    "?limit=101",
    "?limit=-1",
    "?limit=1.5",
    "?before=-1",
    "?before=x",
    "?after=1e3",
    "?after=",
    "?cursor=abc",
  ]) {
    const { status } = await ann.call("GET", `${at}/messages${query}`);
    expect([query, status]).toEqual([query, 400]);
  }
});

test("[RD5] paging by before, after and around is stable during writes", async () => {
  const [bob] = (await createUsers("bob")) as [TestUser];
  const channelId = await createChannelFor(bob);
  const socket = await bob.connect(channelId);
  const path = `/v1/channels/${channelId}/messages`;
  for (let n = 0; n < 60; n++) socket.send(messageFrame(`old ${n}`));
  await socket.waitForSeq(62);
  let backwards: Message[] = [];
  let forwards: Message[] = [];
  for (let round = 0, [before, after] = [10_000, 0], more = true; more; round++) {
    const older = (await bob.call("GET", `${path}?before=${before}&limit=7`)).body as MessagePage;
    const newer = (await bob.call("GET", `${path}?after=${after}&limit=7`)).body as MessagePage;
    backwards = [...older.items, ...backwards];
    forwards = [...forwards, ...newer.items];
    [before, after] = [backwards[0]!.seq, forwards.at(-1)!.seq];
    more = older.hasMoreBefore || newer.hasMoreAfter;
    if (round < 20) await bob.call("POST", path, { content: `new ${round}` });
    await bob.call("PATCH", `${path}/${forwards[round]!.id}`, { content: `edited ${round}` });
    await bob.call("DELETE", `${path}/${forwards[round + 1]!.id}`);
  }
  const seqs = (items: Message[]) => items.map(({ seq }) => seq);
  const whole = seqs((await bob.call("GET", `${path}?after=0&limit=100`)).body.items);
  expect(forwards.length).toBeGreaterThan(60);
  expect(seqs(forwards)).toEqual(whole.slice(0, forwards.length));
  expect(seqs(backwards)).toEqual(whole.slice(0, backwards.length));
  expect(new Set(seqs(backwards)).size).toBe(backwards.length);
  const middle = forwards[30]!.seq;
  const around = (await bob.call("GET", `${path}?around=${middle}&limit=9`)).body as MessagePage;
  expect(seqs(around.items)).toEqual(whole.slice(30 - 4, 30 + 5));
});
