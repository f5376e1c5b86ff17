import { listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { passwordHasherOf, rateLimiterOf } from "../../../src/rpc/stubs.ts";
import { changePassword, createTicket, getMe, login, register } from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { comparableResponse, sendRaw } from "../../support/worker/clients/raw-requests.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { createUser, testPassword } from "../../support/worker/fixtures/accounts.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Instead of the default 10, because each attempt costs a hash. */
const limit = 4;
beforeEach(() => setWorkerConfig({ LOGIN_ATTEMPTS: limit }));
const wrong = "not this one";
const attemptLogin = (name: string, password = wrong) =>
  expectRejected(login, { body: { login: name, password } });
const times = async (count: number, work: () => Promise<unknown>) => {
  for (let done = 0; done < count; done++) await work();
};
let made = 0;
const newName = () => `made-up-${++made}`;

describe("[AC10] password checks", () => {
  test("of an account are limited, by either name; its live sessions continue", async () => {
    const ann = await createUser("ann");
    await times(limit / 2, () => attemptLogin(ann.username));
    await times(limit / 2, () => attemptLogin(`${ann.username}@parley.test`));
    for (const password of [wrong, testPassword]) {
      const problem = await attemptLogin(ann.username, password);
      expect(problem).toMatchObject({ code: "rate_limited" });
      expect(problem.retryAfterMs).toBeGreaterThan(0);
      expect(problem.retryAfterMs).toBeLessThanOrEqual(16 * 60_000);
    }
    expect(await expectOk(getMe, { as: ann })).toMatchObject({ id: ann.userId });
    await expectOk(createTicket, { as: ann });
    advanceClock(16 * 60_000 + 1_000);
    await expectOk(login, { body: { login: ann.username, password: testPassword } });
  });

  test("that run concurrently are counted exactly", async () => {
    const name = newName();
    const problems = await Promise.all(Array.from({ length: limit * 2 }, () => attemptLogin(name)));
    const checked = problems.filter(({ code }) => code === "unauthenticated");
    const rejected = problems.filter(({ code }) => code === "rate_limited");
    expect(checked.length).toBeLessThanOrEqual(limit);
    expect(rejected.length).toBeGreaterThanOrEqual(limit);
  });

  test("of a name without an account are limited with identical responses", async () => {
    const ann = await createUser("ann");
    const answers: string[] = [];
    for (const name of [ann.username, newName(), `${newName()}@parley.test`]) {
      const texts = [];
      for (let count = 0; count <= limit; count++) {
        const body = JSON.stringify({ login: name, password: wrong });
        texts.push(await comparableResponse(await sendRaw("POST", "/v1/auth/login", { body })));
      }
      answers.push(
        texts
          .join("\n\n")
          .replaceAll(/"retryAfterMs":\d+/g, '"retryAfterMs":0')
          .replaceAll(/retry-after: \d+/gi, "retry-after: 0"),
      );
    }
    expect(answers[0]).toContain("429");
    expect(new Set(answers).size).toBe(1);
  });

  test("that succeed are not counted", async () => {
    const ann = await createUser("ann");
    const body = { login: ann.username, password: testPassword };
    await times(limit + 1, () => expectOk(login, { body }));
    await times(limit - 1, () => attemptLogin(ann.username));
    await expectOk(login, { body });
    expect(await attemptLogin(ann.username)).toMatchObject({ code: "unauthenticated" });
    expect(await attemptLogin(ann.username)).toMatchObject({ code: "rate_limited" });
  });

  test("in changePassword count as well, and compute no hash past the limit", async () => {
    const ann = await createUser("ann");
    const body = { currentPassword: wrong, newPassword: "quite another one" };
    await times(limit, () => expectRejected(changePassword, { as: ann, body }));
    const hashed = vi.spyOn(env.HASHERS, "getByName");
    expect(
      await expectRejected(changePassword, { as: ann, body: { ...body, currentPassword: testPassword } }),
    ).toMatchObject({ code: "rate_limited" });
    expect(await attemptLogin(ann.username)).toMatchObject({ code: "rate_limited" });
    expect(hashed).not.toHaveBeenCalled();
  });

  test("of one address are limited, apart from its known users and other addresses", async () => {
    const production = {
      ENVIRONMENT: "production" as const,
      LOGIN_ADDRESS_ATTEMPTS: 3,
      REGISTER_ADDRESS_ATTEMPTS: 2,
    };
    setWorkerConfig(production);
    const from = (address: string) => ({
      "CF-Connecting-IP": address,
      "X-Forwarded-For": `198.51.100.${made}`,
    });
    const [ann, bob] = [await createUser("ann"), await createUser("bob")];
    const enter = (name: string, address: string, password = testPassword) =>
      callEndpoint(login, { body: { login: name, password }, headers: from(address) });
    const statusOf = async (answer: ReturnType<typeof enter>) => (await answer).status;

    expect(await statusOf(enter(ann.username, "2001:db8::1"))).toBe(200);
    for (let tried = 0; tried < 3; tried++)
      expect(await statusOf(enter(newName(), `2001:db8::${tried}`, wrong))).toBe(401);
    expect(await statusOf(enter(newName(), "2001:db8::9", wrong))).toBe(429);
    expect(await statusOf(enter(bob.username, "2001:db8::9"))).toBe(429);
    expect(await statusOf(enter(ann.username, "2001:db8::9"))).toBe(200);
    expect(await statusOf(enter(`${ann.username}@PARLEY.test`, "2001:db8::9"))).toBe(200);
    expect(await statusOf(enter(bob.username, "2001:db8:0:1::9"))).toBe(200);

    // Without an owner, production rejects a registration before a hash is computed, and does not count it.
    await createUser("boss", { role: "owner" });
    const enroll = (name: string, password = "a password") =>
      callEndpoint(register, {
        body: { email: `${name}@parley.test`, username: name, password },
        headers: from("192.0.2.9"),
      });
    await enroll(newName());
    await enroll(newName());
    expect((await enroll(newName())).status).toBe(429);
  });

  test("past a limit call no object and no D1 for some seconds", async () => {
    const ann = await createUser("ann");
    for (const name of [ann.username, newName()]) {
      await times(limit, () => attemptLogin(name));
      expect(await attemptLogin(name)).toMatchObject({ code: "rate_limited" });
      const calls = [
        vi.spyOn(env.HASHERS, "getByName"),
        vi.spyOn(env.LIMITERS, "getByName"),
        vi.spyOn(env.DB, "prepare"),
      ];
      expect(await attemptLogin(name)).toMatchObject({ code: "rate_limited" });
      for (const call of calls) expect(call).not.toHaveBeenCalled();
      vi.restoreAllMocks();
    }
  });

  test("of a trusted name and address do not wait for untrusted hashes", async () => {
    const hasher = passwordHasherOf(env, { PASSWORD_HASHERS: 1 }, "any");
    const order: string[] = [];
    const hash = async (lane: string, isTrusted: boolean) => {
      expect(await hasher.hash({ lane, isTrusted, password: "x", limits: [] })).toMatchObject({ ok: true });
      order.push(lane);
    };
    const untrusted = Array.from({ length: 4 }, (_, count) => hash(`untrusted-${count}`, false));
    await Promise.all([...untrusted, hash("trusted", true)]);
    // It shares the thread with the first untrusted hash and does not queue behind the others.
    expect(order.slice(0, 2)).toContain("trusted");
  });

  test("[LG9] of made-up names create rows that expire, and no object", async () => {
    await times(3, () => attemptLogin(newName()));
    const before = await listDurableObjectIds(env.LIMITERS);
    await times(6, () => attemptLogin(newName()));
    const after = await listDurableObjectIds(env.LIMITERS);
    expect(after.length).toBeLessThanOrEqual(8);
    expect(before.length).toBeGreaterThan(0);
    const keysOf = (state: DurableObjectState) =>
      state.storage.sql.exec<{ n: number }>("SELECT count(DISTINCT key) AS n FROM attempts").one().n;
    const limiters = after.map((id) => env.LIMITERS.get(id));
    const texts = await Promise.all(
      limiters.map((limiter) =>
        runInDurableObject(limiter, (_, state) =>
          JSON.stringify(state.storage.sql.exec("SELECT * FROM attempts").toArray()),
        ),
      ),
    );
    expect(texts.join()).not.toContain("made-up");
    advanceClock(40 * 60_000);
    for (const limiter of limiters) await runInDurableObject(limiter, (instance) => instance.alarm());
    const left = await Promise.all(
      limiters.map((limiter) => runInDurableObject(limiter, (_, state) => keysOf(state))),
    );
    // Registrations, all from one address, count for an hour.
    expect(left.reduce((sum, keys) => sum + keys, 0)).toBeLessThanOrEqual(1);
  });
});

describe("rate limiter", () => {
  const limiter = (key: string) => rateLimiterOf(env, key);

  test("never exceeds the limit within any window", async () => {
    const key = newName();
    const windowMs = 15_000;
    const passed: number[] = [];
    let nowMs = Date.now();
    for (let step = 0; step < 120; step++) {
      vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
      const verdict = await limiter(key).countAttempt({ key, limit: 4, windowMs, evictable: true });
      if (verdict.ok) passed.push(nowMs);
      else expect(verdict.retryAfterMs).toBeLessThanOrEqual(windowMs + windowMs / 15);
      nowMs += 700;
    }
    for (const at of passed)
      expect(passed.filter((other) => other >= at && other < at + windowMs).length).toBeLessThanOrEqual(4);
    expect(passed.length).toBeGreaterThan(15);
  });

  test("refunds a successful attempt, at most once", async () => {
    const key = newName();
    const attempt = () => limiter(key).countAttempt({ key, limit: 1, windowMs: 60_000, evictable: true });
    const first = await attempt();
    if (!first.ok) throw new Error("The first attempt was rejected");
    expect((await attempt()).ok).toBe(false);
    await limiter(key).recordSuccess(first.counted, []);
    await limiter(key).recordSuccess(first.counted, []);
    expect((await attempt()).ok).toBe(true);
    expect((await attempt()).ok).toBe(false);
  });
});
