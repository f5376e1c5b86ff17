import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { configOf } from "../../../src/config.ts";
import { newId } from "../../../src/lib/ids.ts";
import { accessTokens } from "../../../src/http/access-tokens.ts";
import { hubMigrations } from "../../../src/user-object/schema.ts";
import { isBlank, migrate, type Migration } from "../../../src/durable/migrations.ts";
import { roomMigrations } from "../../../src/channel-object/room-migrations.ts";
import hubOne from "../../support/releases/hub-1.sql?raw";
import hubTwo from "../../support/releases/hub-2.sql?raw";
import roomOne from "../../support/releases/room-1.sql?raw";
import roomTwo from "../../support/releases/room-2.sql?raw";
import roomThree from "../../support/releases/room-3.sql?raw";
import { callRest } from "../../support/worker/clients/rest-client.ts";
import { connectChannel } from "../../support/worker/clients/socket-client.ts";
import { createSession, createUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { sequenceFrom } from "../../support/worker/fixtures/frames.ts";
import { restoreSnapshot, schemaOf, withStorage } from "../../support/worker/objects/object-snapshots.ts";
import { roomLog } from "../../support/worker/objects/room-object.ts";

/** The users and ids in the snapshots. */
const channel = "chn_01M820GT9KN6DFXRX5VRKFBA5W";
const ann = { userId: "usr_01M820GT8N4SQWNMDCJXWJGS2V", sessionId: "ses_01M820GTCJQRY6G3WKJ0PB64DV" };
const bob = { userId: "usr_01M820GT8PPXA10QM0XTQ1MAZT", username: "bob-2" };
const said = "msg_01M820GTAJWGATBFXZYG5G651T";
const edited = "msg_01M820GTASTYBJ05FBVW3C8FSZ";
const gone = "msg_01M820GTB98AVAZKTCW0BYTY70";
const takenAtMs = 1_795_363_995_000;

afterEach(() => void vi.useRealTimers());

/** A new blank object, for work on its storage. */
const blank = () => env.ROOMS.getByName(newId("chn"));

test("[LG10] today's code opens a room and a hub of release 1 with the same log", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: takenAtMs });
  await restoreSnapshot(env.ROOMS.getByName(channel), roomOne);
  await restoreSnapshot(env.HUBS.getByName(ann.userId), hubOne);
  const token = await accessTokens(configOf(env)).issue({ ...ann, generation: 0 });
  const asAnn = (method: string, path: string, body?: object) =>
    callRest(method, `/v1/channels/${channel}${path}`, { token, body });
  const frozen = (await roomLog(channel)).map(({ type, seq, at, data }) => ({
    type,
    channelId: channel,
    seq,
    at: new Date(at).toISOString(),
    data: JSON.parse(data),
  }));
  expect((await asAnn("GET", "/events")).body).toEqual({
    events: frozen,
    seq: 13,
    epoch: "wQ4BZPjySFtZ",
    hasMore: false,
  });
  const socket = await connectChannel(channel, token, "?since=0&epoch=wQ4BZPjySFtZ");
  expect(socket.events).toEqual(frozen);

  expect((await asAnn("POST", "/messages", { content: "as it was said", nonce: "n1" })).body).toMatchObject({
    id: said,
    seq: 5,
  });
  expect((await asAnn("POST", "/messages", { content: "something else", nonce: "n1" })).body.code).toBe(
    "nonce_reused",
  );
  expect(
    await socket.sendCommand("messageCreate", { content: "before the edit", nonce: "n2" }),
  ).toMatchObject({
    data: { deduplicated: true, message: { id: edited, content: "after the edit", version: 2 } },
  });
  expect((await asAnn("POST", "/messages", { content: "of today" })).body.seq).toBe(14);
  expect(
    (await asAnn("PATCH", `/messages/${edited}`, { content: "edited today", expectedVersion: 2 })).body,
  ).toMatchObject({ version: 3, rev: 15 });
  expect((await asAnn("PATCH", `/messages/${gone}`, { content: "back?" })).status).toBe(403);
  const again = await createSession(bob);
  expect(
    (await again.call("DELETE", `/v1/channels/${channel}/messages/${said}`)).status,
    "bob is a moderator",
  ).toBe(204);
  expect(JSON.stringify(await roomLog(channel))).not.toContain("as it was said");

  const { body } = await asAnn("GET", "/messages");
  expect(body.items.map(({ id, content, rev }: any) => [id, content, rev])).toEqual([
    [said, "", 16],
    [edited, "edited today", 15],
    [gone, "", 11],
    [expect.any(String), "of today", 14],
  ]);
  expect(
    (await asAnn("GET", `/messages/${edited}/history`)).body.items.map(({ content }: any) => content),
  ).toEqual(["before the edit", "after the edit", "edited today"]);
  expect((await asAnn("GET", "/members")).body.items.map(({ userId, role }: any) => [userId, role])).toEqual([
    [ann.userId, "owner"],
    [bob.userId, "moderator"],
  ]);
  expect((await asAnn("GET", "")).body).toMatchObject({ topic: `it's "history"`, seq: 16 });
  expect((await callRest("GET", "/v1/auth/sessions", { token })).body.items).toHaveLength(2);
  expect((await callRest("POST", "/v1/auth/logout", { token })).status).toBe(204);
  expect((await roomLog(channel)).map(({ seq }) => seq)).toEqual(sequenceFrom(1, 16));
});

