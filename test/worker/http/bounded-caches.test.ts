import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { configOf } from "../../../src/config.ts";
import { LruMap } from "../../../src/lib/lru-map.ts";
import { newId } from "../../../src/lib/ids.ts";
import { hubOf } from "../../../src/rpc/stubs.ts";
import { MemberTable } from "../../../src/features/members/member-table.ts";
import { AccessTokens, accessTokens } from "../../../src/http/access-tokens.ts";
import { createSession, createUser, createUsers } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { roomStub } from "../../support/worker/objects/room-object.ts";

describe("[ER5] bounded cache", () => {
  test("never exceeds its bound, and evicts the least recently used entry", () => {
    const cache = new LruMap<number, string>(3);
    for (const key of [1, 2, 3]) cache.set(key, `${key}`);
    cache.get(1);
    cache.set(4, "4");
    expect([1, 2, 3, 4].map((key) => cache.get(key))).toEqual(["1", undefined, "3", "4"]);
    for (let key = 0; key < 1_000; key++) {
      cache.set(key, "x");
      expect(cache.size).toBeLessThanOrEqual(3);
    }
    cache.set(999, "again");
    expect([cache.size, cache.get(999)]).toEqual([3, "again"]);
    cache.delete(999);
    expect(cache.get(999)).toBeUndefined();
    cache.clear();
    expect(cache.size).toBe(0);
  });
});

describe("[ER5] verified tokens", () => {
  const fresh = () => new AccessTokens(configOf(env));

  test("are cached up to 1,000; rejected ones are not cached", async () => {
    const tokens = fresh();
    const claims = { userId: newId("usr"), sessionId: newId("ses"), generation: 0 };
    for (let made = 0; made < 1_050; made++) await tokens.verify(await tokens.issue(claims));
    expect(tokens.cached).toBe(1_000);
    const others = fresh();
    for (let tried = 0; tried < 50; tried++)
      await expect(others.verify(`x.${tried}.y`)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(others.cached).toBe(0);
  });

  test("expire, although they were verified before", async () => {
    const tokens = fresh();
    const token = await tokens.issue({ userId: newId("usr"), sessionId: newId("ses"), generation: 0 });
    const { expiresAt } = await tokens.verify(token);
    vi.useFakeTimers({ toFake: ["Date"], now: expiresAt + 1 });
    try {
      await expect(tokens.verify(token)).rejects.toMatchObject({ code: "unauthenticated" });
      expect(tokens.cached).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test("are rejected at the next request once their session has ended", async () => {
    const ann = await createUser("ann");
    const other = await createSession(ann);
    expect((await other.call("GET", "/v1/users/me")).status).toBe(200);
    await ann.call("DELETE", `/v1/auth/sessions/${other.sessionId}`);
    expect(await accessTokens(configOf(env)).verify(other.token)).toMatchObject({
      sessionId: other.sessionId,
    });
    expect((await other.call("GET", "/v1/users/me")).status).toBe(401);
  });
});

describe("[ER5] a room's member cache", () => {
  test("is bounded even for unknown users, and follows every change", async () => {
    const [ann, bob] = await createUsers("ann", "bob");
    const channelId = await createChannelFor(ann!);
    await runInDurableObject(roomStub(channelId), (_, { storage }) => {
      let reads = 0;
      const counting = {
        exec: (query: string, ...bindings: unknown[]) => (
          reads++,
          storage.sql.exec(query, ...(bindings as string[]))
        ),
      };
      const members = new MemberTable(counting as unknown as SqlStorage);
      const facts = { userId: bob!.userId, username: "bob", role: "member" as const, active: true, rev: 1 };
      expect(members.find(bob!.userId)).toBeUndefined();
      expect(members.find(bob!.userId)).toBeUndefined();
      expect(reads).toBe(1);
      members.insert({ userId: bob!.userId, role: "member", joinedAt: new Date().toISOString() }, facts);
      expect(members.find(bob!.userId)?.role).toBe("member");
      members.setRole({ userId: bob!.userId, role: "moderator", joinedAt: "" });
      expect(members.find(bob!.userId)?.role).toBe("moderator");
      members.updateFacts({ ...facts, active: false, rev: 2 });
      expect(members.find(bob!.userId)).toBeUndefined();
      members.updateFacts({ ...facts, active: true, rev: 3 });
      expect(members.find(bob!.userId)?.role).toBe("moderator");
      members.delete({ userId: bob!.userId, role: "moderator", joinedAt: "" });
      expect(members.find(bob!.userId)).toBeUndefined();
      reads = 0;
      const ids = Array.from({ length: 2_100 }, () => newId("usr"));
      for (const id of ids) members.find(id);
      expect(reads).toBe(2_100);
      for (const id of ids.slice(-2_000)) members.find(id);
      expect(reads, "the last 2,000 are cached").toBe(2_100);
      members.find(ids[0]!);
      expect(reads, "the first ones are not").toBe(2_101);
    });
  });

  test("is discarded with a failed write", async () => {
    const [ann, bob] = await createUsers("ann", "bob");
    const channelId = await createChannelFor(ann!);
    await runInDurableObject(roomStub(channelId), (_, { storage }) => {
      const members = new MemberTable(storage.sql);
      const member = { userId: bob!.userId, role: "member" as const, joinedAt: new Date().toISOString() };
      expect(() =>
        storage.transactionSync(() => {
          members.insert(member, {
            userId: bob!.userId,
            username: "bob",
            role: "member",
            active: true,
            rev: 1,
          });
          expect(members.find(bob!.userId)).toBeDefined();
          throw new Error("taken back");
        }),
      ).toThrow("taken back");
      members.clearCache();
      expect(members.find(bob!.userId)).toBeUndefined();
    });
  });
});

test("[ER5] a hub stores at most 100 sessions: a new one ends the oldest", async () => {
  const ann = await createUser("ann");
  const hub = hubOf(env, ann.userId);
  const account = {
    userId: ann.userId,
    username: ann.username,
    role: "member" as const,
    active: true,
    rev: 1,
    credentialVersion: 1,
  };
  for (let count = 0; count < 110; count++)
    await hub.createSession({ account, device: "test", addressPrefix: "192.0.2.0/24" });
  expect(await hub.listSessions(ann.sessionId)).toHaveLength(100);
  expect((await ann.call("GET", "/v1/users/me")).status).toBe(401);
});
