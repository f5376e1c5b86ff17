import { env } from "cloudflare:workers";
import { runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import { accountDatabase, workspaceSettings } from "../../../src/db/index.ts";
import {
  answerSecondFactor,
  beginSecondFactor,
  confirmTotp,
  createPasskeyOptions,
  createTicket,
  createTotp,
  deleteTotp,
  endpoints,
  getChannels,
  getMe,
  getPasskeys,
  getSecondFactors,
  getWorkspace,
  logout,
  refreshToken,
  updateWorkspace,
} from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { logIn } from "../../support/worker/clients/log-in.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { crashAt } from "../../support/worker/fakes/crashes.ts";
import {
  createSession,
  createUser,
  createUsers,
  testPassword,
  type TestUser,
} from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createSampleWorkspace, endpointSamples } from "../../support/worker/fixtures/endpoint-samples.ts";
import { codeOf, enableTotp } from "../../support/worker/fixtures/second-factors.ts";
import { hubRows, hubStub } from "../../support/worker/objects/hub-object.ts";

const require = (as: TestUser, requireSecondFactor = true) =>
  expectOk(updateWorkspace, { as, body: { requireSecondFactor } });

/** Runs the sweep of an admin's hub until it has nothing left to do at once. */
async function finishRound(admin: TestUser): Promise<void> {
  for (let run = 0; run < 20; run++) {
    const [row] = await hubRows(admin.userId, "policy_sweep");
    if (row?.["round"] !== 1) return;
    await runDurableObjectAlarm(hubStub(admin.userId));
  }
  throw new Error("The sweep does not end");
}

async function createAdmin(): Promise<TestUser> {
  const admin = await createUser("admin", { role: "admin" });
  await enableTotp(admin);
  return admin;
}

afterEach(async () => {
  vi.useRealTimers();
  await accountDatabase(env).delete(workspaceSettings);
});

describe("[SF18] while the workspace requires a second factor", () => {
  test("a session without one can do nothing but enable one", async () => {
    const [admin, ann] = [await createAdmin(), await createUser("ann")];
    await require(admin);
    await finishRound(admin);
    for (const endpoint of [getChannels, createTicket, getWorkspace])
      expect(await expectRejected(endpoint, { as: ann })).toMatchObject({
        code: "second_factor_required",
        status: 403,
      });
    await expectOk(getMe, { as: ann });
    await expectOk(refreshToken, { body: { refreshToken: ann.refreshToken } });
    const { secret } = await expectOk(createTotp, { as: ann });
    expect(await expectOk(getSecondFactors, { as: ann })).toMatchObject({ required: true, passed: false });
    await expectOk(confirmTotp, { as: ann, body: { code: await codeOf(secret) } });
    await expectOk(getChannels, { as: ann });
    expect(await expectRejected(deleteTotp, { as: ann, body: { password: testPassword } })).toMatchObject({
      code: "conflict",
    });
  });

  test("every endpoint but the listed ones rejects such a session", async () => {
    const world = await createSampleWorkspace();
    const admin = await createAdmin();
    await require(admin);
    await finishRound(admin);
    const available = new Set<unknown>([
      getMe,
      logout,
      getSecondFactors,
      createTotp,
      confirmTotp,
      beginSecondFactor,
      createPasskeyOptions,
      endpoints["createPasskey"],
      getPasskeys,
    ]);
    const codes = new Map<string, number>();
    for (const [name, endpoint] of Object.entries(endpoints)) {
      if (endpoint.auth !== "user" || available.has(endpoint)) continue;
      const path = endpoint.path.replace(":channelId", world.channelId).replaceAll(/:\w+/g, "x");
      const body = ["get", "delete"].includes(endpoint.method) && !endpoint.body ? undefined : {};
      const { status, body: problem } = await world.ann.call(endpoint.method.toUpperCase(), path, body);
      expect(`${name} ${status} ${problem.code}`).toBe(`${name} 403 second_factor_required`);
      codes.set(name, status);
    }
    expect(codes.size).toBeGreaterThan(50);
    expect(Object.keys(endpointSamples).length).toBeGreaterThan(codes.size);
  });

  test("sockets of such sessions close and are not opened, by token or ticket", async () => {
    const [admin, ann] = [await createAdmin(), await createUser("ann")];
    const channelId = await createChannelFor(ann);
    const socket = await ann.connect(channelId);
    const { ticket } = await expectOk(createTicket, { as: ann });
    await require(admin);
    await finishRound(admin);
    expect(await socket.closed).toMatchObject({ code: 4401 });
    await expect(ann.connect(channelId)).rejects.toThrow(/403/);
    expect(await hubStub(ann.userId).redeemTicket(ticket)).toMatchObject({ ok: false });
    expect(await hubStub(ann.userId).attachSocket(ann.sessionId, channelId)).toMatchObject({
      ok: false,
      problem: { code: "second_factor_required" },
    });
  });

  test("a new login is restricted at once, and one with a factor is not", async () => {
    const [admin, ann, bob] = [await createAdmin(), await createUser("ann"), await createUser("bob")];
    const { recoveryCodes } = await enableTotp(bob);
    await require(admin);
    const { tokens } = await logIn({ login: ann.username, password: testPassword });
    expect(await expectRejected(getChannels, { as: { token: tokens.accessToken } })).toMatchObject({
      code: "second_factor_required",
    });
    const older = await createSession(bob);
    await finishRound(admin);
    expect(await expectRejected(createTotp, { as: older })).toMatchObject({ code: "second_factor_required" });
    const { mfa } = await expectOk(beginSecondFactor, { as: older });
    const passed = await expectOk(answerSecondFactor, {
      body: { token: mfa.token, method: "recovery", code: recoveryCodes[0] },
    });
    await expectOk(getChannels, { as: { token: passed.tokens.accessToken } });
  });
});

