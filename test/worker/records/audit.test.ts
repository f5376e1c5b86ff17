import { env } from "cloudflare:workers";
import { exports } from "cloudflare:workers";
import { runDurableObjectAlarm } from "cloudflare:test";
import { encodeTime } from "ulid";
import { afterEach, expect, test, vi } from "vitest";
import { deleteOldAuditEntries } from "../../../src/features/audit/index.ts";
import { accountDatabase, auditEntries } from "../../../src/db/index.ts";
import { newId } from "../../../src/lib/ids.ts";
import { endpoints, getAuditEntries } from "../../../src/protocol/index.ts";
import { maintenanceRunnerOf, roomOf } from "../../../src/rpc/stubs.ts";
import { unwrap } from "../../../src/rpc/rpc-result.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { disconnectDatabase, restoreDatabases } from "../../support/worker/fakes/database-interceptor.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { databaseRows } from "../../support/worker/objects/database.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

afterEach(() => {
  restoreDatabases();
  vi.useRealTimers();
});

const newAdmin = () => createUser("admin", { role: "admin" });

/** Not `newId`, whose ids never go back in time. */
const idAt = (at: number): string => `aud_${encodeTime(at)}${newId("aud").slice(-16)}`;

const insertEntries = (actorId: string, count: number, at = Date.now()) =>
  accountDatabase(env).batch(
    Array.from({ length: count }, () =>
      accountDatabase(env)
        .insert(auditEntries)
        .values({
          id: idAt(at),
          at,
          actorId,
          action: "session.begin",
          objectId: null,
          addressPrefix: "192.0.2.0/24",
          userAgent: "test",
          requestId: null,
          detail: null,
        }),
    ) as never,
  );

const entriesOf = async (admin: TestUser, query: Record<string, string | number>) =>
  (await expectOk(getAuditEntries, { as: admin, query })).items;

test("[AU1] admins alone read the log, in pages, by actor, action and time", async () => {
  const [admin, ann, bob] = await Promise.all([newAdmin(), createUser("ann"), createUser("bob")]);
  expect((await expectRejected(getAuditEntries, { as: ann })).code).toBe("forbidden");
  await insertEntries(ann.userId, 2, Date.parse("2026-01-01T00:00:00Z"));
  await insertEntries(ann.userId, 3);
  await insertEntries(bob.userId, 1);
  const ids: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: { items: { id: string; actorId: string | null }[]; nextCursor: string | null } =
      await expectOk(getAuditEntries, {
        as: admin,
        query: { actor: ann.userId, limit: 2, ...(cursor && { cursor }) },
      });
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  expect(new Set(ids).size).toBe(5);
  expect(ids).toEqual(ids.toSorted());
  expect(await entriesOf(admin, { actor: ann.userId, since: "2026-06-01T00:00:00Z" })).toHaveLength(3);
  expect(await entriesOf(admin, { actor: ann.userId, action: "account.erase" })).toHaveLength(0);
});

test("[AU2] a stream has one entry a line, and continues after each line's cursor", async () => {
  const [admin, ann] = await Promise.all([newAdmin(), createUser("ann")]);
  await insertEntries(ann.userId, 1_203);
  const stream = async (query: string) => {
    const response = await exports.default.fetch(`https://parley.test/v1/audit?actor=${ann.userId}${query}`, {
      headers: { Authorization: `Bearer ${admin.token}`, Accept: "application/jsonl" },
    });
    expect(response.headers.get("Content-Type")).toBe("application/jsonl");
    return (await response.text())
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  };
  const all = await stream("");
  expect(all).toHaveLength(1_203);
  const rest = await stream(`&cursor=${all[700].cursor}`);
  expect(rest.map(({ id }) => id)).toEqual(all.slice(701).map(({ id }) => id));
  await eventually(async () => (await entriesOf(admin, { action: "audit.export" })).length > 0);
});

test("[AU3] no endpoint changes or deletes an entry", () => {
  const paths = Object.values(endpoints).filter(({ path }) => path.startsWith("/v1/audit"));
  expect(paths.map(({ method }) => method)).toEqual(["get"]);
});

test("[AU4] old entries are deleted by age, in batches", async () => {
  const ann = await createUser("ann");
  setWorkerConfig({ AUDIT_RETENTION_DAYS: 30 });
  await insertEntries(ann.userId, 1_100, Date.now() - 31 * 86_400_000);
  await insertEntries(ann.userId, 2, Date.now() - 29 * 86_400_000);
  await deleteOldAuditEntries(env, Date.now());
  const [row] = await databaseRows<{ n: number }>(
    "SELECT count(*) AS n FROM audit_entries WHERE actor_id = ?",
    ann.userId,
  );
  expect(row!.n).toBe(2);
});

test("[AU5] moderation in a channel is recorded once, also when it is projected again", async () => {
  const [admin, ann, bob, eve] = await Promise.all([
    newAdmin(),
    createUser("ann"),
    createUser("bob"),
    createUser("eve"),
  ]);
  const channelId = await createChannelFor(ann, [bob, eve]);
  const path = `/v1/channels/${channelId}`;
  const { body: message } = await bob.call("POST", `${path}/messages`, { content: "rude" });
  const { body: own } = await bob.call("POST", `${path}/messages`, { content: "own" });
  await ann.call("DELETE", `${path}/messages/${message.id}`);
  await bob.call("DELETE", `${path}/messages/${own.id}`);
  await ann.call("PATCH", `${path}/members/${bob.userId}`, { role: "moderator" });
  await ann.call("DELETE", `${path}/members/${eve.userId}`);
  await bob.call("POST", `${path}/leave`);
  await ann.call("DELETE", path);
  const expected = [
    ["message.delete_by_moderator", message.id],
    ["member.update_role", bob.userId],
    ["member.remove", eve.userId],
    ["channel.archive", channelId],
  ];
  const recorded = async () =>
    (await entriesOf(admin, { actor: ann.userId })).map(({ action, objectId }) => [action, objectId]);
  await eventually(async () => (await recorded()).length === expected.length);
  expect(await recorded()).toEqual(expected);
  expect(await entriesOf(admin, { actor: bob.userId })).toEqual([]);
  unwrap(await roomOf(env, channelId).reproject({ direct: false }));
  await eventually(
    async () =>
      (await databaseRows("SELECT 1 FROM channels WHERE id = ? AND projected_seq > 8", channelId)).length ===
      1,
  );
  expect(await recorded()).toEqual(expected);
});

test("[AU6] an entry that D1 does not accept is written when D1 is back", async () => {
  const [admin, ann] = await Promise.all([newAdmin(), createUser("ann")]);
  const row = {
    id: newId("aud"),
    at: Date.now(),
    actorId: ann.userId,
    action: "session.end" as const,
    objectId: null,
    addressPrefix: "192.0.2.0/24",
    userAgent: "test",
    requestId: null,
    detail: null,
  };
  disconnectDatabase();
  await maintenanceRunnerOf(env).keepAuditEntry(row);
  await maintenanceRunnerOf(env).keepAuditEntry(row);
  await runDurableObjectAlarm(maintenanceRunnerOf(env));
  restoreDatabases();
  await eventually(async () => {
    await runDurableObjectAlarm(maintenanceRunnerOf(env));
    return (await entriesOf(admin, { actor: ann.userId })).length === 1;
  });
});