test("[LG10] an object opened from an earlier release has the schema of a new one", async () => {
  const fresh = await schemaOf(env.ROOMS.getByName(await createChannelFor(await createUser("ann"))));
  for (const dump of [roomOne, roomTwo, roomThree]) {
    const old = env.ROOMS.getByName(newId("chn"));
    await restoreSnapshot(old, dump);
    await old.progress();
    expect(await schemaOf(old)).toEqual(fresh);
  }
  const freshHub = await schemaOf(env.HUBS.getByName((await createUser("cat")).userId));
  for (const dump of [hubOne, hubTwo]) {
    const old = env.HUBS.getByName(newId("usr"));
    await restoreSnapshot(old, dump);
    await old.checkSession("ses");
    expect(await schemaOf(old)).toEqual(freshHub);
  }
});

test("[LG10] released migration steps are unchanged: they still build that schema", async () => {
  for (const [dump, steps] of [
    [roomOne, roomMigrations.slice(0, 1)],
    [hubOne, hubMigrations.slice(0, 5)],
    [roomTwo, roomMigrations.slice(0, 2)],
    [roomThree, roomMigrations.slice(0, 3)],
    [hubTwo, hubMigrations.slice(0, 8)],
  ] as const) {
    const [then, now] = [blank(), blank()];
    await withStorage(then, ({ sql }) => void sql.exec(dump));
    await withStorage(now, (storage) => migrate(storage, steps));
    expect(await schemaOf(now)).toEqual(await schemaOf(then));
  }
});

test("[LG10] each step runs once, in order, whole or not; later schemas are left alone", async () => {
  const ran: string[] = [];
  const step =
    (name: string): Migration =>
    (sql) => {
      ran.push(name);
      sql.exec(`CREATE TABLE ${name} (x)`);
    };
  const broken: Migration = (sql) => {
    sql.exec("CREATE TABLE half (x)");
    throw new Error("broken");
  };
  await withStorage(blank(), (storage) => {
    const { sql } = storage;
    expect(isBlank(sql)).toBe(true);
    expect(() => migrate(storage, [step("a"), broken])).toThrow("broken");
    expect(isBlank(sql), "all steps or none").toBe(true);
    migrate(storage, [step("a"), step("b")]);
    migrate(storage, [step("a"), step("b")]);
    expect(() => migrate(storage, [step("a"), step("b"), broken])).toThrow("broken");
    migrate(storage, [step("a"), step("b"), step("c")]);
    migrate(storage, [step("a")]);
    expect(ran).toEqual(["a", "a", "b", "c"]);
    expect(sql.exec("SELECT version FROM migrations").toArray()).toEqual(
      [1, 2, 3].map((version) => ({ version })),
    );
    expect(sql.exec("SELECT name FROM sqlite_master WHERE name = 'half'").toArray()).toEqual([]);
  });
});
