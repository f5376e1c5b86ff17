import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { SeqPage } from "../../../src/domain/channel-read.ts";
import { HistoryTable, type MessageRange } from "../../../src/features/messages/history-table.ts";
import {
  interceptDatabase,
  restoreDatabases,
  type SentStatement,
} from "../../support/worker/fakes/database-interceptor.ts";
import { withPreviousRooms } from "../../support/worker/fakes/previous-release.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { writeDatabase } from "../../support/worker/objects/database.ts";
import { inRoom } from "../../support/worker/objects/room-object.ts";

/** Every third message is in the history; the others are replies in one thread. */
const count = 9_000;
let ann: TestUser;
let channelId: string;
let rootId: string;

beforeAll(async () => {
  const [one, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  ann = one;
  channelId = await createChannelFor(ann, [bob]);
  rootId = (await bob.call("POST", `/v1/channels/${channelId}/messages`, { content: "root" })).body.id;
  for (let from = 0; from < count; from += 1_000)
    await writeDatabase(
      `INSERT INTO messages (id, channel_id, seq, rev, author_id, content, created_at, updated_at, version, thread_id, in_channel)
       WITH RECURSIVE n(n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1 + 999)
       SELECT 'msg_01BBBBBBBBBBBBBBBBBBB' || printf('%05d', n), ?2, 100 + n, 100 + n, ?3, 'text', 1, 1, 1,
         iif(n % 3 = 0, NULL, ?4), n % 3 = 0 FROM n`,
      from,
      channelId,
      bob.userId,
      rootId,
    );
});
afterEach(restoreDatabases);

/** Returns the rows that D1 reads for a response and its number of items. */
async function rowsRead(path: string): Promise<[rows: number, items: number]> {
  const statements: SentStatement[] = [];
  interceptDatabase((trip) => {
    statements.push(...trip.statements);
    return trip.run();
  });
  const { status, body, text } = await ann.call("GET", path);
  restoreDatabases();
  expect(status, text).toBe(200);
  // Repeated with `all()`, since not every method returns the number of rows read.
  const metas = await Promise.all(
    statements.map(
      async ({ sql, params }) =>
        (
          await env.DB.prepare(sql)
            .bind(...params)
            .all()
        ).meta,
    ),
  );
  return [metas.reduce((sum, { rows_read }) => sum + rows_read, 0), body.items.length];
}

for (const [what, path] of [
  ["the history", () => `/v1/channels/${channelId}/messages`],
  ["a thread", () => `/v1/channels/${channelId}/messages/${rootId}/thread`],
] as const)
  test(`[RD7] a page of 50 of ${what} from D1 reads equally many rows everywhere`, async () => {
    const pages: [number, number][] = [];
    for (const query of [
      `before=${50 + count}`,
      "before=5000",
      "before=400",
      "after=103",
      "after=5000",
      "around=5000",
      "around=400",
    ])
      pages.push(await withPreviousRooms(() => rowsRead(`${path()}?limit=50&${query}`)));
    const [first] = pages;
    expect(first![0]).toBeLessThan(150);
    expect(pages).toEqual(pages.map(() => [first![0], 50]));
  });

describe("in the room's SQLite", () => {
  /** Deleted messages are every fourth. */
  const first = 100;
  let roomId: string;
  let root: string;

  beforeAll(async () => {
    roomId = await createChannelFor(ann, []);
    root = (await ann.call("POST", `/v1/channels/${roomId}/messages`, { content: "root" })).body.id;
    await inRoom(roomId, (_, { storage: { sql } }) => {
      const numbers = `WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < ${count - 1})`;
      sql.exec(
        `INSERT INTO log (seq, at, v, type, actor_id, data)
         ${numbers} SELECT ${first} + n, 1, 1, 'messageCreate', 'x', '{"message":{"seq":' || (${first} + n) || '}}' FROM n`,
      );
      sql.exec(
        `INSERT INTO messages (id, seq, rev, author_id, thread_id, in_channel, deleted)
         ${numbers} SELECT 'msg_01BBBBBBBBBBBBBBBBBBB' || printf('%05d', n), ${first} + n, ${first} + n, 'x', iif(n % 3 = 0, NULL, ?), n % 3 = 0, n % 4 = 0 FROM n`,
        root,
      );
    });
  });

  /** Runs a read and returns the rows that SQLite read for it, with the plans of its statements. */
  const rowsReadBy = (read: (history: HistoryTable) => MessageRange | string | undefined) =>
    inRoom(roomId, (_, { storage: { sql } }) => {
      const cursors: SqlStorageCursor<never>[] = [];
      const plans: string[] = [];
      const recorded = {
        exec: (query: string, ...values: unknown[]) => {
          for (const { detail } of sql.exec<{ detail: string }>(`EXPLAIN QUERY PLAN ${query}`, ...values))
            plans.push(detail);
          const cursor = sql.exec(query, ...values);
          cursors.push(cursor as SqlStorageCursor<never>);
          return cursor;
        },
      } as unknown as SqlStorage;
      const result = read(new HistoryTable(recorded));
      return { result, rows: cursors.reduce((sum, { rowsRead: some }) => sum + some, 0), plans };
    });

  test.each(["the history", "a thread"])(
    "[RD7] a page of 50 of %s reads equally many rows everywhere",
    async (what) => {
      const page = (position: Partial<SeqPage>) =>
        rowsReadBy((history) =>
          what === "a thread"
            ? history.threadPage(ann.userId, root, { limit: 50, ...position })
            : history.page(ann.userId, { limit: 50, ...position }),
        );
      for (const position of [{}, { before: 8_000 }, { before: 1_000 }, { after: 200 }, { around: 5_000 }]) {
        const { result, rows, plans } = await page(position);
        expect(JSON.parse(`[${(result as MessageRange).items}]`)).toHaveLength(50);
        expect(rows, JSON.stringify(position)).toBeLessThan(420);
        // What is scanned is the list of up to 51 places, or a message's few reactions.
        expect(
          plans.filter((plan) => /^SCAN (?!place|kind|CONSTANT ROW)/.test(plan) || /TEMP B-TREE/.test(plan)),
        ).toEqual([]);
      }
    },
  );
});

test("[RD7] unread counts read about a hundred rows, however many messages exist", async () => {
  // The messages were inserted without their events.
  await writeDatabase("UPDATE channels SET projected_seq = ? WHERE id = ?", 100 + count, channelId);
  const [rows] = await rowsRead("/v1/users/me/unreads");
  expect(rows).toBeLessThan(320);
});
