import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { randomItem, seededRandom } from "../../../scripts/support/seeded-random.ts";
import type { AccountFacts } from "../../../src/domain/actor.ts";
import { newId } from "../../../src/lib/ids.ts";
import { configOf } from "../../../src/config.ts";
import { reuseGraceMs, parseRefreshToken } from "../../../src/features/auth/refresh-tokens.ts";
import { ChannelRoom } from "../../../src/channel-object/index.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { evictHub, hubRows, hubStub, runHubAlarmAfter } from "../../support/worker/objects/hub-object.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

interface ModelSession {
  id: string;
  /** By generation. */
  tokens: string[];
  /** When the hub first saw each generation in use: as a refresh token, or by an access token issued with it. */
  seen: Map<number, number>;
  attached: Set<string>;
}

const idleMs = configOf(env).SESSION_IDLE_MS;
const idle = (sessions: Map<string, ModelSession & { usedAt: number }>) =>
  [...sessions.values()].filter(({ usedAt }) => Date.now() - usedAt >= idleMs);

test.each(Array.from({ length: 25 }, (_, seed) => seed))(
  "sessions match the model through random operations and evictions (seed %i)",
  async (seed) => {
    const random = seededRandom(seed);
    const chance = (probability: number): boolean => random() < probability;
    const pick = <T>(items: readonly T[]): T | undefined => randomItem(random, items);
    const userId = newId("usr");
    const account: AccountFacts = {
      userId,
      username: "ann",
      role: "member",
      active: true,
      rev: 1,
      credentialVersion: 1,
    };
    const live = new Map<string, ModelSession & { usedAt: number }>();
    const mustClose: string[] = [];
    const closed: string[] = [];
    let isUnreachable = false;
    vi.spyOn(ChannelRoom.prototype, "closeSession").mockImplementation(async (sessionId) => {
      if (isUnreachable) throw new Error("unreachable");
      closed.push(sessionId);
    });
    vi.spyOn(ChannelRoom.prototype, "setFacts").mockResolvedValue(true);
    const hub = () => hubStub(userId);
    const ended = (session: ModelSession | undefined): void => {
      if (!session || !live.delete(session.id)) return;
      for (const _ of session.attached) mustClose.push(session.id);
    };

    const steps: Record<string, () => Promise<void>> = {
      begin: async () => {
        const begun = await hub().createSession({ account: { ...account }, device: "d", addressPrefix: "a" });
        if (!begun.ok) throw new Error("No session");
        live.set(begun.value.sessionId, {
          id: begun.value.sessionId,
          tokens: [begun.value.refreshToken],
          seen: new Map(),
          attached: new Set(),
          usedAt: Date.now(),
        });
      },
      trade: async () => {
        const session = pick([...live.values()]);
        const token = session && pick(session.tokens.slice(-3));
        if (!token) return;
        const generation = session.tokens.indexOf(token);
        const isNewest = generation === session.tokens.length - 1;
        const successorSeenAt = session.seen.get(generation + 1);
        const answer = await hub().rotateRefreshToken(parseRefreshToken(token)!);
        if (isNewest) {
          if (!answer.ok) throw new Error("The newest token was rejected");
          expect(answer.value.generation).toBe(generation + 1);
          // The response may be lost: then the client presents the same token again.
          session.tokens.push(answer.value.refreshToken);
          session.usedAt = Date.now();
          session.seen.set(generation, session.seen.get(generation) ?? Date.now());
        } else if (successorSeenAt === undefined || Date.now() - successorSeenAt <= reuseGraceMs) {
          const value = { refreshToken: session.tokens[generation + 1], generation: generation + 1 };
          expect(answer).toMatchObject({ ok: true, value });
        } else {
          expect(answer.ok).toBe(false);
          ended(session);
        }
      },
      use: async () => {
        const session = pick([...live.values()]);
        if (!session) return;
        const newest = session.tokens.length - 1;
        const generation = pick([newest, newest - 1].filter((one) => one >= 0))!;
        expect((await hub().checkSession(session.id, undefined, generation)).ok).toBe(true);
        if (generation === newest) session.seen.set(newest, session.seen.get(newest) ?? Date.now());
        if (Date.now() - session.usedAt >= 60_000) session.usedAt = Date.now();
      },
      attach: async () => {
        const session = pick([...live.values()]);
        const channelId = pick(channels);
        if (!session || !channelId) return;
        expect((await hub().attachSocket(session.id, channelId)).ok).toBe(true);
        session.attached.add(channelId);
        if (Date.now() - session.usedAt >= 60_000) session.usedAt = Date.now();
      },
      endOne: async () => {
        const session = pick([...live.values()]);
        if (!session) return;
        expect((await hub().endSession(session.id)).ok).toBe(true);
        ended(session);
        expect((await hub().endSession(session.id)).ok).toBe(false);
      },
      endOthers: async () => {
        const kept = pick([...live.keys()]);
        await hub().endSessions(kept ? { except: kept } : {});
        for (const session of [...live.values()]) if (session.id !== kept) ended(session);
      },
      changePassword: async () => {
        const keep = pick([...live.keys()]);
        account.rev++;
        account.credentialVersion++;
        await hub().applyAccount({ ...account }, keep ? { keep } : {});
        for (const session of [...live.values()]) if (session.id !== keep) ended(session);
      },
      promote: async () => {
        account.rev++;
        account.role = account.role === "member" ? "admin" : "member";
        await hub().applyAccount({ ...account });
      },
      pause: async () => advanceClock(pick([1_000, 8_000, 61_000, idleMs / 3])!),
      toggleReachability: async () => void (isUnreachable = !isUnreachable),
      alarm: async () => void (await runHubAlarmAfter(userId, 1_000)),
    };
    const channels = [newId("chn"), newId("chn"), newId("chn")];
    await steps["begin"]!();

    for (let round = 0; round < 40; round++) {
      const name = pick(Object.keys(steps))!;
      for (const session of idle(live)) ended(session);
      await steps[name]!();
      if (chance(0.4)) await evictHub(userId);
      for (const session of idle(live)) ended(session);
      const listed = await hub().listSessions("");
      expect(listed.map(({ id }) => id).toSorted(), `round ${round}: ${name}`).toEqual(
        [...live.keys()].toSorted(),
      );
      for (const session of live.values()) {
        expect(await hub().checkSession(session.id)).toEqual({
          ok: true,
          value: { userId, sessionId: session.id, role: account.role },
        });
        if (Date.now() - session.usedAt >= 60_000) session.usedAt = Date.now();
      }
    }

    isUnreachable = false;
    for (let attempt = 0; attempt < 3; attempt++) await runHubAlarmAfter(userId, 61_000);
    const waiting = await hubRows(userId, "room_calls");
    expect(waiting).toEqual([]);
    // Each room is notified at least once; duplicates are allowed.
    for (const sessionId of new Set(mustClose)) expect(closed).toContain(sessionId);
    for (const sessionId of closed) expect(live.has(sessionId)).toBe(false);
  },
);
