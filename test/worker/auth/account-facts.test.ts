import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { AccountFacts, UserFacts } from "../../../src/domain/actor.ts";
import { newId } from "../../../src/lib/ids.ts";
import { unwrap } from "../../../src/rpc/rpc-result.ts";
import { accountDatabase, users } from "../../../src/db/index.ts";
import { readAccount } from "../../../src/features/users/index.ts";
import { getMe, refreshToken } from "../../../src/protocol/index.ts";
import { ChannelRoom } from "../../../src/channel-object/index.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { createSession, createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import {
  evictHub,
  hubRows,
  hubStub,
  hubTables,
  runHubAlarmAfter,
} from "../../support/worker/objects/hub-object.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Records the facts that rooms receive, in order; the rooms answer `interested`. */
function recordSentFacts(interested = true) {
  const sentFacts: UserFacts[] = [];
  vi.spyOn(ChannelRoom.prototype, "setFacts").mockImplementation(async (facts) => {
    sentFacts.push(facts);
    return interested;
  });
  return sentFacts;
}

/** Changes an account as an administrator's request does: announces the change to the hub, then writes the row. */
async function changeAccount(someone: TestUser, facts: Partial<AccountFacts>): Promise<void> {
  const before = (await readAccount(env, someone.userId))!;
  const expectation = await hubStub(someone.userId).announceAccountChange();
  const { userId: _, ...values } = facts;
  await accountDatabase(env)
    .update(users)
    .set({ ...values, rev: before.rev + 1 })
    .where(eq(users.id, someone.userId));
  await hubStub(someone.userId).applyAccount((await readAccount(env, someone.userId))!, { expectation });
}

describe("hub of a made-up id", () => {
  test("rejects every call and creates nothing", async () => {
    const userId = newId("usr");
    const hub = hubStub(userId);
    const [sessionId, channelId] = [newId("ses"), newId("chn")];
    expect(await hub.checkSession(sessionId)).toMatchObject({
      ok: false,
      problem: { code: "unauthenticated" },
    });
    expect(await hub.attachSocket(sessionId, channelId)).toMatchObject({
      ok: false,
      problem: { code: "unauthenticated" },
    });
    expect(await hub.admitAsMember(channelId)).toMatchObject({ ok: false, problem: { code: "not_found" } });
    expect(await hub.endSession(sessionId)).toMatchObject({ ok: false, problem: { code: "not_found" } });
    expect(
      await hub.rotateRefreshToken({ userId, sessionId, generation: 0, mac: "x", tag: "x" }),
    ).toMatchObject({
      ok: false,
    });
    expect(await hub.listSessions(sessionId)).toEqual([]);
    await hub.endSessions();
    await hub.applyAccount({
      userId,
      username: "x",
      role: "owner",
      active: true,
      rev: 1,
      credentialVersion: 1,
    });
    expect(await hubTables(userId)).toEqual([]);
  });
});

describe("admitAsMember", () => {
  test("sends the user's facts to the room, read from D1 if the hub has none", async () => {
    const ann = await createUser("ann");
    const made = await createUser("bob");
    const unknown = { ...made, userId: newId("usr") };
    await accountDatabase(env).update(users).set({ id: unknown.userId }).where(eq(users.id, made.userId));
    for (const { userId, username } of [ann, unknown]) {
      const facts = { userId, username, role: "member", active: true, rev: 1 };
      expect(unwrap(await hubStub(userId).admitAsMember(newId("chn")))).toEqual(facts);
      await evictHub(userId);
      expect(unwrap(await hubStub(userId).admitAsMember(newId("chn")))).toEqual(facts);
    }
  });

  test("queries D1 once, then never again", async () => {
    const ann = await createUser("ann");
    const fresh = { ...ann, userId: newId("usr") };
    await accountDatabase(env).update(users).set({ id: fresh.userId }).where(eq(users.id, ann.userId));
    await hubStub(fresh.userId).admitAsMember(newId("chn"));
    const prepare = vi.spyOn(env.DB, "prepare");
    await evictHub(fresh.userId);
    unwrap(await hubStub(fresh.userId).admitAsMember(newId("chn")));
    expect(prepare).not.toHaveBeenCalled();
  });

  test("is unavailable if it needs D1 and D1 is down, and stores nothing", async () => {
    const userId = newId("usr");
    vi.spyOn(env.DB, "prepare").mockImplementation(() => {
      throw new Error("D1_ERROR: no answer");
    });
    expect(await hubStub(userId).admitAsMember(newId("chn"))).toMatchObject({
      ok: false,
      problem: { code: "unavailable", retryAfterMs: 2_000 },
    });
    expect(await hubTables(userId)).toEqual([]);
  });

  test("reports a suspended user as inactive", async () => {
    const ann = await createUser("ann");
    await changeAccount(ann, { active: false });
    expect(await hubStub(ann.userId).admitAsMember(newId("chn"))).toMatchObject({
      ok: false,
      problem: { code: "conflict" },
    });
  });
});

