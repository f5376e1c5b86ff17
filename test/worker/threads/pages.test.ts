import { beforeAll, expect, test } from "vitest";
import { getThreadMessages, type Message } from "../../../src/protocol/index.ts";
import { expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import {
  getThreadPage,
  messageParams,
  messagePath,
  postMessage,
  postReply,
} from "../../support/worker/clients/messages.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";

let ann: TestUser;
let channelId: string;
let root: Message;
let all: Message[];

/** Replies of two threads and other messages alternate, so that no two replies of a thread are adjacent. */
beforeAll(async () => {
  [ann] = (await createUsers("ann")) as [TestUser];
  channelId = await createChannelFor(ann);
  root = await postMessage(ann, channelId, "root");
  const other = await postMessage(ann, channelId, "another root");
  const socket = await ann.connect(channelId);
  for (let n = 0; n < 101; n++) {
    socket.send({ type: "threadCreate", data: { messageId: root.id, content: `${n}` } });
    socket.send({
      type: "threadCreate",
      data: { messageId: other.id, content: "elsewhere", alsoInChannel: true },
    });
  }
  await socket.sendCommand("messageCreate", { content: "the end" });
  all = [];
  for (let after = 0, more = true; more; after = all.at(-1)!.seq) {
    const page = await getThreadPage(ann, root, { after, limit: 37 });
    all.push(...page.items);
    more = page.hasMoreAfter;
  }
});

test("[RD5] [TH1] a thread is listed once, in order, without other threads", () => {
  expect(all.map(({ content }) => content)).toEqual(Array.from({ length: 101 }, (_, n) => `${n}`));
  expect(all.every(({ threadId }) => threadId === root.id)).toBe(true);
});

test.for([1, 7, 50, 99, 100])(
  "[RD5] cursors with a limit of %i list the whole thread once",
  async (limit) => {
    const items: Message[] = [];
    let pages = 0;
    for (let cursor: string | null | undefined; cursor !== null; pages++) {
      const page = await getThreadPage(ann, root, { limit, ...(cursor && { cursor }) });
      expect(page.items.length).toBe(Math.min(limit, 101 - items.length));
      expect(page.hasMoreBefore).toBe(items.length > 0);
      expect(page.hasMoreAfter).toBe(page.nextCursor !== null);
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(items).toEqual(all);
    expect(pages).toBe(Math.ceil(101 / limit));
  },
);

test("[RD5] a hundred replies are exactly one page of a hundred", async () => {
  const short = await postMessage(ann, channelId, "a hundred");
  const socket = await ann.connect(channelId);
  for (let n = 0; n < 100; n++)
    socket.send({ type: "threadCreate", data: { messageId: short.id, content: `${n}` } });
  await socket.sendCommand("read", { seq: 1 });
  expect(await getThreadPage(ann, short, { limit: 100 })).toMatchObject({
    nextCursor: null,
    hasMoreAfter: false,
  });
  const { nextCursor } = await getThreadPage(ann, short, { limit: 99 });
  expect((await getThreadPage(ann, short, { limit: 99, cursor: nextCursor! })).items).toHaveLength(1);
});

for (const kind of ["before", "after", "around"] as const)
  test.for([1, 2, 50, 100])(`[RD5] ${kind} with limit %i at every edge`, async (limit) => {
    const [first, middle, last] = [all[0]!.seq, all[50]!.seq, all.at(-1)!.seq];
    const edges = [all[limit - 1]!.seq, all.at(-limit)!.seq];
    const places = [0, root.seq, first, middle, last, last + 1, 999_999_999_999_999, ...edges];
    for (const place of new Set(places.flatMap((seq) => [Math.max(0, seq - 1), seq, seq + 1]))) {
      const [older, newer] =
        kind === "after"
          ? [all.filter(({ seq }) => seq <= place), all.filter(({ seq }) => seq > place)]
          : [all.filter(({ seq }) => seq < place), all.filter(({ seq }) => seq >= place)];
      const wanted = { before: limit, after: 0, around: Math.floor(limit / 2) }[kind];
      const page = await getThreadPage(ann, root, {
        [kind]: place > 999_999_999_999_999 ? 999_999_999_999_999 : place,
        limit,
      });
      const more = limit - wanted;
      expect(page, `${kind}=${place}`).toMatchObject({
        items: [...(wanted ? older.slice(-wanted) : []), ...newer.slice(0, more)],
        hasMoreBefore: older.length > wanted,
        hasMoreAfter: newer.length > more,
        root: { id: root.id },
      });
    }
  });

test("[RD5] a cursor continues where its page ended during writes, edits and deletes", async () => {
  const busy = await postMessage(ann, channelId, "busy");
  for (let n = 0; n < 10; n++) await postReply(ann, busy, `${n}`);
  const seen: Message[] = [];
  let cursor: string | null | undefined;
  for (let round = 0; cursor !== null; round++) {
    const page = await getThreadPage(ann, busy, { limit: 3, ...(cursor && { cursor }) });
    seen.push(...page.items);
    cursor = page.nextCursor;
    if (round < 3) await postReply(ann, busy, `${10 + round}`);
    await ann.call("PATCH", messagePath(seen[round]!), { content: "edited" });
    await ann.call("DELETE", messagePath(page.items.at(-1)!));
  }
  const { items } = await getThreadPage(ann, busy, { limit: 100 });
  expect(seen.map(({ id }) => id)).toEqual(items.map(({ id }) => id));
  expect(seen).toHaveLength(13);
});

test("[ER2] two positions, a cursor with one, and invalid cursors are rejected", async () => {
  const { nextCursor } = await getThreadPage(ann, root, { limit: 1 });
  const cursor = nextCursor!;
  const bad: Record<string, string | number>[] = [
    { before: 1, after: 1 },
    { cursor, after: 1 },
    { cursor, around: 1 },
    { cursor: "x" },
    { cursor: btoa('"5"') },
    { cursor: btoa("-1") },
    { cursor: btoa("[1,2]") },
    { limit: 101 },
    { around: "1e3" },
    { other: 1 },
  ];
  for (const query of bad)
    expect(
      await expectRejected(getThreadMessages, { as: ann, params: messageParams(root), query }),
    ).toMatchObject({
      code: "validation_failed",
      issues: expect.any(Array),
    });
});

test("[RD2] a thread of another channel's message is `not_found`", async () => {
  const elsewhere = await postMessage(ann, await createChannelFor(ann), "elsewhere");
  await postReply(ann, elsewhere, "a reply");
  const ask = async (id: string) => {
    const { requestId: _, ...problem } = await expectRejected(getThreadMessages, {
      as: ann,
      params: messageParams({ channelId, id }),
    });
    return problem;
  };
  expect(await ask(elsewhere.id)).toEqual(await ask(root.id.replace(/.{6}$/, "ZZZZZZ")));
});
