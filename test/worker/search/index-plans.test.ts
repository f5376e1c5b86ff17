import { env } from "cloudflare:workers";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { expectIndexMatchesLog } from "../../support/worker/assertions/search-index.ts";
import { skipBatchInterval } from "../../support/worker/fakes/clock.ts";
import {
  interceptSearchIndex,
  isIndexBatch,
  restoreDatabases,
  type SentStatement,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUser } from "../../support/worker/fixtures/accounts.ts";
import { type ActiveChannel, createActiveChannel } from "../../support/worker/fixtures/sample-channels.ts";
import { runScheduledTask } from "../../support/worker/objects/projection.ts";
import { roomStub } from "../../support/worker/objects/room-object.ts";
import { indexRows, insertOrphanDocuments, waitForIndex } from "../../support/worker/objects/search-index.ts";

/** Every statement that rooms and the health check sent to the index. */
const sent = new Map<string, SentStatement>();
/** The rows that each batch of events read and wrote. */
const costs: { read: number; written: number }[] = [];
let lively: ActiveChannel;

const watch = (): void =>
  interceptSearchIndex(async (trip) => {
    for (const statement of trip.statements) sent.set(statement.sql, statement);
    const done = await trip.run();
    if (isIndexBatch(trip)) {
      const metas = (done as D1Result[]).map(({ meta }) => meta);
      costs.push({
        read: metas.reduce((sum, { rows_read }) => sum + rows_read, 0),
        written: metas.reduce((sum, { rows_written }) => sum + rows_written, 0),
      });
    }
    return done;
  });

beforeAll(async () => {
  watch();
  lively = await createActiveChannel();
  const { ann, bob, channelId } = lively;
  await ann.call("DELETE", `/v1/channels/${channelId}/members/${bob.userId}`);
  await waitForIndex(channelId);
  await insertOrphanDocuments(channelId, 3);
  await indexRows("DELETE FROM search_members");
  await roomStub(channelId).reindex({ direct: false });
  await waitForIndex(channelId);
  await runScheduledTask(channelId, "leftovers");
  await (await createUser("eve")).call("GET", "/v1/health");
  vi.useRealTimers();
  restoreDatabases();
  await expectIndexMatchesLog(channelId);
});
afterEach(() => {
  restoreDatabases();
  vi.useRealTimers();
});

/** The rows of a batch, in its parameter, and what is derived from them; a row of words by its number. */
const mayScan = [
  /^SCAN \w+ VIRTUAL TABLE INDEX 1:/,
  /^SCAN (search_text|before|channel_text) VIRTUAL TABLE INDEX 0:=$/,
  /^SCAN CONSTANT ROW|^SCAN \(subquery-\d+\)$/,
  /^SCAN (fresh|placed)$/,
  // The health check counts them; usually there are none, otherwise an operator repairs them soon.
  /^SCAN search_dead_letters/,
];

test("[RD7] [SR1] no statement that writes the index scans a table", async () => {
  const faults: string[] = [];
  for (const { sql, params } of sent.values()) {
    const { results } = await env.SEARCH.prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .bind(...params)
      .all<{ detail: string }>();
    for (const { detail } of results)
      if (
        (detail.startsWith("SCAN") && !mayScan.some((pattern) => pattern.test(detail))) ||
        (detail.includes("AUTOMATIC") && !/^SEARCH (fresh|placed) /.test(detail)) ||
        // All rows of one channel.
        /documents_by_channel(_time)? \(channel_no=\?\)/.test(detail)
      )
        faults.push(`${sql}\n${detail}`);
  }
  expect(faults).toEqual([]);
  expect(sent.size).toBeGreaterThan(10);
});

test("[RD7] [SR1] a write of a message reads some 30 rows, in a channel of any size", async () => {
  const { ann, channelId } = lively;
  await indexRows(
    `INSERT INTO documents (doc, message_id, channel_no, rev, generation, author_id, created_at)
     WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 5000)
     SELECT n, 'filler' || n, (SELECT no FROM search_channels WHERE channel_id = ?), 1, 99, 'nobody', 0 FROM n`,
    channelId,
  );
  await indexRows(
    "INSERT INTO search_text (rowid, words, stems, files) SELECT doc, 'filler words', 'word', '' FROM documents WHERE author_id = 'nobody'",
  );
  const at = `/v1/channels/${channelId}/messages`;
  watch();
  costs.length = 0;
  const each = async (work: () => ReturnType<typeof ann.call>) => {
    skipBatchInterval();
    const { body } = await work();
    await waitForIndex(channelId);
    return body;
  };
  const { id } = await each(() => ann.call("POST", at, { content: "five words of no importance" }));
  await each(() => ann.call("PATCH", `${at}/${id}`, { content: "others" }));
  await each(() => ann.call("PUT", `${at}/${id}/reactions/${encodeURIComponent("👍")}`));
  await each(() => ann.call("DELETE", `${at}/${id}`));
  expect(costs).toHaveLength(4);
  expect(Math.max(...costs.map(({ read }) => read))).toBeLessThan(40);
  expect(Math.max(...costs.map(({ written }) => written))).toBeLessThan(15);
});
