import { env } from "cloudflare:workers";
import { afterEach, beforeAll, expect, test } from "vitest";
import {
  interceptDatabase,
  restoreDatabases,
  type SentStatement,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { writeDatabase } from "../../support/worker/objects/database.ts";

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
  test(`[RD7] a page of 50 of ${what} reads equally many rows everywhere`, async () => {
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
      pages.push(await rowsRead(`${path()}?limit=50&${query}`));
    const [first] = pages;
    expect(first![0]).toBeLessThan(150);
    expect(pages).toEqual(pages.map(() => [first![0], 50]));
  });

test("[RD7] unread counts read about a hundred rows, however many messages exist", async () => {
  const [rows] = await rowsRead("/v1/users/me/unreads");
  expect(rows).toBeLessThan(320);
});
