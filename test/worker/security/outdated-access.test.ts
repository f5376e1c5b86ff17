import { env, exports } from "cloudflare:workers";
import { runDurableObjectAlarm } from "cloudflare:test";
import { eq } from "drizzle-orm";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { accountDatabase, invites, users, workspaceSettings } from "../../../src/db/index.ts";
import {
  changeEmail,
  changePassword,
  getChannels,
  getMe,
  getPasskeys,
  getSecondFactors,
  login,
  loginWithPasskey,
  createPasskeyLoginOptions,
  updateUser,
  updateWorkspace,
} from "../../../src/protocol/index.ts";
import { writeAuditEntries } from "../../../src/features/audit/index.ts";
import { newId } from "../../../src/lib/ids.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { connectGateway } from "../../support/worker/clients/gateway-client.ts";
import { logIn } from "../../support/worker/clients/log-in.ts";
import { callRest } from "../../support/worker/clients/rest-client.ts";
import { openMailbox, tokenIn } from "../../support/worker/fakes/mailbox.ts";
import { createUser, testPassword, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createInviteBy, resetTokenOf } from "../../support/worker/fixtures/mail-tokens.ts";
import { enableTotp, userWithPasskey } from "../../support/worker/fixtures/second-factors.ts";
import { createBotFor, createTokenFor } from "../../support/worker/fixtures/tokens.ts";
import { hubRows, hubStub } from "../../support/worker/objects/hub-object.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";
import { SoftwareAuthenticator } from "../../support/software-authenticator.ts";

const newPassword = "another battery";
const reset = (token: string) =>
  callRest("POST", "/v1/auth/password/reset", { body: { token, newPassword } });
const confirm = (token: string) => callRest("POST", "/v1/auth/email/confirm", { body: { token } });

let owner: TestUser;
beforeAll(async () => {
  owner = await createUser("owner", { role: "owner" });
});
afterEach(() => void vi.useRealTimers());

describe("[IV12] the link that changes an address", () => {
  const changed = async (end: (user: TestUser) => Promise<unknown>) => {
    const mailbox = await openMailbox();
    const user = await createUser("victim");
    const email = `attacker-of-${user.username}@evil.test`;
    await expectOk(changeEmail, { as: user, body: { email, currentPassword: testPassword } });
    const token = tokenIn(await mailbox.mailTo(email));
    await end(user);
    const { status } = await confirm(token);
    const row = await accountDatabase(env).select().from(users).where(eq(users.id, user.userId)).get();
    return { status, isChanged: row!.email === email };
  };

  test("fails after a change of the password", async () => {
    const body = { currentPassword: testPassword, newPassword };
    expect(await changed((user) => expectOk(changePassword, { as: user, body }))).toEqual({
      status: 400,
      isChanged: false,
    });
  });

  test("fails after a reset of the password", async () => {
    expect(await changed(async (user) => reset(await resetTokenOf(user)))).toEqual({
      status: 400,
      isChanged: false,
    });
  });
});

describe("[IV1] an invite whose creator may no longer invite", () => {
  let made = 0;
  const register = (inviteToken: string) => {
    const username = `late-${++made}`;
    const body = { email: `${username}@outside.test`, username, password: testPassword, inviteToken };
    return callRest("POST", "/v1/auth/register", { body });
  };
  const preview = (token: string) => callRest("POST", "/v1/invites/preview", { body: { token } });

  test("is rejected after a demotion, and valid again after a promotion", async () => {
    setWorkerConfig({ REGISTRATION: "invite" });
    const admin = await createUser("boss", { role: "admin" });
    const { token } = await createInviteBy(admin, { maxUses: 5 });
    for (const role of ["member", "guest"] as const) {
      await expectOk(updateUser, { as: owner, params: { userId: admin.userId }, body: { role } });
      expect((await register(token)).status).toBe(403);
      expect((await preview(token)).status).toBe(404);
    }
    await expectOk(updateUser, { as: owner, params: { userId: admin.userId }, body: { role: "admin" } });
    expect((await register(token)).status).toBe(201);
  });

  test.each([{ role: "guest" as const }, { active: false }])(
    "completes no registration that waits for its confirmation: %j",
    async (body) => {
      const mailbox = await openMailbox();
      setWorkerConfig({ REGISTRATION: "invite", CONFIRM_EMAIL: "required" });
      const admin = await createUser("boss", { role: "admin" });
      const { token, invite } = await createInviteBy(admin);
      expect((await register(token)).status).toBe(202);
      const mail = await mailbox.mailTo(`late-${made}@outside.test`);
      await expectOk(updateUser, { as: owner, params: { userId: admin.userId }, body });
      expect((await confirm(tokenIn(mail))).status).toBe(403);
      const row = await accountDatabase(env).select().from(invites).where(eq(invites.id, invite.id)).get();
      expect(row!.uses).toBe(0);
    },
  );
});

