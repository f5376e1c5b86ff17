import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, describe, expect, test, vi } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { accountDatabase, users } from "../../../src/db/index.ts";
import { getPresence, getUserPresence, updateUser, updateUserStatus } from "../../../src/protocol/index.ts";
import { ChannelRoom } from "../../../src/channel-object/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { connectHub } from "../../support/worker/clients/object-sockets.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { fakeRoomSockets } from "../../support/worker/fakes/object-methods.ts";
import {
  createSession,
  createUser,
  createUsers,
  type TestUser,
} from "../../support/worker/fixtures/accounts.ts";
import {
  attachRooms,
  evictHub,
  hubRows,
  hubStub,
  hubTables,
} from "../../support/worker/objects/hub-object.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const of = (as: TestUser, { userId }: { userId: string }) =>
  expectOk(getUserPresence, { as, params: { userId } });
const ofAll = async (as: TestUser, userIds: string[]) =>
  (await expectOk(getPresence, { as, query: { userIds: userIds.join(",") } })).items;
const choose = (as: TestUser, body: object) => expectOk(updateUserStatus, { as, body });

describe("[PS6] presence over REST", () => {
  test("is online while any session has a device, hibernated or not, then offline", async () => {
    const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
    expect(await of(bob, ann)).toMatchObject({ presence: "offline", custom: null });
    const sockets = [await connectHub(ann), await connectHub(await createSession(ann))];
    for (const socket of sockets) {
      await evictHub(ann.userId);
      expect(await of(bob, ann)).toMatchObject({ userId: ann.userId, presence: "online" });
      socket.close();
    }
    await eventually(async () => (await of(bob, ann)).presence === "offline");
  });

  test("equals what rooms show: away, dnd, and a custom status until its end", async () => {
    const ann = await createUser("ann");
    const socket = await connectHub(ann);
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const custom = { emoji: "🌴", text: "gone", expiresAt };
    for (const presence of ["away", "dnd"] as const) {
      await choose(ann, { presence, custom });
      expect(await of(ann, ann)).toMatchObject({ presence, custom });
    }
    await choose(ann, { presence: "auto" });
    await socket.sendCommand("statusUpdate", { idle: true });
    expect(await of(ann, ann)).toMatchObject({ presence: "away", custom });
    advanceClock(60_000);
    expect(await of(ann, ann)).toMatchObject({ presence: "away", custom: null });
  });

  test("asks rooms about direct sockets only, and is online if one has any", async () => {
    const [ann, bob, eve] = (await createUsers("ann", "bob", "eve")) as [TestUser, TestUser, TestUser];
    const direct = newId("chn");
    const asked = fakeRoomSockets(ann.userId);
    await attachRooms(ann, [newId("chn"), newId("chn")], "gateway");
    await attachRooms(ann, [direct], "client");
    await attachRooms(bob, [direct], "client");
    expect(await ofAll(eve, [ann.userId, bob.userId])).toMatchObject([
      { presence: "online" },
      { presence: "offline" },
    ]);
    expect(asked).toEqual([direct, direct]);
    advanceClock(61_000);
    expect(await of(eve, bob)).toMatchObject({ presence: "offline" });
    expect(await hubRows(bob.userId, "attachments"), "a room that has none is not asked again").toEqual([]);
  });

  test("is offline while rooms do not answer, and asks them again", async () => {
    const ann = await createUser("ann");
    await attachRooms(ann, [newId("chn")], "client");
    advanceClock(61_000);
    const deaf = vi.spyOn(ChannelRoom.prototype, "hasSocket").mockRejectedValue(new Error("deaf"));
    expect(await of(ann, ann)).toMatchObject({ presence: "offline" });
    deaf.mockRestore();
    fakeRoomSockets(ann.userId);
    expect(await of(ann, ann)).toMatchObject({ presence: "online" });
  });

  test("is offline while the user is suspended, whatever rooms report", async () => {
    const [ann, boss] = [await createUser("ann"), await createUser("boss", { role: "admin" })];
    fakeRoomSockets(ann.userId);
    await connectHub(ann);
    await expectOk(updateUser, { as: boss, params: { userId: ann.userId }, body: { active: false } });
    await hubStub(ann.userId).receiveNotices(newId("chn"), []);
    expect(await of(boss, ann)).toMatchObject({ presence: "offline" });
  });

  test("returns up to 200 users once each, as requested, without unknown ones", async () => {
    const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
    await connectHub(bob);
    const noUser = newId("usr");
    const fresh = await createUser("fresh");
    // An account that its hub has no data of.
    const unborn = { userId: newId("usr") };
    await accountDatabase(env).update(users).set({ id: unborn.userId }).where(eq(users.id, fresh.userId));
    expect(await ofAll(ann, [bob.userId, noUser, unborn.userId, ann.userId, bob.userId])).toMatchObject([
      { userId: bob.userId, presence: "online" },
      { ...unborn, presence: "offline", custom: null, lastActiveAt: null },
      { userId: ann.userId, presence: "offline" },
    ]);
    expect(await hubTables(noUser)).toEqual([]);
    const many = Array.from({ length: 199 }, () => newId("usr"));
    expect(await ofAll(ann, [...many, bob.userId])).toHaveLength(1);
    for (const userIds of [
      [...many, ann.userId, bob.userId].join(","),
      "",
      "x",
      `${ann.userId},`,
      noUser.slice(1),
    ])
      expect(await expectRejected(getPresence, { as: ann, query: { userIds } })).toMatchObject({
        code: "validation_failed",
        issues: [expect.objectContaining({ path: expect.stringContaining("userIds") })],
      });
  });

  test("reads known users without D1 and works while D1 is down", async () => {
    const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
    await ofAll(ann, [ann.userId, bob.userId]);
    vi.spyOn(env.DB, "prepare").mockImplementation(() => {
      throw new Error("D1_ERROR: no answer");
    });
    expect(await ofAll(ann, [ann.userId, bob.userId])).toHaveLength(2);
    expect((await callEndpoint(getUserPresence, { as: ann, params: { userId: newId("usr") } })).status).toBe(
      503,
    );
  });

  test("of an unknown user is `not_found`, and requires a session", async () => {
    const ann = await createUser("ann");
    for (const userId of [newId("usr"), "x", newId("chn")])
      expect(await expectRejected(getUserPresence, { as: ann, params: { userId } })).toMatchObject({
        code: "not_found",
      });
    expect(await expectRejected(getUserPresence, { params: ann as never })).toMatchObject({
      code: "unauthenticated",
    });
    expect(await expectRejected(getPresence, { query: { userIds: ann.userId } })).toMatchObject({
      code: "unauthenticated",
    });
  });
});
