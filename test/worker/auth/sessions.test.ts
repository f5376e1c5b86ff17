import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { configOf } from "../../../src/config.ts";
import { newId } from "../../../src/lib/ids.ts";
import {
  endAllSessions,
  endSession,
  getMe,
  getSessions,
  logout,
  refreshToken,
} from "../../../src/protocol/index.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { logIn } from "../../support/worker/clients/log-in.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import {
  createSession,
  createUser,
  testPassword,
  type TestUser,
} from "../../support/worker/fixtures/accounts.ts";
import { evictHub, hubRows, hubStub, runHubAlarmAfter } from "../../support/worker/objects/hub-object.ts";

afterEach(() => void vi.useRealTimers());

const isLive = async (someone: TestUser) => (await expectOk(getMe, { as: someone })).id === someone.userId;
const expectEnded = async ({ token, refreshToken: refresh }: TestUser) => {
  expect(await expectRejected(getMe, { as: { token } })).toMatchObject({ code: "unauthenticated" });
  expect(await expectRejected(refreshToken, { body: { refreshToken: refresh } })).toMatchObject({
    code: "unauthenticated",
  });
};

describe("getSessions", () => {
  test("lists the live ones, newest first, and marks the current one", async () => {
    const ann = await createUser("ann");
    advanceClock(1_000);
    const other = await createSession(ann);
    const { items } = await expectOk(getSessions, { as: ann });
    expect(items.map(({ id, current }) => [id, current])).toEqual([
      [other.sessionId, false],
      [ann.sessionId, true],
    ]);
  });

  test.each([
    ["203.0.113.77", "203.0.113.0/24"],
    ["2001:db8:12:3456::7", "2001:db8:12::/48"],
    ["::1", "0:0:0::/48"],
    ["::ffff:198.51.100.4", "198.51.100.0/24"],
    ["not an address", "unknown"],
  ])(
    "shows the address prefix (%s as %s) and device of a session's start",
    async (address, addressPrefix) => {
      const ann = await createUser("ann");
      const headers = { "CF-Connecting-IP": address, "User-Agent": `Parley/1.0 \t  ${"x".repeat(200)}` };
      const { tokens } = await logIn({ login: ann.username, password: testPassword }, headers);
      const { items } = await expectOk(getSessions, { as: { token: tokens.accessToken } });
      const current = items.find((item) => item.current)!;
      expect(current.addressPrefix).toBe(addressPrefix);
      expect(current.device).toMatch(/^Parley\/1\.0 x{100,}$/);
      expect(current.device).toHaveLength(120);
    },
  );

  test("records use once a minute", async () => {
    const ann = await createUser("ann");
    const [{ last_used_at: before }] = (await hubRows(ann.userId, "sessions")) as [{ last_used_at: number }];
    advanceClock(59_000);
    await expectOk(getMe, { as: ann });
    expect(await hubRows(ann.userId, "sessions")).toMatchObject([{ last_used_at: before }]);
    advanceClock(2_000);
    await expectOk(getMe, { as: ann });
    const [{ last_used_at: after }] = (await hubRows(ann.userId, "sessions")) as [{ last_used_at: number }];
    expect(after).toBeGreaterThanOrEqual(before + 61_000);
  });

  test("rejects a request without a token", async () => {
    for (const endpoint of [getSessions, endAllSessions, logout])
      expect(await expectRejected(endpoint)).toMatchObject({ code: "unauthenticated" });
  });
});

describe("ending sessions", () => {
  test("[AC4] [ER5] logout ends only the current session, at once and for good", async () => {
    const ann = await createUser("ann");
    const other = await createSession(ann);
    await expectOk(getMe, { as: ann });
    await expectOk(logout, { as: ann });
    await expectEnded(ann);
    expect(await isLive(other)).toBe(true);
    await evictHub(ann.userId);
    await expectEnded(ann);
  });

  test("[AC4] a session ends another of the same user", async () => {
    const ann = await createUser("ann");
    const other = await createSession(ann);
    await expectOk(endSession, { as: ann, params: { sessionId: other.sessionId } });
    await expectEnded(other);
    expect(await isLive(ann)).toBe(true);
    expect(
      await expectRejected(endSession, { as: ann, params: { sessionId: other.sessionId } }),
    ).toMatchObject({
      code: "not_found",
    });
  });

  test("another user's session can't be ended and looks like a missing one", async () => {
    const [ann, eve] = [await createUser("ann"), await createUser("eve")];
    const answers = [];
    for (const sessionId of [ann.sessionId, newId("ses"), "ses_1"])
      answers.push((await expectRejected(endSession, { as: eve, params: { sessionId } })).code);
    expect(answers).toEqual(["not_found", "not_found", "not_found"]);
    expect(await isLive(ann)).toBe(true);
  });

  test("[AC4] all sessions end together, the current one included", async () => {
    const ann = await createUser("ann");
    const others = await Promise.all([createSession(ann), createSession(ann)]);
    await expectOk(endAllSessions, { as: ann });
    for (const one of [ann, ...others]) await expectEnded(one);
    expect(await hubRows(ann.userId, "sessions")).toEqual([]);
  });

  test("more than a hundred sessions end the least recently used one", async () => {
    const ann = await createUser("ann");
    advanceClock(1_000);
    const rest = [];
    for (let count = 0; count < 100; count++) rest.push(await createSession(ann));
    await expectEnded(ann);
    expect(await isLive(rest[0]!)).toBe(true);
    expect((await expectOk(getSessions, { as: rest[0]! })).items).toHaveLength(100);
  });
});

describe("expired sessions", () => {
  const { SESSION_IDLE_MS: idleMs, SESSION_MAX_MS: maxMs } = configOf(env);
  /** The access token would have expired as well, so that the test calls the hub directly. */
  const check = async ({ userId, sessionId }: TestUser) => (await hubStub(userId).checkSession(sessionId)).ok;

  test("end after the idle timeout, before any alarm has run", async () => {
    const ann = await createUser("ann");
    advanceClock(idleMs - 1_000);
    expect(await check(ann)).toBe(true);
    advanceClock(idleMs + 1_000);
    expect(await check(ann)).toBe(false);
    expect(
      (
        await hubStub(ann.userId).rotateRefreshToken({
          userId: ann.userId,
          sessionId: ann.sessionId,
          generation: 0,
          mac: ann.refreshToken.split(".")[3]!,
          tag: ann.refreshToken.split(".")[4]!,
        })
      ).ok,
    ).toBe(false);
    expect(await hubStub(ann.userId).listSessions(ann.sessionId)).toEqual([]);
  });

  test("end at the maximum age, however much they are used", async () => {
    const ann = await createUser("ann");
    const begun = Date.now();
    while (Date.now() - begun + idleMs / 2 < maxMs) {
      advanceClock(idleMs / 2);
      expect(await check(ann)).toBe(true);
    }
    advanceClock(idleMs / 2);
    expect(await check(ann)).toBe(false);
  });

  test("are removed by an alarm, which is scheduled again for those in use", async () => {
    const ann = await createUser("ann");
    advanceClock(idleMs - 1_000);
    const other = await createSession(ann);
    await hubStub(ann.userId).checkSession(other.sessionId);
    expect(await runHubAlarmAfter(ann.userId, 2_000)).toBe(true);
    expect(await hubRows(ann.userId, "sessions")).toMatchObject([{ id: other.sessionId }]);
    expect(await runHubAlarmAfter(ann.userId, idleMs)).toBe(true);
    expect(await hubRows(ann.userId, "sessions")).toEqual([]);
    expect(await runDurableObjectAlarm(hubStub(ann.userId))).toBe(false);
  });
});
