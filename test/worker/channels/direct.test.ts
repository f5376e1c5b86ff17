import { env } from "cloudflare:workers";
import { afterEach, beforeAll, expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { hubOf } from "../../../src/rpc/stubs.ts";
import { directChannelId, directMemberIds } from "../../../src/features/channels/direct.ts";
import { getChannel, openDirectMessage } from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { comparableResponse, sendRaw } from "../../support/worker/clients/raw-requests.ts";
import { requestUpgrade } from "../../support/worker/clients/socket-client.ts";
import { disconnectDatabase, restoreDatabases } from "../../support/worker/fakes/database-interceptor.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { databaseRows } from "../../support/worker/objects/database.ts";
import { hubTables } from "../../support/worker/objects/hub-object.ts";
import { roomLog, roomStub, roomTables } from "../../support/worker/objects/room-object.ts";

let [ann, bob, cid, eve]: TestUser[] = [];
let admins: TestUser[];
beforeAll(async () => {
  [ann, bob, cid, eve] = await createUsers("ann", "bob", "cid", "eve");
  admins = [await createUser("admin", { role: "admin" }), await createUser("owner", { role: "owner" })];
});
afterEach(restoreDatabases);

const ids = (...who: (TestUser | undefined)[]): string[] => who.map((one) => one!.userId);
const open = (as: TestUser | undefined, userIds: string[]) =>
  callEndpoint(openDirectMessage, { as, body: { userIds } });
const suspend = ({ userId, username }: TestUser, active: boolean, rev: number) =>
  hubOf(env, userId).applyAccount({ userId, username, role: "member", active, rev, credentialVersion: 1 });

test("[CH2] the same users get the same channel, opened by any of them", async () => {
  const first = await open(ann, ids(bob));
  expect([first.status, first.body]).toMatchObject([
    201,
    { type: "direct", name: null, createdBy: ann!.userId, memberIds: ids(ann, bob).sort(), archivedAt: null },
  ]);
  expect(first.body.id).toBe(directChannelId(directMemberIds(ann!.userId, ids(bob))));
  for (const [who, others] of [
    [ann, ids(bob)],
    [bob, ids(ann)],
    [ann, ids(bob, bob, ann)],
    [bob, ids(bob, ann)],
  ] as const) {
    const { status, body } = await open(who, [...others]);
    expect([status, body]).toEqual([200, first.body]);
  }
  expect((await roomLog(first.body.id)).map(({ type }) => type)).toEqual([
    "channelCreate",
    "memberJoin",
    "memberJoin",
  ]);
  const group = await open(cid, ids(ann, bob));
  expect([group.status, group.body.type, group.body.id === first.body.id]).toEqual([201, "group", false]);
});

test("[CH2] all users in it are plain members with read and write access", async () => {
  const nine = (await createUsers(..."abcdefghi")) as TestUser[];
  const { body } = await open(nine[0], ids(...nine.slice(1)));
  expect(body).toMatchObject({ type: "group", memberIds: ids(...nine).sort() });
  for (const who of nine) {
    expect((await who.call("POST", `/v1/channels/${body.id}/messages`, { content: "hi" })).status).toBe(201);
    const { items } = (await who.call("GET", "/v1/channels?scope=joined")).body;
    expect(items).toMatchObject([{ id: body.id, name: null, memberIds: body.memberIds }]);
  }
  const members = (await nine[8]!.call("GET", `/v1/channels/${body.id}/members`)).body.items;
  expect(members.map(({ userId, role }: any) => `${userId} ${role}`)).toEqual(
    body.memberIds.map((userId: string) => `${userId} member`),
  );
  for (const who of [nine[0]!, eve!, ...admins])
    expect((await who.call("GET", "/v1/channels?scope=public&limit=100")).text).not.toContain(body.id);
  expect(await expectOk(getChannel, { as: nine[3], params: { channelId: body.id } })).toMatchObject({
    memberIds: body.memberIds,
  });
  const channelId = await createChannelFor(ann!);
  expect(await expectOk(getChannel, { as: ann, params: { channelId } })).not.toHaveProperty("memberIds");
});

test("[ER2] too many ids and malformed ids are rejected by field and create nothing", async () => {
  const many = (await createUsers(..."abcdefghi")) as TestUser[];
  for (const userIds of [ids(...many), ["you"], [newId("chn")], "x", null, [null]]) {
    const { status, body } = await open(ann, userIds as string[]);
    expect([userIds, status, body.code]).toEqual([userIds, 400, "validation_failed"]);
    expect(body.issues[0].path).toMatch(/^userIds/);
  }
  expect(
    (await callEndpoint(openDirectMessage, { as: ann, body: { userIds: ids(bob), name: "x" } })).status,
  ).toBe(400);
  expect(await expectRejected(openDirectMessage, { body: { userIds: ids(bob) } })).toMatchObject({
    code: "unauthenticated",
  });
});

test("[LG9] [CH2] an unknown or suspended user creates nothing anywhere", async () => {
  const [suspended] = (await createUsers("gone")) as [TestUser];
  await suspend(suspended, false, 2);
  const unknownId = newId("usr");
  const before = (await databaseRows("SELECT * FROM channel_directory")).length;
  for (const stranger of [unknownId, suspended.userId]) {
    for (const others of [[stranger], ids(bob).concat(stranger)]) {
      const code = stranger === unknownId ? "not_found" : "conflict";
      expect((await open(eve, others)).body.code).toBe(code);
      const id = directChannelId(directMemberIds(eve!.userId, others));
      expect(await roomTables(id)).toEqual({});
      expect(await roomStub(id).progress()).toEqual({ head: 0, recorded: 0, indexed: 0 });
    }
  }
  expect(await hubTables(unknownId)).toEqual([]);
  expect((await databaseRows("SELECT * FROM channel_directory")).length).toBe(before);
});

test("[CH2] an existing one opens while D1 is down or a member is suspended", async () => {
  const [one, other] = (await createUsers("one", "other")) as [TestUser, TestUser];
  const { body } = await open(one, ids(other));
  disconnectDatabase();
  expect(await open(one, ids(other))).toMatchObject({ status: 200, body: { id: body.id } });
  expect((await open(one, ids(eve))).body.code).toBe("unavailable");
  restoreDatabases();
  await suspend(other, false, 2);
  expect(await open(one, ids(other))).toMatchObject({ status: 200, body: { id: body.id } });
  await suspend(other, true, 3);
  // Suspension ends sessions, not the membership.
  const members = (await one.call("GET", `/v1/channels/${body.id}/members`)).body.items;
  expect(members).toHaveLength(2);
});

/** Requests that no user may make in a direct or group message, over both transports, with the expected code. */
const denied = (someone: TestUser, member: TestUser) =>
  [
    ["POST", "/leave", undefined, "memberLeave", {}, "conflict"],
    ["PATCH", "", { name: "x" }, "channelUpdate", { name: "x" }, "forbidden"],
    ["PATCH", "", { topic: "x" }, "channelUpdate", { topic: "x" }, "forbidden"],
    ["PATCH", "", { isPrivate: true }, "channelUpdate", { isPrivate: true }, "forbidden"],
    ["POST", "/unarchive", undefined, "channelUpdate", { archived: false }, "forbidden"],
    ["DELETE", "", undefined, "channelDelete", {}, "forbidden"],
    ["POST", "/join", undefined, "memberJoin", {}, "forbidden"],
    ["POST", "/members", { userId: someone.userId }, "memberJoin", { userId: someone.userId }, "forbidden"],
    [
      "PATCH",
      `/members/${member.userId}`,
      { role: "owner" },
      "memberUpdate",
      { userId: member.userId, role: "owner" },
      "forbidden",
    ],
    ["DELETE", `/members/${member.userId}`, undefined, "memberLeave", { userId: member.userId }, "forbidden"],
  ] as const;

test("[CH2] [RM1] no one joins, leaves, renames or archives it", async () => {
  const admin = admins[0]!;
  for (const others of [[bob], [bob, cid]]) {
    const { id } = (await open(admin, ids(...others))).body;
    for (const who of [admin, bob!]) {
      const socket = await who.connect(id);
      const before = await roomLog(id);
      const member = who === admin ? bob! : admin;
      for (const [method, path, body, type, data, code] of denied(eve!, member)) {
        const answer = await who.call(method, `/v1/channels/${id}${path}`, body);
        expect([method, path, answer.body.code]).toEqual([method, path, code]);
        expect([type, await socket.sendCommand(type, data)]).toMatchObject([type, { error: { code } }]);
      }
      expect(await roomLog(id)).toEqual(before);
      socket.close();
    }
  }
});

test("[CH2] [RD2] for outsiders and admins it looks like a made-up id", async () => {
  const { id } = (await open(ann, ids(bob))).body;
  const madeUp = newId("chn");
  for (const who of [eve!, ...admins]) {
    for (const [method, path, body] of [
      ["GET", "", undefined],
      ["GET", "/messages", undefined],
      ["GET", "/members", undefined],
      ["GET", "/events", undefined],
      ...denied(eve!, bob!),
    ] as const) {
      const bytes = async (channelId: string) =>
        comparableResponse(
          await sendRaw(method, `/v1/channels/${channelId}${path}`, {
            token: who.token,
            body: body && JSON.stringify(body),
          }),
        );
      const got = await bytes(id);
      expect([method, path, got]).toEqual([method, path, await bytes(madeUp)]);
      expect(got).toMatch(/^404\n/);
    }
    expect((await requestUpgrade(`/v1/channels/${id}/realtime`, who.token)).status).toBe(404);
  }
});
