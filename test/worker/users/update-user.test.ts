import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { accountDatabase, users } from "../../../src/db/index.ts";
import { findUser } from "../../../src/features/users/index.ts";
import {
  getAllChannelIds,
  getMe,
  getUser,
  login,
  updateUser,
  type User,
} from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { requestUpgrade } from "../../support/worker/clients/socket-client.ts";
import { disconnectDatabase, restoreDatabases } from "../../support/worker/fakes/database-interceptor.ts";
import {
  createSession,
  createUser,
  createUsers,
  testPassword,
  type TestUser,
} from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { hubRows, hubStub, hubTables } from "../../support/worker/objects/hub-object.ts";
import { evictRoom } from "../../support/worker/objects/room-object.ts";

let owner: TestUser;
let admin: TestUser;
let bob: TestUser;

beforeEach(async () => {
  // There is one owner at a time: demotes the previous test's owner.
  await accountDatabase(env).update(users).set({ role: "member" }).where(eq(users.role, "owner"));
  owner = await createUser("owner", { role: "owner" });
  [admin, bob] = [await createUser("admin", { role: "admin" }), await createUser("bob")];
});
afterEach(restoreDatabases);

const rowOf = ({ userId }: { userId: string }) => findUser(accountDatabase(env), userId);
const change = (as: TestUser, { userId }: { userId: string }, body: object): Promise<User> =>
  expectOk(updateUser, { as, params: { userId }, body });
const rejectionOf = async (as: TestUser, { userId }: { userId: string }, body: object): Promise<string> =>
  (await expectRejected(updateUser, { as, params: { userId }, body })).code;
const expectations = async ({ userId }: TestUser) =>
  (await hubRows(userId, "due")).filter(({ key }) => String(key).startsWith("account:"));
const logIn = ({ username }: TestUser) =>
  callEndpoint(login, { body: { login: username, password: testPassword } });

describe("updateUser: roles", () => {
  test("[CH4] an admin promotes a member, at once, and demotes them again", async () => {
    expect(await expectRejected(getAllChannelIds, { as: bob })).toMatchObject({ code: "forbidden" });
    expect(await change(admin, bob, { role: "admin" })).toMatchObject({ id: bob.userId, role: "admin" });
    await expectOk(getAllChannelIds, { as: bob });
    expect(await expectOk(getUser, { as: admin, params: { userId: bob.userId } })).toMatchObject({
      role: "admin",
    });
    expect(await change(bob, admin, { role: "member" })).toMatchObject({ role: "member" });
    expect(await rejectionOf(admin, bob, { role: "member" })).toBe("forbidden");
    expect(await expectations(bob)).toEqual([]);
  });

  test("[CH4] a new role applies in rooms and on open sockets, hibernated or not", async () => {
    const ann = await createUser("ann");
    const channelId = await createChannelFor(ann, [bob]);
    const socket = await bob.connect(channelId);
    await evictRoom(channelId);
    expect(await socket.sendCommand("channelUpdate", { topic: "no" })).toMatchObject({
      error: { code: "forbidden" },
    });
    await change(admin, bob, { role: "admin" });
    expect(await socket.sendCommand("channelUpdate", { topic: "yes" })).toMatchObject({ type: "ack" });
    await change(admin, bob, { role: "member" });
    expect(await socket.sendCommand("channelUpdate", { topic: "no" })).toMatchObject({ type: "error" });
    socket.close();
  });

  test("[CH4] the owner transfers the workspace: two rows, two hubs, one owner", async () => {
    expect(await change(owner, bob, { role: "owner" })).toMatchObject({ role: "owner" });
    expect(await expectOk(getMe, { as: owner })).toMatchObject({ role: "admin" });
    expect((await hubStub(owner.userId).checkSession(owner.sessionId)) as object).toMatchObject({
      value: { role: "admin" },
    });
    expect((await hubStub(bob.userId).checkSession(bob.sessionId)) as object).toMatchObject({
      value: { role: "owner" },
    });
    expect([...(await expectations(owner)), ...(await expectations(bob))]).toEqual([]);
    // The same request, repeated after a lost response, returns the same result.
    expect(await change(owner, bob, { role: "owner" })).toMatchObject({ role: "owner" });
    expect(await rejectionOf(owner, bob, { role: "admin" })).toBe("forbidden");
    expect(await rejectionOf(owner, admin, { role: "owner" })).toBe("forbidden");
  });

  test("[CH4] the owner can't be demoted, admins can't promote themselves", async () => {
    const before = await Promise.all([owner, admin, bob].map(rowOf));
    for (const body of [{ role: "admin" }, { role: "member" }, { active: false }])
      expect(await rejectionOf(admin, owner, body)).toBe("forbidden");
    for (const body of [{ role: "member" }, { role: "owner" }, { active: false }])
      expect(await rejectionOf(admin, admin, body)).toBe("conflict");
    for (const body of [{ role: "admin" }, { active: false }])
      expect(await rejectionOf(owner, owner, body)).toBe("conflict");
    expect(await rejectionOf(admin, bob, { role: "owner" })).toBe("forbidden");
    for (const target of [owner, admin, bob])
      for (const body of [{}, { role: "admin" }, { active: false }])
        expect(await rejectionOf(bob, target, body)).toBe("forbidden");
    expect(await rejectionOf(owner, bob, { role: "owner", active: false })).toBe("conflict");
    expect(await Promise.all([owner, admin, bob].map(rowOf))).toEqual(before);
  });

  test("[ER2] invalid fields and unknown ids change nothing and create no hub", async () => {
    for (const [body, path] of [
      [{ role: "king" }, "role"],
      [{ active: "yes" }, "active"],
      [{ active: null }, "active"],
      [{ username: "x" }, ""],
    ] as const)
      expect(
        await expectRejected(updateUser, { as: admin, params: { userId: bob.userId }, body }),
      ).toMatchObject({
        code: "validation_failed",
        issues: [{ path }],
      });
    const unknownId = newId("usr");
    expect(await rejectionOf(owner, { userId: unknownId }, { role: "owner" })).toBe("not_found");
    expect(await hubTables(unknownId)).toEqual([]);
    expect(await rejectionOf(owner, { userId: "you" }, { active: false })).toBe("not_found");
    expect(await expectRejected(updateUser, { params: { userId: bob.userId }, body: {} })).toMatchObject({
      code: "unauthenticated",
    });
  });
});

