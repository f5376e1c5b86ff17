import { afterAll, beforeAll, expect, test } from "vitest";
import {
  interceptDatabase,
  restoreDatabases,
  type SentStatement,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { databaseRows } from "../../support/worker/objects/database.ts";

let ann: TestUser;
beforeAll(async () => {
  [ann] = (await createUsers("ann")) as [TestUser];
  for (let n = 0; n < 3; n++) await createChannelFor(ann);
});
afterAll(restoreDatabases);

/**
 * Returns SQLite's query plans of the statements that read channels for this list. No parameters are bound, so
 * that a plan never depends on a parameter's value.
 */
async function plansOf(query: string): Promise<string[]> {
  const sent: SentStatement[] = [];
  interceptDatabase((call) => {
    sent.push(...call.statements.filter(({ sql }) => /from "channel/.test(sql)));
    return call.run();
  });
  const { status, body } = await ann.call("GET", `/v1/channels?${query}&limit=1`);
  expect([status, body.items.length]).toEqual([200, 1]);
  if (!query.includes("cursor"))
    await ann.call("GET", `/v1/channels?${query}&limit=1&cursor=${body.nextCursor}`);
  restoreDatabases();
  const plans = await Promise.all(
    sent.map(({ sql, params }) =>
      databaseRows<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...params.map(() => null)),
    ),
  );
  expect(plans.length).toBeGreaterThan(0);
  return plans.flatMap((rows) => rows.map(({ detail }) => detail));
}

for (const query of ["scope=public", "scope=public&query=chan"]) {
  test(`[RD7] ?${query} reads only the index of live public channels, in order`, async () => {
    for (const detail of await plansOf(query))
      expect(detail).toMatch(/^(SCAN|SEARCH) channels USING INDEX channels_public_by_name/);
  });
}

for (const query of ["scope=joined", "scope=joined&query=chan"]) {
  test(`[RD7] ?${query} scans no table`, async () => {
    for (const detail of await plansOf(query)) expect(detail).not.toMatch(/^SCAN/);
  });
}

test("[RD7] a name prefix is a range of the index", async () => {
  expect((await plansOf("scope=public&query=chan"))[0]).toMatch(/^SEARCH .*name_key/);
});