test("[AU2] a stream of the audit log ends when its reader may no longer read it", async () => {
  const admin = await createUser("reader", { role: "admin" });
  const rows = Array.from({ length: 1_200 }, () => ({
    ...{ id: newId("aud"), at: Date.now(), action: "session.end" as const },
    ...{ addressPrefix: "unknown", userAgent: "unknown" },
  }));
  await writeAuditEntries(
    env,
    rows.map((row) => ({ ...row, actorId: null, objectId: null, requestId: null, detail: null })),
  );
  const response = await exports.default.fetch("https://parley.test/v1/audit", {
    headers: { Authorization: `Bearer ${admin.token}`, Accept: "application/jsonl" },
  });
  const reader = response.body!.getReader();
  expect((await reader.read()).done).toBe(false);
  await expectOk(updateUser, { as: owner, params: { userId: admin.userId }, body: { role: "member" } });
  const rest = async () => {
    while (!(await reader.read()).done);
  };
  await expect(rest()).rejects.toThrow();
});

describe("[SF18] while the workspace requires a second factor, a personal token", () => {
  afterEach(async () => void (await accountDatabase(env).delete(workspaceSettings)));

  async function require(admin: TestUser): Promise<void> {
    await expectOk(updateWorkspace, { as: admin, body: { requireSecondFactor: true } });
    for (let run = 0; run < 20; run++) {
      const [row] = await hubRows(admin.userId, "policy_sweep");
      if (row?.["round"] !== 1) return;
      await runDurableObjectAlarm(hubStub(admin.userId));
    }
  }

  test("of a session without one is rejected, and its sockets close", async () => {
    const [admin, ann] = [await createUser("admin", { role: "admin" }), await createUser("ann")];
    await enableTotp(admin);
    const { as } = await createTokenFor(ann);
    const socket = await connectGateway(as);
    await expectOk(getChannels, { as });
    await require(admin);
    expect((await socket.closed).code).toBe(4401);
    expect(await expectRejected(getChannels, { as })).toMatchObject({ code: "second_factor_required" });
    await expect(connectGateway(as)).rejects.toThrow(/403/);
    await enableTotp(ann);
    const passed = await createTokenFor(ann);
    await expectOk(getChannels, { as: passed.as });
    expect((await callEndpoint(getChannels, { as })).status).toBe(403);
  });

  test("of a session that passed one continues, as those of bots do", async () => {
    const [admin, ann] = [await createUser("admin", { role: "admin" }), await createUser("ann")];
    await enableTotp(admin);
    await enableTotp(ann);
    const [own, bot] = [await createTokenFor(ann), await createBotFor(admin)];
    const sockets = await Promise.all([connectGateway(own.as), connectGateway(bot.as)]);
    await require(admin);
    for (const { as } of [own, bot]) await expectOk(getChannels, { as });
    for (const socket of sockets) {
      socket.send({ id: "1", type: "ping" });
      await socket.next("pong");
    }
  });
});

describe("[PW4] a reset of an account whose address was never confirmed", () => {
  test("removes passkeys, apps and tokens of the person who registered it", async () => {
    const squatter = await createUser("squatted");
    const authenticator = new SoftwareAuthenticator("https://parley.test");
    await userWithPasskey(squatter, authenticator);
    await enableTotp(squatter);
    const { as } = await createTokenFor(squatter);
    expect((await reset(await resetTokenOf(squatter))).status).toBe(204);
    const assertion = await authenticator.get(await expectOk(createPasskeyLoginOptions));
    expect((await callEndpoint(loginWithPasskey, { body: assertion })).status).toBe(401);
    expect((await callEndpoint(getMe, { as })).status).toBe(401);
    const { tokens } = await logIn({ login: squatter.username, password: newPassword });
    const now = { token: tokens.accessToken };
    expect(await expectOk(getSecondFactors, { as: now })).toMatchObject({ totp: false, passkeys: 0 });
    expect((await expectOk(getPasskeys, { as: now })).items).toEqual([]);
  });

  test("keeps the factors of a confirmed address", async () => {
    const ann = await createUser("ann");
    await accountDatabase(env)
      .update(users)
      .set({ emailConfirmedAt: Date.now() })
      .where(eq(users.id, ann.userId));
    await enableTotp(ann);
    expect((await reset(await resetTokenOf(ann))).status).toBe(204);
    const result = await expectOk(login, { body: { login: ann.username, password: newPassword } });
    expect(result).toHaveProperty("mfa");
  });
});
