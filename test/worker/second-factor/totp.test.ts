import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { accountDatabase, auditEntries } from "../../../src/db/index.ts";
import {
  answerSecondFactor,
  beginSecondFactor,
  changePassword,
  confirmTotp,
  createRecoveryCodes,
  createTotp,
  deleteTotp,
  getMe,
  getSecondFactors,
  login,
  resetSecondFactors,
} from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { beginLogin } from "../../support/worker/clients/log-in.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import {
  createSession,
  createUser,
  testPassword,
  type TestUser,
} from "../../support/worker/fixtures/accounts.ts";
import { codeOf, enableTotp, nextStep } from "../../support/worker/fixtures/second-factors.ts";
import { evictHub, hubRows, setHubConfig } from "../../support/worker/objects/hub-object.ts";

const minuteMs = 60_000;
const parallelUses = 50;

/** The beginning of a time step, so that no test runs over the end of one. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: Math.ceil(Date.now() / 30_000) * 30_000 + 1_000 });
});
afterEach(() => void vi.useRealTimers());

const logInAs = (user: TestUser) => beginLogin({ login: user.username, password: testPassword });

describe("enabling", () => {
  test("[SF1] a secret has no effect until a code confirms it", async () => {
    const ann = await createUser("ann");
    const { secret, uri } = await expectOk(createTotp, { as: ann });
    expect(uri).toContain(`otpauth://totp/Parley:${ann.username}?`);
    expect(uri).toContain(secret);
    expect(
      (await callEndpoint(login, { body: { login: ann.username, password: testPassword } })).body,
    ).toHaveProperty("tokens");
    expect(await expectRejected(confirmTotp, { as: ann, body: { code: "000000" } })).toMatchObject({
      code: "forbidden",
    });
    const { recoveryCodes } = await expectOk(confirmTotp, { as: ann, body: { code: await codeOf(secret) } });
    expect(new Set(recoveryCodes).size).toBe(10);
    expect(await expectOk(getSecondFactors, { as: ann })).toEqual({
      totp: true,
      passkeys: 0,
      recoveryCodes: 10,
      passed: true,
      required: false,
    });
    expect(await expectRejected(createTotp, { as: ann })).toMatchObject({ code: "conflict" });
  });

  test("[SF1] a secret that waits for 15 minutes expires", async () => {
    const ann = await createUser("ann");
    const { secret } = await expectOk(createTotp, { as: ann });
    advanceClock(15 * minuteMs);
    const as = await createSession(ann);
    expect(await expectRejected(confirmTotp, { as, body: { code: await codeOf(secret) } })).toMatchObject({
      code: "conflict",
    });
  });

  test("[SF2] no secret, code or token is stored readable", async () => {
    const ann = await createUser("ann");
    const { secret, recoveryCodes } = await enableTotp(ann);
    const { token } = await logInAs(ann);
    const tables = await Promise.all(
      ["totp", "recovery_codes", "second_factor_challenges"].map((table) => hubRows(ann.userId, table)),
    );
    const stored = JSON.stringify(tables);
    for (const text of [
      secret,
      ...recoveryCodes,
      ...recoveryCodes.map((code) => code.replaceAll("-", "")),
      token,
    ])
      expect(stored).not.toContain(text);
  });

  test("[SF3] an old session needs a new login to add a factor", async () => {
    const ann = await createUser("ann");
    await setHubConfig(ann.userId, { REAUTHENTICATION_MS: minuteMs });
    advanceClock(2 * minuteMs);
    expect(await expectRejected(createTotp, { as: ann })).toMatchObject({ code: "forbidden" });
    await enableTotp(await createSession(ann));
  });

  test("[SF3] a session that has not passed the factor cannot change factors", async () => {
    const ann = await createUser("ann");
    const other = await createSession(ann);
    const { secret } = await enableTotp(ann);
    nextStep();
    const body = { code: await codeOf(secret) };
    for (const [endpoint, options] of [
      [createTotp, {}],
      [deleteTotp, { body }],
      [createRecoveryCodes, { body: { password: testPassword } }],
    ] as const)
      expect(await expectRejected(endpoint, { as: other, ...options })).toMatchObject({
        code: "second_factor_required",
      });
  });
});

describe("login", () => {
  test("[SF4] begins no session before the second factor was passed", async () => {
    const ann = await createUser("ann");
    const { secret } = await enableTotp(ann);
    const before = await hubRows(ann.userId, "sessions");
    const { token, methods, expiresIn } = await logInAs(ann);
    expect({ methods, expiresIn }).toEqual({ methods: ["totp", "recovery"], expiresIn: 300 });
    expect(await hubRows(ann.userId, "sessions")).toEqual(before);
    nextStep();
    await evictHub(ann.userId);
    const body = { token, method: "totp", code: await codeOf(secret) };
    const { user, tokens } = await expectOk(answerSecondFactor, { body });
    expect(await expectOk(getMe, { as: { token: tokens.accessToken } })).toEqual(user);
    expect(await expectOk(getSecondFactors, { as: { token: tokens.accessToken } })).toMatchObject({
      passed: true,
    });
  });

  test.each([-1, 0, 1])("[SF5] accepts the code of step %i", async (steps) => {
    const ann = await createUser("ann");
    const { secret } = await enableTotp(ann);
    advanceClock(10 * minuteMs);
    const { token } = await logInAs(ann);
    await expectOk(answerSecondFactor, {
      body: { token, method: "totp", code: await codeOf(secret, steps) },
    });
  });

  test.each([-2, 2])("[SF5] rejects the code of step %i", async (steps) => {
    const ann = await createUser("ann");
    const { secret } = await enableTotp(ann);
    advanceClock(10 * minuteMs);
    const { token } = await logInAs(ann);
    const body = { token, method: "totp", code: await codeOf(secret, steps) };
    expect(await expectRejected(answerSecondFactor, { body })).toMatchObject({ code: "unauthenticated" });
  });

  test("[SF6] a code is accepted once, and none of an earlier step after it", async () => {
    const ann = await createUser("ann");
    const { secret } = await enableTotp(ann);
    advanceClock(10 * minuteMs);
    const answer = async (code: string) => {
      const { token } = await logInAs(ann);
      return (await callEndpoint(answerSecondFactor, { body: { token, method: "totp", code } })).status;
    };
    const [earlier, present, later] = [
      await codeOf(secret, -1),
      await codeOf(secret),
      await codeOf(secret, 1),
    ];
    expect(await answer(present)).toBe(200);
    expect(await answer(present)).toBe(401);
    expect(await answer(earlier)).toBe(401);
    expect(await answer(later)).toBe(200);
  });

  test("[SF7] a challenge ends after 5 minutes, with a new password, and by its use", async () => {
    const ann = await createUser("ann");
    const { secret, recoveryCodes } = await enableTotp(ann);
    const answer = (token: string, code: string) =>
      callEndpoint(answerSecondFactor, { body: { token, method: "recovery", code } });
    const used = await logInAs(ann);
    expect((await answer(used.token, recoveryCodes[0]!)).status).toBe(200);
    expect((await answer(used.token, recoveryCodes[1]!)).status).toBe(401);
    const changed = await logInAs(ann);
    await expectOk(changePassword, {
      as: ann,
      body: { currentPassword: testPassword, newPassword: "another battery" },
    });
    expect((await answer(changed.token, recoveryCodes[2]!)).status).toBe(401);
    const expired = await beginLogin({ login: ann.username, password: "another battery" });
    advanceClock(5 * minuteMs);
    expect((await answer(expired.token, recoveryCodes[3]!)).status).toBe(401);
    // None of the rejected ones was used up.
    expect(await hubRows(ann.userId, "recovery_codes")).toHaveLength(9);
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
  });

  test("[SF7] a forged challenge starts no hub and gets the same answer", async () => {
    const ann = await createUser("ann");
    const body = { token: `${ann.userId}.${"A".repeat(44)}`, method: "totp", code: "123456" };
    expect(await expectRejected(answerSecondFactor, { body })).toMatchObject({ code: "unauthenticated" });
  });

  test.each([{ method: "totp" }, { method: "passkey", code: "123456" }, { method: "sms", code: "123456" }])(
    "rejects the answer %j",
    async (answer) => {
      const body = { token: "x", ...answer };
      expect(await expectRejected(answerSecondFactor, { body })).toMatchObject({ code: "validation_failed" });
    },
  );

  test("[SF8] passwords and codes share one limit, and live sessions continue", async () => {
    const ann = await createUser("ann");
    const { secret } = await enableTotp(ann);
    const { token } = await logInAs(ann);
    for (let count = 0; count < 4; count++)
      await expectRejected(login, { body: { login: ann.username, password: "wrong" } });
    for (let count = 0; count < 6; count++)
      expect(
        await expectRejected(answerSecondFactor, { body: { token, method: "totp", code: "000000" } }),
      ).toMatchObject({ code: "unauthenticated" });
    nextStep();
    const body = { token, method: "totp", code: await codeOf(secret) };
    expect(await expectRejected(answerSecondFactor, { body })).toMatchObject({ code: "rate_limited" });
    expect(
      await expectRejected(login, { body: { login: ann.username, password: testPassword } }),
    ).toMatchObject({ code: "rate_limited" });
    await expectOk(getMe, { as: ann });
  });
});

describe("[SF9] of 50 parallel uses", () => {
  const winners = async (answers: Promise<{ status: number }>[]) =>
    (await Promise.all(answers)).filter(({ status }) => status === 200).length;
  const parallel = <T>(work: (index: number) => T): T[] =>
    Array.from({ length: parallelUses }, (_, n) => work(n));

  test("of one recovery code with different challenges, one begins a session", async () => {
    const ann = await createUser("ann");
    const { recoveryCodes } = await enableTotp(ann);
    const tokens: string[] = [];
    for (let count = 0; count < 8; count++) tokens.push((await logInAs(ann)).token);
    const before = await hubRows(ann.userId, "sessions");
    const answers = parallel((n) =>
      callEndpoint(answerSecondFactor, {
        body: { token: tokens[n % tokens.length], method: "recovery", code: recoveryCodes[0]!.toLowerCase() },
      }),
    );
    expect(await winners(answers)).toBe(1);
    expect(await hubRows(ann.userId, "sessions")).toHaveLength(before.length + 1);
  });

  test("of one challenge with different codes, one begins a session", async () => {
    const ann = await createUser("ann");
    const { recoveryCodes } = await enableTotp(ann);
    const { token } = await logInAs(ann);
    const answers = parallel((n) =>
      callEndpoint(answerSecondFactor, { body: { token, method: "recovery", code: recoveryCodes[n % 10] } }),
    );
    expect(await winners(answers)).toBe(1);
  });

  test("of one code of the app, one begins a session", async () => {
    const ann = await createUser("ann");
    const { secret } = await enableTotp(ann);
    nextStep();
    const code = await codeOf(secret);
    const tokens = [(await logInAs(ann)).token, (await logInAs(ann)).token];
    const answers = parallel((n) =>
      callEndpoint(answerSecondFactor, { body: { token: tokens[n % 2], method: "totp", code } }),
    );
    expect(await winners(answers)).toBe(1);
  });

  test("of one code that confirms the app, one enables it", async () => {
    const ann = await createUser("ann");
    const { secret } = await expectOk(createTotp, { as: ann });
    const code = await codeOf(secret);
    const answers = parallel(() => callEndpoint(confirmTotp, { as: ann, body: { code } }));
    expect(await winners(answers)).toBe(1);
    expect(await hubRows(ann.userId, "recovery_codes")).toHaveLength(10);
  });
});

describe("changing", () => {
  test.each(["password", "code", "recovery code", "recent session"])(
    "[SF10] disabling the app needs a fresh proof: %s",
    async (proof) => {
      const ann = await createUser("ann");
      const { secret, recoveryCodes } = await enableTotp(ann);
      if (proof !== "recent session") await setHubConfig(ann.userId, { REAUTHENTICATION_MS: minuteMs });
      advanceClock(2 * minuteMs);
      if (proof !== "recent session")
        expect(await expectRejected(deleteTotp, { as: ann, body: {} })).toMatchObject({ code: "forbidden" });
      for (const wrong of [{ password: "wrong" }, { code: "000000" }])
        expect(await expectRejected(deleteTotp, { as: ann, body: wrong })).toMatchObject({
          code: "forbidden",
        });
      const body = {
        password: { password: testPassword },
        code: { code: await codeOf(secret) },
        "recovery code": { code: recoveryCodes[3] },
        "recent session": {},
      }[proof];
      await expectOk(deleteTotp, { as: ann, body });
      expect(await expectOk(getSecondFactors, { as: ann })).toMatchObject({ totp: false, recoveryCodes: 0 });
      expect(await expectRejected(deleteTotp, { as: ann, body: { password: testPassword } })).toMatchObject({
        code: "not_found",
      });
      expect(
        (await callEndpoint(login, { body: { login: ann.username, password: testPassword } })).body,
      ).toHaveProperty("tokens");
    },
  );

  test("[SF11] new recovery codes replace the earlier ones", async () => {
    const ann = await createUser("ann");
    const { recoveryCodes: earlier } = await enableTotp(ann);
    const { recoveryCodes } = await expectOk(createRecoveryCodes, {
      as: ann,
      body: { password: testPassword },
    });
    const { token } = await logInAs(ann);
    const answer = (code?: string) =>
      callEndpoint(answerSecondFactor, { body: { token, method: "recovery", code } });
    expect((await answer(earlier[0])).status).toBe(401);
    expect((await answer(recoveryCodes[0])).status).toBe(200);
    const actions = async () => {
      const rows = await accountDatabase(env)
        .select()
        .from(auditEntries)
        .where(eq(auditEntries.actorId, ann.userId));
      return rows.map(({ action }) => action);
    };
    await eventually(async () => (await actions()).includes("second_factor.use_recovery_code"));
  });

  test("[SF12] an admin resets the factors of others, which ends their sessions", async () => {
    const [ann, bob] = [await createUser("ann"), await createUser("bob")];
    const admin = await createUser("admin", { role: "admin" });
    await enableTotp(ann);
    const params = { userId: ann.userId };
    expect(await expectRejected(resetSecondFactors, { as: bob, params })).toMatchObject({
      code: "forbidden",
    });
    await expectOk(resetSecondFactors, { as: admin, params });
    expect(await expectRejected(getMe, { as: ann })).toMatchObject({ code: "unauthenticated" });
    expect(
      (await callEndpoint(login, { body: { login: ann.username, password: testPassword } })).body,
    ).toHaveProperty("tokens");
    expect(
      await expectRejected(resetSecondFactors, { as: admin, params: { userId: admin.userId } }),
    ).toMatchObject({ code: "conflict" });
  });

  test("[SF13] an older session is replaced by one that passed the factor", async () => {
    const ann = await createUser("ann");
    const older = await createSession(ann);
    const { recoveryCodes } = await enableTotp(ann);
    const { mfa } = await expectOk(beginSecondFactor, { as: older });
    const body = { token: mfa.token, method: "recovery", code: recoveryCodes[0] };
    const { tokens } = await expectOk(answerSecondFactor, { body });
    expect(await expectRejected(getMe, { as: older })).toMatchObject({ code: "unauthenticated" });
    expect(await expectOk(getSecondFactors, { as: { token: tokens.accessToken } })).toMatchObject({
      passed: true,
    });
  });
});
