import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { deleteExportsOf } from "../../../src/features/exports/index.ts";
import {
  answerSecondFactor,
  beginSecondFactor,
  endAllSessions,
  eraseUser,
  exportMe,
  getMe,
} from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { beginLogin } from "../../support/worker/clients/log-in.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { crashAt } from "../../support/worker/fakes/crashes.ts";
import {
  createSession,
  createUser,
  testPassword,
  type TestUser,
} from "../../support/worker/fixtures/accounts.ts";
import { finishJob } from "../../support/worker/fixtures/jobs.ts";
import { codeOf, enableTotp, nextStep } from "../../support/worker/fixtures/second-factors.ts";
import { databaseRows } from "../../support/worker/objects/database.ts";
import { setHubConfig } from "../../support/worker/objects/hub-object.ts";

afterEach(() => void vi.useRealTimers());

/** Advances the clock until the user's sessions are no longer recent. */
async function later({ userId }: TestUser): Promise<void> {
  await setHubConfig(userId, { REAUTHENTICATION_MS: 60_000 });
  advanceClock(2 * 60_000);
}
const erase = (as: TestUser, proof: object = {}, userId = as.userId) =>
  callEndpoint(eraseUser, { as, params: { userId }, body: { messages: "keep", ...proof } });

describe("[EZ4] an erasure of the own account", () => {
  test("by an older session needs the password", async () => {
    const ann = await createUser("ann");
    await later(ann);
    for (const proof of [{}, { password: "a wrong password" }, { code: "123456" }])
      expect(await erase(ann, proof)).toMatchObject({ status: 403, body: { code: "forbidden" } });
    await expectOk(getMe, { as: ann });
    expect((await erase(ann, { password: testPassword })).status).toBe(202);
  });

  test("accepts a code, but only from a session that has passed the second factor", async () => {
    const ann = await createUser("ann");
    const { secret } = await enableTotp(ann);
    const other = await createSession(ann);
    await later(ann);
    nextStep();
    const code = await codeOf(secret);
    expect(await erase(other, { code })).toMatchObject({ body: { code: "second_factor_required" } });
    expect((await erase(ann, { code })).status).toBe(202);
  });

  test("counts wrong passwords as guesses; admins erase others without one", async () => {
    const [ann, admin] = [await createUser("ann"), await createUser("admin", { role: "admin" })];
    await later(ann);
    const guesses = [];
    for (let sent = 0; sent < 11; sent++)
      guesses.push((await erase(ann, { password: "a wrong password" })).status);
    expect(guesses).toEqual([...Array<number>(10).fill(403), 429]);
    expect((await erase(admin, {}, ann.userId)).status).toBe(202);
  });
});

test("[EZ7] what a step of an ended export still stores is deleted", async () => {
  const ann = await createUser("ann");
  const { job } = await expectOk(exportMe, { as: ann });
  await crashAt("job:after-step");
  expect((await env.FILES.list({ prefix: "exports/" })).objects).not.toEqual([]);
  const key = `exports/${job.id}/000009`;
  await deleteExportsOf(env, ann.userId);
  await env.FILES.put(key, "a late segment");
  expect(await finishJob(job)).toBe("failed");
  await eventually(async () => {
    await finishJob(job);
    return (await env.FILES.list({ prefix: "exports/" })).objects.length === 0;
  }, "the deletion of the late segment");
});

test("[SF7] a challenge of a session ends with the session", async () => {
  const ann = await createUser("ann");
  const { recoveryCodes } = await enableTotp(ann);
  const stolen = await createSession(ann);
  const { mfa } = await expectOk(beginSecondFactor, { as: stolen });
  await expectOk(endAllSessions, { as: ann });
  const body = { token: mfa.token, method: "recovery", code: recoveryCodes[0] };
  expect(await expectRejected(answerSecondFactor, { body })).toMatchObject({ code: "unauthenticated" });
});

test("[AU1] wrong codes are recorded, and an erasure removes their addresses", async () => {
  const ann = await createUser("ann");
  await enableTotp(ann);
  const { token } = await beginLogin({ login: ann.username, password: testPassword });
  const headers = { "CF-Connecting-IP": "203.0.113.9" };
  const body = { token, method: "totp", code: "000000" };
  expect((await callEndpoint(answerSecondFactor, { body, headers })).status).toBe(401);
  const rows = () =>
    databaseRows<{ action: string; address_prefix: string }>(
      `SELECT action, address_prefix FROM audit_entries WHERE object_id = '${ann.userId}' AND action = 'session.reject'`,
    );
  await eventually(async () => (await rows()).length > 0, "the entry");
  expect(await rows()).toEqual([{ action: "session.reject", address_prefix: "203.0.113.0/24" }]);
  const answer = await erase(ann);
  expect(answer.status).toBe(202);
  expect(await finishJob(answer.body.job)).toBe("done");
  expect(await rows()).toEqual([{ action: "session.reject", address_prefix: "" }]);
});
