import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, describe, expect, test, vi } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { accounts, users } from "../../../src/db/index.ts";
import { getPresence, getUserPresence, updateUser, updateUserStatus } from "../../../src/protocol/index.ts";
import { ChannelRoom } from "../../../src/channel-object/index.ts";
import { type Person, people, person, session } from "../../support/worker/cast.ts";
import { callEndpoint, ok, refused } from "../../support/worker/endpoints.ts";
import { eventually } from "../../support/worker/eventually.ts";
import {
  attached,
  device,
  evictHub,
  hubOf,
  hubRows,
  hubTables,
  later,
  roomsWith,
} from "../../support/worker/hubs.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const of = (as: Person, { userId }: { userId: string }) => ok(getUserPresence, { as, params: { userId } });
const ofAll = async (as: Person, userIds: string[]) =>
  (await ok(getPresence, { as, query: { userIds: userIds.join(",") } })).items;
const choose = (as: Person, body: object) => ok(updateUserStatus, { as, body });

describe("[PS6] somebody's presence", () => {
  test("is online while a device is there, on any session, hibernated or not; then offline", async () => {
    const [ann, bob] = (await people("ann", "bob")) as [Person, Person];
    expect(await of(bob, ann)).toMatchObject({ presence: "offline", custom: null });
    const sockets = [await device(ann), await device(await session(ann))];
    for (const socket of sockets) {
      await evictHub(ann.userId);
      expect(await of(bob, ann)).toMatchObject({ userId: ann.userId, presence: "online" });
      socket.close();
    }
    await eventually(async () => (await of(bob, ann)).presence === "offline");
  });

  test("is as the room shows it: away, dnd, and a custom status until its end", async () => {
    const ann = await person("ann");
    const socket = await device(ann);
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const custom = { emoji: "🌴", text: "gone", expiresAt };
    for (const presence of ["away", "dnd"] as const) {
      await choose(ann, { presence, custom });
      expect(await of(ann, ann)).toMatchObject({ presence, custom });
    }
    await choose(ann, { presence: "auto" });
    await socket.ask("statusUpdate", { idle: true });
    expect(await of(ann, ann)).toMatchObject({ presence: "away", custom });
    later(60_000);
    expect(await of(ann, ann)).toMatchObject({ presence: "away", custom: null });
  });

  test("is online where a room has a direct socket of theirs; rooms behind a gateway are not asked", async () => {
    const [ann, bob, eve] = (await people("ann", "bob", "eve")) as [Person, Person, Person];
    const direct = newId("chn");
    const asked = roomsWith(ann.userId);
    await attached(ann, [newId("chn"), newId("chn")], "gateway");
    await attached(ann, [direct], "client");
    await attached(bob, [direct], "client");
    expect(await ofAll(eve, [ann.userId, bob.userId])).toMatchObject([
      { presence: "online" },
      { presence: "offline" },
    ]);
    expect(asked).toEqual([direct, direct]);
    later(61_000);
    expect(await of(eve, bob)).toMatchObject({ presence: "offline" });
    expect(await hubRows(bob.userId, "attachments"), "a room that has none is not asked again").toEqual([]);
  });

  test("is offline where rooms do not answer, and they are asked again", async () => {
    const ann = await person("ann");
    await attached(ann, [newId("chn")], "client");
    later(61_000);
    const deaf = vi.spyOn(ChannelRoom.prototype, "hasSocket").mockRejectedValue(new Error("deaf"));
    expect(await of(ann, ann)).toMatchObject({ presence: "offline" });
    deaf.mockRestore();
    roomsWith(ann.userId);
    expect(await of(ann, ann)).toMatchObject({ presence: "online" });
  });

  test("is offline while they are suspended, whoever still believes them there", async () => {
    const [ann, boss] = [await person("ann"), await person("boss", { role: "admin" })];
    roomsWith(ann.userId);
    await device(ann);
    await ok(updateUser, { as: boss, params: { userId: ann.userId }, body: { active: false } });
    await hubOf(ann.userId).notify(newId("chn"), []);
    expect(await of(boss, ann)).toMatchObject({ presence: "offline" });
  });

  test("of up to 200 comes in one answer, as asked, each once; who does not exist is left out", async () => {
    const [ann, bob] = (await people("ann", "bob")) as [Person, Person];
    await device(bob);
    const nobody = newId("usr");
    const fresh = await person("fresh");
    // An account whose hub was never told of it.
    const unborn = { userId: newId("usr") };
    await accounts(env).update(users).set({ id: unborn.userId }).where(eq(users.id, fresh.userId));
    expect(await ofAll(ann, [bob.userId, nobody, unborn.userId, ann.userId, bob.userId])).toMatchObject([
      { userId: bob.userId, presence: "online" },
      { ...unborn, presence: "offline", custom: null, lastActiveAt: null },
      { userId: ann.userId, presence: "offline" },
    ]);
    expect(await hubTables(nobody)).toEqual([]);
    const many = Array.from({ length: 199 }, () => newId("usr"));
    expect(await ofAll(ann, [...many, bob.userId])).toHaveLength(1);
    for (const userIds of [
      [...many, ann.userId, bob.userId].join(","),
      "",
      "x",
      `${ann.userId},`,
      nobody.slice(1),
    ])
      expect(await refused(getPresence, { as: ann, query: { userIds } })).toMatchObject({
        code: "validation_failed",
        issues: [expect.objectContaining({ path: expect.stringContaining("userIds") })],
      });
  });

  test("asks D1 about nobody whom it found before, and goes on without it", async () => {
    const [ann, bob] = (await people("ann", "bob")) as [Person, Person];
    await ofAll(ann, [ann.userId, bob.userId]);
    vi.spyOn(env.DB, "prepare").mockImplementation(() => {
      throw new Error("D1_ERROR: no answer");
    });
    expect(await ofAll(ann, [ann.userId, bob.userId])).toHaveLength(2);
    expect((await callEndpoint(getUserPresence, { as: ann, params: { userId: newId("usr") } })).status).toBe(
      503,
    );
  });

  test("of nobody is not found, and refused to whoever has no session", async () => {
    const ann = await person("ann");
    for (const userId of [newId("usr"), "x", newId("chn")])
      expect(await refused(getUserPresence, { as: ann, params: { userId } })).toMatchObject({
        code: "not_found",
      });
    expect(await refused(getUserPresence, { params: ann as never })).toMatchObject({
      code: "unauthenticated",
    });
    expect(await refused(getPresence, { query: { userIds: ann.userId } })).toMatchObject({
      code: "unauthenticated",
    });
  });
});