describe("changed facts", () => {
  test("[AC9] reach every room that subscribed to them, once committed", async () => {
    const ann = await createUser("ann");
    const channels = [newId("chn"), newId("chn")];
    await hubStub(ann.userId).admitAsMember(channels[0]!);
    await hubStub(ann.userId).attachSocket(ann.sessionId, channels[1]!);
    const sentFacts = recordSentFacts();
    await changeAccount(ann, { role: "admin" });
    const facts = { userId: ann.userId, username: ann.username, role: "admin", active: true, rev: 2 };
    expect(sentFacts).toEqual([facts, facts]);
    expect(await expectOk(getMe, { as: ann })).toMatchObject({ role: "admin" });
    expect(unwrap(await hubStub(ann.userId).checkSession(ann.sessionId)).role).toBe("admin");
    expect(await hubRows(ann.userId, "room_calls")).toEqual([]);
  });

  test("that rooms do not need are sent to no room", async () => {
    const ann = await createUser("ann");
    await hubStub(ann.userId).admitAsMember(newId("chn"));
    const sentFacts = recordSentFacts();
    await changeAccount(ann, {});
    expect(sentFacts).toEqual([]);
  });

  test("[AC9] reach an unreachable room later by alarm, in their newest version", async () => {
    const ann = await createUser("ann");
    await hubStub(ann.userId).admitAsMember(newId("chn"));
    const rejection = vi.spyOn(ChannelRoom.prototype, "setFacts").mockRejectedValue(new Error("unreachable"));
    await changeAccount(ann, { role: "admin" });
    await evictHub(ann.userId);
    await runHubAlarmAfter(ann.userId, 61_000);
    await changeAccount(ann, { role: "member", username: "ann-renamed" });
    rejection.mockRestore();
    const sentFacts = recordSentFacts();
    await runHubAlarmAfter(ann.userId, 61_000);
    expect(sentFacts).toEqual([
      { userId: ann.userId, username: "ann-renamed", role: "member", active: true, rev: 3 },
    ]);
    expect(await hubRows(ann.userId, "room_calls")).toEqual([]);
  });

  test("[AC9] are sent again if they changed during the delivery", async () => {
    const ann = await createUser("ann");
    await hubStub(ann.userId).admitAsMember(newId("chn"));
    const revs: number[] = [];
    vi.spyOn(ChannelRoom.prototype, "setFacts").mockImplementation(async ({ rev }) => {
      revs.push(rev);
      if (rev === 2) await changeAccount(ann, { role: "member" });
      if (rev === 3 && revs.length === 2) throw new Error("unreachable once");
      return true;
    });
    await changeAccount(ann, { role: "admin" });
    expect(revs).toEqual([2, 3]);
    expect(await hubRows(ann.userId, "room_calls")).toMatchObject([{ rev: 3, attempts: 1 }]);
    await runHubAlarmAfter(ann.userId, 61_000);
    expect(revs).toEqual([2, 3, 3]);
    expect(await hubRows(ann.userId, "room_calls")).toEqual([]);
  });

  test("stop going to a room that answers repeatedly that it stores none", async () => {
    const ann = await createUser("ann");
    await hubStub(ann.userId).admitAsMember(newId("chn"));
    const sentFacts = recordSentFacts(false);
    await changeAccount(ann, { role: "admin" });
    expect(await hubRows(ann.userId, "holders")).toHaveLength(1);
    expect(await runHubAlarmAfter(ann.userId, 61_000)).toBe(true);
    expect(await hubRows(ann.userId, "holders")).toEqual([]);
    await changeAccount(ann, { role: "member" });
    expect(sentFacts.map(({ rev }) => rev)).toEqual([2, 2]);
  });

  test("[AC9] that are older than the hub's change nothing", async () => {
    const ann = await createUser("ann");
    const old = (await readAccount(env, ann.userId))!;
    await changeAccount(ann, { role: "admin", credentialVersion: 2 });
    const again = await createSession({ ...ann, role: "admin" }).catch(() => undefined);
    expect(again).toBeUndefined();
    await hubStub(ann.userId).applyAccount({ ...old, role: "owner", active: false });
    expect(await hubRows(ann.userId, "account")).toMatchObject([
      { role: "admin", active: 1, rev: 2, credential_version: 2 },
    ]);
  });

  test("of another user's account are rejected", async () => {
    const [ann, eve] = [await createUser("ann"), await createUser("eve")];
    const facts = (await readAccount(env, eve.userId))!;
    const errorText = await runInDurableObject(hubStub(ann.userId), (hub) =>
      hub.applyAccount({ ...facts, rev: 9 }).catch(String),
    );
    expect(errorText).toContain("another user");
    expect(await hubRows(ann.userId, "account")).toMatchObject([{ username: ann.username, rev: 1 }]);
  });

  test("that suspend the user end all sessions and sockets and block new ones", async () => {
    const ann = await createUser("ann");
    const other = await createSession(ann);
    const socket = await ann.connect(await createChannelFor(ann));
    await changeAccount(ann, { active: false });
    expect(await socket.closed).toMatchObject({ code: 4401 });
    for (const one of [ann, other]) {
      expect(await expectRejected(getMe, { as: one })).toMatchObject({ code: "unauthenticated" });
      expect(await expectRejected(refreshToken, { body: { refreshToken: one.refreshToken } })).toMatchObject({
        code: "unauthenticated",
      });
    }
    await expect(createSession(ann)).rejects.toThrow("No live session");
    advanceClock(1_000);
    await changeAccount(ann, { active: true });
    const facts = (await readAccount(env, ann.userId))!;
    unwrap(
      await hubStub(ann.userId).createSession({ account: facts, device: "test", addressPrefix: "unknown" }),
    );
  });
});
