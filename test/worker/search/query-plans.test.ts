import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { accountDatabase } from "../../../src/db/index.ts";
import { rankedQuery, recentQuery } from "../../../src/features/search/execution/build-query.ts";
import { budgetQuery, queryLookups } from "../../../src/features/search/execution/cost-estimate.ts";
import { parseQuery } from "../../../src/features/search/query/parse.ts";
import type { Filter, SearchClause } from "../../../src/features/search/query/terms.ts";
import { channelsQuery } from "../../../src/features/search/search-channels.ts";
import { usersQuery } from "../../../src/features/search/search-users.ts";
import type { Sql } from "../../../src/features/search/execution/sql-template.ts";

const reader = { isGuest: false, userId: "usr_x", excludedChannelNos: [1] };

async function planOf(
  db: D1Database,
  { sql, params }: { sql: string; params: unknown[] },
): Promise<string[]> {
  const { results } = await db
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .bind(...params)
    .all<{ detail: string }>();
  return results.map(({ detail }) => detail);
}

const clausesOf = (query: string, ...filters: Filter[]): SearchClause[] => [
  ...(parseQuery(query) as SearchClause[]),
  ...filters.map((term) => [{ negated: false, term }]),
];
const author: Filter = { kind: "author", userId: "usr_y" };
const inOne: Filter = { kind: "channels", nos: [1] };
const flags = ["has_file", "has_link", "has_reaction", "in_thread", "pinned"] as const;
const time: Filter = { kind: "time", fromMs: 1.7e12, toMs: 1.8e12 };

const recent: [string, SearchClause[]][] = [
  ["a word", clausesOf("deploy")],
  ["words, a phrase, a prefix, OR and negation", clausesOf('a "b c" d* OR e -f', author, time)],
  ["negation alone", clausesOf("-deploy")],
  ["OR of a word and an operator", [[...clausesOf("deploy", author)].flat()]],
  ["an author", clausesOf("", author)],
  ["a channel", clausesOf("", inOne)],
  ["a channel and an author", clausesOf("-x", author, inOne)],
  ["two channels", clausesOf("", { kind: "channels", nos: [1, 2] })],
  ["a time", clausesOf("", time)],
  ...flags.map((flag): [string, SearchClause[]] => [flag, clausesOf("", { kind: "flag", flag }, time)]),
];

/** The full-text index is always queried by words, though its plan says SCAN; lists within one query are small. */
const isScan = (detail: string): boolean =>
  detail.startsWith("SCAN ") &&
  !/VIRTUAL TABLE INDEX (?!0:$)/.test(detail) &&
  !/^SCAN (json_each|ranked|place|page|CONSTANT)/.test(detail);

test.each(recent)("[RD7] [SR8] by time, %s scans and sorts nothing", async (_, clauses) => {
  for (const statement of [
    recentQuery(clauses, reader, { limit: 51, before: 5 }),
    recentQuery(clauses, reader, { limit: 51 }, "files"),
  ]) {
    const plan = await planOf(env.SEARCH, statement);
    expect(plan.filter(isScan), plan.join("\n")).toEqual([]);
    expect(plan.filter((detail) => detail.includes("TEMP B-TREE"))).toEqual([]);
  }
});

test("[RD7] [SR8] by time, a prefix reads a window and sorts only the page", async () => {
  const budget = budgetQuery(queryLookups(clausesOf("d*"), "recent"), 150);
  const plan = await planOf(env.SEARCH, recentQuery(clausesOf("d*"), reader, { limit: 51, budget }));
  expect(plan).toContain("SEARCH text USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)");
  const page = /^SCAN (newest|budget|segments|ranges|\(subquery-\d+\))/;
  expect(
    plan.filter((detail) => isScan(detail) && !page.test(detail)),
    plan.join("\n"),
  ).toEqual([]);
});

test("[RD7] [SR8] rank sorts the matches, and scans nothing", async () => {
  const after = { asOf: 9, docs: [4] };
  const statements: Sql[] = [undefined, after].map((position) =>
    rankedQuery(clausesOf('deploy "a b" -c', author, time), reader, { limit: 51, asOf: 9, after: position }),
  );
  for (const statement of [...statements, channelsQuery('"a"', "a", reader, 51, [0, "b", "chn_"])]) {
    const plan = await planOf(env.SEARCH, statement);
    expect(plan.filter(isScan), plan.join("\n")).toEqual([]);
    expect(plan.join("\n")).toMatch(/VIRTUAL TABLE INDEX \d+:M/);
  }
});

test("[RD7] [SR12] users are found in the order of an index", async () => {
  const query = usersQuery(accountDatabase(env), "ann", ["b"], 51, reader, ["anna", "usr_x"]);
  const plan = await planOf(env.DB, query.toSQL());
  expect(
    plan.filter((detail) => /^SCAN (?!prefix)|TEMP B-TREE/.test(detail)),
    plan.join("\n"),
  ).toEqual([]);
});
