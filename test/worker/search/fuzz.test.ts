import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { seededRandom } from "../../../scripts/support/seeded-random.ts";
import { AppError } from "../../../src/errors/app-error.ts";
import { rankedQuery, recentQuery } from "../../../src/features/search/execution/build-query.ts";
import { partitionClauses, nameExpression } from "../../../src/features/search/query/match-expression.ts";
import { parseQuery, parseNameQuery } from "../../../src/features/search/query/parse.ts";
import type { Filter, SearchClause } from "../../../src/features/search/query/terms.ts";
import { channelsQuery } from "../../../src/features/search/search-channels.ts";
import type { Sql } from "../../../src/features/search/execution/sql-template.ts";
import { createIndexedChannel, requestSearch } from "../../support/worker/clients/search-client.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";

const random = seededRandom(20_261_123);
const below = (end: number): number => Math.floor(random() * end);
const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;

const pieces = [
  ...`AND OR NOT NEAR NEAR(a,5) or a deploy running b* * ** ^a + - -- " "" "a_b" “ ” ' '' ( ) (( {words} words:`.split(
    " ",
  ),
  ...String.raw`stems : files: { } search_text rowid rank ; /* */ \ \0 % _ ? ?1 :a @a $a x'00' foo:bar http://a.b/c?d=e#f`.split(
    " ",
  ),
  ...`in: from: has: is: before: on:2026 -from:me has:link in:#a in:"a`.split(" "),
  ..."北京 の กำ 서울 é e\u0301 \u0301 ß İ ﷺ ㍿ ½ ™ 🎉 👩🏽‍💻 🇩🇪 𠮷 \u{10ffff} \u{e000} \u200b \u202e \ufffd \u0001 \u007f".split(
    " ",
  ),
  ...["\u00a0", "\u2028", "\u3000", "\ufeff", "\t", "\n", "\r", " ", "  "],
];

function hostile(): string {
  const parts = Array.from({ length: 1 + below(12) }, () =>
    random() < 0.1 ? String.fromCodePoint(1 + below(0xd7ff)) : pick(pieces),
  );
  return [...parts.join(pick(["", " ", " ", " OR ", " -", '"']))].slice(0, 500).join("");
}
const long = [
  ...[
    "a ".repeat(250),
    '"'.repeat(500),
    "-".repeat(500),
    "*".repeat(500),
    "(".repeat(500),
    "北".repeat(500),
    "a-".repeat(250),
  ],
  ...[
    "a OR ".repeat(100),
    "a OR -b ".repeat(60),
    "-a ".repeat(160),
    "a* ".repeat(160),
    "\u0301".repeat(500),
    "ﷺ".repeat(500),
  ],
  ...[
    "from:me ".repeat(60),
    "on:2026 ".repeat(60),
    "x".repeat(500),
    "🎉".repeat(500),
    '"a b" '.repeat(80),
    "OR ".repeat(160),
  ],
];

let ann: TestUser;
beforeAll(async () => {
  ann = await createUser("ann");
  await createIndexedChannel(ann, ["deploy a b running", "北京 é 🎉", "words stems files AND OR NOT NEAR"]);
});

const anything: Filter = { kind: "time", fromMs: 0, toMs: 4e12 };

function statementsOf(q: string): Sql[] {
  const clauses: SearchClause[] = parseQuery(q).map((clause) =>
    clause.map(({ negated, term }) => ({ negated, term: term.kind === "operator" ? anything : term })),
  );
  const reader = { userId: ann.userId, isGuest: false, excludedChannelNos: [7] };
  const names = nameExpression(partitionClauses(parseNameQuery(q)));
  return [
    recentQuery(clauses, reader, { limit: 5, before: 9e12 }),
    recentQuery(clauses, reader, { limit: 5 }, "files"),
    rankedQuery(clauses, reader, { limit: 5, asOf: 9e12, after: { asOf: 9e12, docs: [1] } }),
    ...(names === undefined ? [] : [channelsQuery(names, q, reader, 5, [0, "", ""])]),
  ];
}

test("[SR7] 10,000 hostile strings: each parses or is a problem with a reason", async () => {
  const queries = [...long, ...Array.from({ length: 10_000 - long.length }, hostile)];
  const statements = queries.flatMap((q) => {
    try {
      return statementsOf(q);
    } catch (error) {
      expect(error, q).toBeInstanceOf(AppError);
      return [];
    }
  });
  expect(statements.length).toBeGreaterThan(20_000);
  for (let from = 0; from < statements.length; from += 900)
    await env.SEARCH.batch(
      statements.slice(from, from + 900).map(({ sql, params }) => env.SEARCH.prepare(sql).bind(...params)),
    );
}, 60_000);

test("[SR7] hundreds of them on each endpoint: no 5xx", async () => {
  const searchEndpoints = ["messages", "channels", "users", "files"] as const;
  for (const q of [...long, ...Array.from({ length: 300 }, hostile)]) {
    const more: Record<string, string> = random() < 0.5 ? { sort: "recent" } : {};
    const answers = await Promise.all(
      searchEndpoints.map((endpoint) => requestSearch(ann, endpoint, q, endpoint === "messages" ? more : {})),
    );
    for (const { status, body } of answers) {
      expect([200, 400], `${q}: ${JSON.stringify(body)}`).toContain(status);
      if (status === 400) expect(body.issues[0], q).toMatchObject({ path: "q", message: expect.any(String) });
    }
  }
}, 60_000);

test("[SR7] forged cursors and those of another order are problems", async () => {
  const forged = [
    {},
    [],
    null,
    1,
    "x",
    { doc: 1.5 },
    { doc: 1e300 },
    { asOf: 1, docs: [] },
    { doc: 1, more: 1 },
    [0, 1, 2],
  ];
  for (const key of forged)
    for (const endpoint of ["messages", "channels", "users", "files"] as const) {
      const { status, body } = await requestSearch(ann, endpoint, "deploy", {
        cursor: btoa(JSON.stringify(key)),
      });
      expect([status, body.issues[0].path], `${endpoint} ${JSON.stringify(key)}`).toEqual([400, "cursor"]);
    }
});

test("[SR7] the largest allowed query is within the index's limits", async () => {
  const most = (term: string, times: number): string => term.repeat(times).trim();
  const queries = [
    ...[most("on:2026 ", 50), most("-on:2026 ", 50), most("on:2026 OR ", 45), most("from:me OR -", 40)],
    ...[most("a OR on:2026 ", 25), most("-a OR is:pinned ", 25), `${most("a ", 48)} -b on:2026`],
  ];
  for (const q of queries)
    for (const [endpoint, more] of [["messages"], ["messages", { sort: "recent" }], ["files"]] as const)
      expect((await requestSearch(ann, endpoint, q, more)).status, `${endpoint} ${q}`).toBe(200);
});