describe("[SF19] a change of the setting", () => {
  test("reaches more users than one page, and is taken back", async () => {
    const admin = await createAdmin();
    const users = await createUsers(...Array.from({ length: 205 }, () => "many"));
    expect(await require(admin)).toEqual({ requireSecondFactor: true, sweep: "running" });
    await finishRound(admin);
    expect(await expectOk(getWorkspace, { as: admin })).toEqual({ requireSecondFactor: true, sweep: "done" });
    const last = users.at(-1)!;
    for (const as of [users[0]!, last])
      expect(await expectRejected(getChannels, { as })).toMatchObject({ code: "second_factor_required" });
    await require(admin, false);
    await finishRound(admin);
    await expectOk(getChannels, { as: last });
  });

  test("reaches a login that read the setting before, by the second round", async () => {
    const admin = await createAdmin();
    await require(admin);
    await finishRound(admin);
    const late = await createUser("late");
    await expectOk(getChannels, { as: late });
    advanceClock(60_000);
    while ((await hubRows(admin.userId, "policy_sweep")).length > 0)
      await runDurableObjectAlarm(hubStub(admin.userId));
    expect(await expectRejected(getChannels, { as: late })).toMatchObject({ code: "second_factor_required" });
  });

  test("reaches all sessions although the Worker crashed after it wrote the setting", async () => {
    const [admin, ann] = [await createAdmin(), await createUser("ann")];
    const crashed = crashAt("account:after-record");
    void callEndpoint(updateWorkspace, { as: admin, body: { requireSecondFactor: true } });
    await crashed;
    advanceClock(5_000);
    await finishRound(admin);
    expect(await expectRejected(getChannels, { as: ann })).toMatchObject({ code: "second_factor_required" });
  });

  test("is permitted only to admins, whose own session has passed a factor", async () => {
    const [ann, admin] = [await createUser("ann"), await createUser("admin", { role: "admin" })];
    const body = { requireSecondFactor: true };
    expect(await expectRejected(updateWorkspace, { as: ann, body })).toMatchObject({ code: "forbidden" });
    expect(await expectRejected(updateWorkspace, { as: admin, body })).toMatchObject({ code: "conflict" });
    expect(await expectOk(getWorkspace, { as: ann })).toEqual({ requireSecondFactor: false, sweep: "done" });
  });
});