describe("updateUser: suspension", () => {
  test("[CH4] ends every session and socket; a login fails as with a wrong password", async () => {
    const [ann, cid] = (await createUsers("ann", "cid")) as [TestUser, TestUser];
    const other = await createSession(bob);
    const channels = [
      await createChannelFor(ann, [bob]),
      await createChannelFor(bob, [], { isPrivate: true }),
    ] as const;
    const sockets = [
      await bob.connect(channels[0]),
      await other.connect(channels[0]),
      await bob.connect(channels[1]),
    ];
    const anns = await ann.connect(channels[0]);
    await evictRoom(channels[0]);
    expect(await change(admin, bob, { active: false })).toMatchObject({ active: false });
    for (const socket of sockets) expect(await socket.closed).toMatchObject({ code: 4401 });
    expect(anns.ws.readyState).toBe(WebSocket.OPEN);
    for (const who of [bob, other]) {
      expect(await expectRejected(getMe, { as: who })).toMatchObject({ code: "unauthenticated" });
      expect((await requestUpgrade(`/v1/channels/${channels[0]}/realtime`, who.token)).status).toBe(401);
      expect((await who.call("POST", "/v1/auth/refresh", { refreshToken: who.refreshToken })).status).toBe(
        401,
      );
    }
    const comparable = ({ status, body }: { status: number; body: any }) => ({
      status,
      ...body,
      requestId: "",
    });
    const wrong = await callEndpoint(login, { body: { login: cid.username, password: "not this one" } });
    expect(comparable(await logIn(bob))).toEqual(comparable(wrong));
    anns.close();
  });

  test("[CH4] reactivated users log in to their channels; old sessions stay ended", async () => {
    const ann = await createUser("ann");
    const channelId = await createChannelFor(ann, [bob], { isPrivate: true });
    await change(owner, bob, { active: false });
    expect(await change(admin, bob, { active: true })).toMatchObject({ active: true });
    expect(await expectRejected(getMe, { as: bob })).toMatchObject({ code: "unauthenticated" });
    const { body } = await logIn(bob);
    const back = { ...bob, token: body.tokens.accessToken as string };
    expect(await expectOk(getMe, { as: back })).toMatchObject({ active: true });
    expect((await callEndpoint(getMe, { as: back })).status).toBe(200);
    expect((await ann.call("GET", `/v1/channels/${channelId}/members`)).body.items.length).toBe(2);
  });

  test("[CH4] a suspended admin can change no user, even before their hub's notice", async () => {
    await accountDatabase(env).update(users).set({ active: false, rev: 2 }).where(eq(users.id, admin.userId));
    expect(await rejectionOf(admin, bob, { active: false })).toBe("forbidden");
    expect(await rowOf(bob)).toMatchObject({ active: true });
  });

  test("[CH4] a change to the current values returns them, without rev or notice", async () => {
    const before = await rowOf(bob);
    for (const body of [{}, { role: "member" }, { active: true }, { role: "member", active: true }])
      expect(await change(admin, bob, body)).toMatchObject({ role: "member", active: true });
    expect(await change(admin, admin, { role: "admin" })).toMatchObject({ role: "admin" });
    expect(await rowOf(bob)).toEqual(before);
    expect(await expectations(bob)).toEqual([]);
  });

  test("without D1 it is unavailable and changes nothing", async () => {
    disconnectDatabase();
    expect(await rejectionOf(admin, bob, { active: false })).toBe("unavailable");
    restoreDatabases();
    expect(await expectOk(getMe, { as: bob })).toMatchObject({ active: true });
  });
});
