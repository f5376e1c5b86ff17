import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { foldKey } from "../../../src/text/fold-key.ts";
import { newId } from "../../../src/lib/ids.ts";
import { resolveStaleClaims } from "../../../src/features/channels/index.ts";
import {
  interceptDatabase,
  isProjectionBatch,
  rejectAsUnreachable,
  restoreDatabases,
  sqlOf,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { databaseRows, writeDatabase } from "../../support/worker/objects/database.ts";
import { runScheduledTask } from "../../support/worker/objects/projection.ts";
import { roomStub } from "../../support/worker/objects/room-object.ts";

afterEach(() => {
  restoreDatabases();
  vi.useRealTimers();
});

const createNamed = (who: TestUser, name: string, isPrivate = false) =>
  who.call("POST", "/v1/channels", { name, isPrivate });
const claims = () =>
  databaseRows<{ name_key: string; channel_id: string; claim: string; confirmed: number }>(
    "SELECT * FROM channel_names ORDER BY name_key",
  );
const claimOf = async (name: string) => (await claims()).find(({ name_key }) => name_key === foldKey(name));
const sortedStatuses = (answers: { status: number }[]) => answers.map(({ status }) => status).sort();

const variants: [string, string[]][] = [
  ["General", ["general", "GENERAL", "gEnErAl", " general ", "ｇｅｎｅｒａｌ", "𝗀𝖾𝗇𝖾𝗋𝖺𝗅"]],
  ["Straße", ["STRASSE", "strasse", "StraSSe", "STRAẞE", "straße"]],
  ["Όδυσσεύς", ["ὌΔΥΣΣΕΎΣ".normalize("NFD").replace("\u0313", ""), "όδυσσεύσ", "ΌΔΥΣΣΕΎΣ"]],
  ["Café", ["Cafe\u0301", "CAFÉ", "CAFE\u0301"]],
  ["ﬁnance ①", ["finance 1", "FINANCE 1"]],
  ["Åse", ["Åse", "ÅSE", "a\u030ase"]],
  ["İstanbul", ["i̇stanbul", "İSTANBUL"]],
];

for (const [name, others] of variants) {
  test(`[NM1] ${name} and its variants in case, width and composition are one name`, async () => {
    const [ann] = (await createUsers("ann")) as [TestUser];
    expect((await createNamed(ann, name)).status).toBe(201);
    for (const variant of [name, ...others])
      expect([variant, (await createNamed(ann, variant)).status]).toEqual([variant, 409]);
    expect((await claims()).filter(({ name_key }) => name_key === foldKey(name))).toHaveLength(1);
  });
}

test("[NM1] of 20 concurrent creations with one name, one succeeds", async () => {
  const users = (await createUsers(..."abcdefghij")) as TestUser[];
  for (const [round, of] of [
    ["Race"],
    ["Straße", "STRASSE", "strasse", "STRAẞE"],
    ["Wide", "ＷＩＤＥ", "wide", "ｗｉｄｅ"],
  ].entries()) {
    const sent = Array.from({ length: 20 }, (_, n) => [users[n % 10]!, of[n % of.length]!] as const);
    const answers = await Promise.all(sent.map(([who, name]) => createNamed(who, `${name} ${round}`)));
    expect(sortedStatuses(answers)).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
    const rejections = new Set(
      answers
        .filter(({ status }) => status === 409)
        .map(({ body, text }) => text.replace(body.requestId, "")),
    );
    expect([...rejections]).toHaveLength(1);
    expect([...rejections][0]).toMatch(/"code":"conflict"/);
    const winner = answers.find(({ status }) => status === 201)!.body;
    expect(await claimOf(`${of[0]} ${round}`)).toMatchObject({ channel_id: winner.id, confirmed: 1 });
  }
  const [directory, channels] = await Promise.all(
    ["channel_directory", "channels"].map(
      async (table) => (await databaseRows(`SELECT * FROM ${table}`)).length,
    ),
  );
  expect(directory, "losers left nothing").toBe(channels);
});

test("[NM2] a creation that crashes before the room blocks its name only briefly", async () => {
  const [ann] = (await createUsers("ann")) as [TestUser];
  await orphan("ghost town");
  expect((await createNamed(ann, "ghost town")).status, "its room may be about to confirm").toBe(409);
  await writeDatabase(
    "UPDATE channel_names SET claimed_at = claimed_at - 11000 WHERE name_key = 'ghost town'",
  );
  const answers = await Promise.all(Array.from({ length: 10 }, () => createNamed(ann, "Ghost Town")));
  expect(sortedStatuses(answers)).toEqual([201, ...Array.from({ length: 9 }, () => 409)]);
  const winner = answers.find(({ status }) => status === 201)!.body.id;
  expect(await claimOf("ghost town")).toMatchObject({ channel_id: winner, confirmed: 1 });
  expect(
    await databaseRows(
      "SELECT channel_id FROM channel_directory WHERE channel_id NOT IN (SELECT id FROM channels)",
    ),
  ).toEqual([]);
});

test("[NM2] [LG9] the sweep frees claims of crashes and keeps young ones", async () => {
  const [ann] = (await createUsers("ann")) as [TestUser];
  const left = await orphan("old orphan");
  await orphan("young orphan");
  interceptDatabase((call) => (isProjectionBatch(call) ? rejectAsUnreachable() : call.run()));
  const { body } = await createNamed(ann, "slow to be recorded");
  restoreDatabases();
  await writeDatabase(
    "UPDATE channel_names SET claimed_at = claimed_at - 700000 WHERE name_key IN ('old orphan', 'slow to be recorded')",
  );
  expect(await resolveStaleClaims(env)).toBe(2);
  expect(await claimOf("old orphan")).toBeUndefined();
  expect(await databaseRows("SELECT * FROM channel_directory WHERE channel_id = ?", left)).toEqual([]);
  expect(await claimOf("young orphan")).toMatchObject({ confirmed: 0 });
  expect(await claimOf("slow to be recorded")).toMatchObject({ channel_id: body.id, confirmed: 1 });
  expect(await resolveStaleClaims(env)).toBe(0);
  await runScheduledTask(body.id);
  expect((await ann.call("GET", `/v1/channels/${body.id}`)).body.name).toBe("slow to be recorded");
  expect(await roomStub(left).holdsClaim("any")).toEqual({ exists: false, holds: false });
});

/** Inserts what a Worker leaves that crashes after its claim: the name and the directory row. */
async function orphan(name: string): Promise<string> {
  const channelId = newId("chn");
  await writeDatabase(
    "INSERT INTO channel_directory (channel_id, created_at) VALUES (?, ?)",
    channelId,
    Date.now(),
  );
  await writeDatabase(
    "INSERT INTO channel_names (name_key, channel_id, claim, claimed_at) VALUES (?, ?, ?, ?)",
    foldKey(name),
    channelId,
    `claim of ${name}`,
    Date.now(),
  );
  return channelId;
}

test("[NM2] a creation whose claim's response is lost does not block its name", async () => {
  const [ann] = (await createUsers("ann")) as [TestUser];
  interceptDatabase(async (call) => {
    const done = await call.run();
    if (sqlOf(call).includes('insert into "channel_names"')) return rejectAsUnreachable();
    return done;
  });
  expect((await createNamed(ann, "lost answer")).status).toBe(503);
  restoreDatabases();
  await writeDatabase(
    "UPDATE channel_names SET claimed_at = claimed_at - 11000 WHERE name_key = 'lost answer'",
  );
  expect((await createNamed(ann, "lost answer")).status).toBe(201);
});
