import { readdirSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { docNumberAt } from "../../src/features/search/indexing/document-numbers.ts";
import { findPage, type FoundPage } from "../../src/features/search/execution/find-page.ts";
import { parseQuery } from "../../src/features/search/query/parse.ts";
import type { SearchClause } from "../../src/features/search/query/terms.ts";
import type { RunBatch } from "../../src/features/search/execution/sql-template.ts";
import { indexText } from "../../src/features/search/indexing/index-text.ts";
import { seededRandom } from "../../scripts/support/seeded-random.ts";
import { hostileTexts, worstQueries } from "./hostile.ts";

/**
 * Measures the most expensive searches over 100,000 messages that one member wrote to make them expensive. Not part of `npm run bench`:
 *
 *   node bench/search/worst.ts [messages] [name of a set …]
 */
const messages = Number(process.argv[2] ?? 100_000);
const names = process.argv.slice(3);
const budgetMs = 150;
const directory = fileURLToPath(new URL("../../migrations/search/", import.meta.url));
const startMs = Date.UTC(2025, 0, 1);
const everyMs = 315_000;
const commitEvery = 250;

/** Fills an index with texts in the private channel 1. `usr_in` is a member of it, `usr_out` is not. */
function fill(text: (index: number) => string): DatabaseSync {
  const db = new DatabaseSync(":memory:");
  for (const file of readdirSync(directory)
    .filter((name) => name.endsWith(".sql"))
    .sort())
    db.exec(readFileSync(directory + file, "utf8"));
  db.exec(`INSERT INTO search_channels (no, channel_id, epoch, generation, indexed_seq, head)
    VALUES (1, 'chn_1', 'e', 1, 1, 1)`);
  db.exec("INSERT INTO search_members (user_id, channel_no) VALUES ('usr_in', 1)");
  const document = db.prepare(
    "INSERT INTO documents (doc, message_id, channel_no, rev, generation, author_id, created_at) VALUES (?, ?, 1, 1, 1, 'usr_1', ?)",
  );
  const content = db.prepare("INSERT INTO search_text (rowid, words, stems, files) VALUES (?, ?, ?, '')");
  db.exec("BEGIN");
  for (let index = 0; index < messages; index++) {
    const atMs = startMs + index * everyMs;
    const { words, stems } = indexText(text(index));
    document.run(docNumberAt(atMs), `msg_${index}`, atMs);
    content.run(docNumberAt(atMs), words, stems);
    if (index % commitEvery === commitEvery - 1) db.exec("COMMIT; BEGIN");
  }
  db.exec("COMMIT");
  return db;
}

function runnerOf(db: DatabaseSync): { run: RunBatch; spent: () => number } {
  let total = 0;
  const run: RunBatch = async (statements) =>
    statements.map(({ sql, params }) => {
      // CPU time, since other processes may use the machine.
      const begun = process.cpuUsage();
      const rows = db.prepare(sql).all(...params);
      const { user, system } = process.cpuUsage(begun);
      const ms = (user + system) / 1_000;
      total += ms;
      return { rows, ms };
    });
  return { run, spent: () => total };
}

const asOf = docNumberAt(startMs + messages * everyMs);
let worst = 0;

for (const [name, text] of Object.entries(hostileTexts(seededRandom(7)))) {
  if (names.length > 0 && !names.includes(name)) continue;
  const begun = performance.now();
  const db = fill(text);
  console.log(`\n${name}: filled in ${Math.round((performance.now() - begun) / 1_000)} s`);
  for (const [title, query] of Object.entries(worstQueries))
    for (const userId of ["usr_in", "usr_out"])
      for (const isRanked of [true, false]) {
        let best = Infinity;
        let page: FoundPage | undefined;
        for (let time = 0; time < 3; time++) {
          const { run, spent } = runnerOf(db);
          page = await findPage(
            run,
            {
              clauses: parseQuery(query) as SearchClause[],
              reader: { userId, isGuest: false, excludedChannelNos: [] },
              limit: 51,
              ranked: isRanked ? { asOf } : undefined,
            },
            { ms: budgetMs, indexedMessages: () => Promise.resolve(messages) },
          );
          best = Math.min(best, spent());
        }
        worst = Math.max(worst, best);
        const { rows, order, stoppedAt } = page!;
        console.log(
          [
            best.toFixed(1).padStart(8),
            "ms",
            userId.padEnd(8),
            (isRanked ? "relevance" : "recent").padEnd(10),
            `${rows.length} ${order}`.padEnd(10),
            (stoppedAt === undefined ? "" : `stopped at ${Math.round((100 * stoppedAt) / asOf)} %`).padEnd(
              16,
            ),
            title,
          ].join(" "),
        );
      }
  db.close();
}
console.log(`\nSlowest search: ${worst.toFixed(0)} ms`);
