import { beforeAll, expect, test } from "vitest";
import { parseQuery } from "../../../src/features/search/query/parse.ts";
import type { SearchClause } from "../../../src/features/search/query/terms.ts";
import type { Message } from "../../../src/protocol/index.ts";
import { randomInteger, randomItem, seededRandom } from "../../../scripts/support/seeded-random.ts";
import { SearchDatabase } from "./search-database.ts";

const random = seededRandom(27);
const below = (end: number): number => randomInteger(random, end);
const index = new SearchDatabase();
const vocabulary = [
  ...Array.from({ length: 60 }, (_, n) => `in${n.toString(5)}`),
  ...["stall", "Straße", "北京大学", "уст", "été", "über", "in", "a-b", "C++", "😀"],
];
const rare = ["zebra", "zoo"];

/** 3,000 messages, newest last; every tenth has more text than the window reads, with its rare word at the end. */
beforeAll(() => {
  const textOf = (at: number): string => {
    const words = Array.from({ length: 1 + below(12) }, () => randomItem(random, vocabulary)!);
    const filler = at % 10 === 0 ? Array.from({ length: 400 }, () => "filling") : [];
    return [...filler, ...words, ...(below(300) === 0 ? [randomItem(random, rare)!] : [])].join(" ");
  };
  const messages = Array.from({ length: 3_000 }, (_, at) => ({
    ...{
      id: `msg_${at}`,
      rev: at,
      seq: at,
      authorId: "usr_1",
      content: textOf(at),
      files: [],
      reactions: [],
    },
    ...{ thread: null, threadId: null, pinned: false, deletedAt: below(20) === 0 ? "2026-01-01" : null },
    createdAt: new Date(Date.UTC(2026, 0, 1) + at * 60_000).toISOString(),
  })) as unknown as Message[];
  for (let from = 0; from < messages.length; from += 500)
    index.fill(`chn_${from}`, messages.slice(from, from + 500));
});

const clausesOf = (query: string): SearchClause[] => parseQuery(query) as SearchClause[];

/** From 48 pages on, the newest messages are read first: 24 for each page. */
const pages = [0, 47, 48, 60, 130, 1_000];

test.each([
  "in*",
  "in1*",
  "in12*",
  "st*",
  "fill*",
  "学",
  "北*",
  "у*",
  "ét*",
  "z*",
  "zeb*",
  "nothing*",
  "a*",
  "c*",
])("[SR5] [SR8] `%s`: a page is the beginning of all matches", (query) => {
  const clauses = clausesOf(query);
  const all = index.recent(clauses);
  for (const count of pages)
    for (const limit of [1, 51, 400]) {
      const found: string[] = [];
      for (let before: number | undefined; found.length < 3 * limit;) {
        const rows = index.newest(clauses, { isMet: true, pages: count }, { limit, before });
        found.push(...rows.map(({ messageId }) => messageId));
        if (rows.length < limit) break;
        before = rows.at(-1)!.doc;
      }
      expect(found, `${count} pages, ${limit} rows`).toEqual(all.slice(0, found.length));
      expect(found.length).toBe(Math.min(all.length, 3 * limit));
    }
});

test("[SR13] a query above the budget reads nothing, long messages included", () => {
  expect(index.recent(clausesOf("fill*")).length).toBeGreaterThan(200);
  const budget = { isMet: false, pages: 1_000 };
  expect(index.newest(clausesOf("fill*"), budget, { limit: 400 })).toEqual([]);
});

test.each(["in1 OR st*", "in* -in1", '"in1 in*"', "in* st*", "in1"])(
  "[SR5] `%s` finds the same with and without a budget",
  (query) => {
    const rows = index.newest(clausesOf(query), { isMet: true, pages: 1_000 }, { limit: 1_000_000 });
    expect(rows.map(({ messageId }) => messageId)).toEqual(index.recent(clausesOf(query)));
  },
);
