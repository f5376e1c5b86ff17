import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { accountDatabase, invites, pendingRegistrations, users } from "../../../src/db/index.ts";
import { type RegistrationMode, login, register } from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { callRest } from "../../support/worker/clients/rest-client.ts";
import { openMailbox, tokenIn } from "../../support/worker/fakes/mailbox.ts";
import { createUser, testPassword, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createInviteBy } from "../../support/worker/fixtures/mail-tokens.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

let owner: TestUser;
beforeAll(async () => {
  owner = await createUser("owner", { role: "owner" });
});

let count = 0;
const fresh = (more: object = {}) => {
  const username = `joiner-${++count}`;
  return { email: `box-${count}@outside.test`, username, password: testPassword, ...more };
};

const setMode = (REGISTRATION: RegistrationMode) =>
  setWorkerConfig({ REGISTRATION, REGISTRATION_DOMAINS: ["inside.test"] });

const rowOf = (username: string) =>
  accountDatabase(env).select().from(users).where(eq(users.username, username)).get();

/** Makes an invite in each state, and what registers with it. */
const invitations = {
  none: async () => ({}),
  valid: async () => ({ inviteToken: (await createInviteBy(owner)).token }),
  forged: async () => ({ inviteToken: (await createInviteBy(owner)).token.replace(/.$/, "_") }),
  garbage: async () => ({ inviteToken: "inv_x.y" }),
  revoked: async () => {
    const { invite, token } = await createInviteBy(owner);
    await owner.call("DELETE", `/v1/invites/${invite.id}`);
    return { inviteToken: token };
  },
  expired: async () => {
    const { invite, token } = await createInviteBy(owner);
    await accountDatabase(env).update(invites).set({ expiresAt: 1 }).where(eq(invites.id, invite.id));
    return { inviteToken: token };
  },
  used: async () => {
    const { invite, token } = await createInviteBy(owner);
    await accountDatabase(env).update(invites).set({ uses: 1 }).where(eq(invites.id, invite.id));
    return { inviteToken: token };
  },
  "of another address": async () => ({
    inviteToken: (await createInviteBy(owner, { email: "somebody@outside.test" })).token,
  }),
  "of this address": async () => {
    const email = `bound-${++count}@outside.test`;
    return { email, inviteToken: (await createInviteBy(owner, { email })).token };
  },
};

const allowed: Record<RegistrationMode, Record<keyof typeof invitations, number>> = {
  open: matrix(201, 201, 201),
  invite: matrix(403, 201, 201),
  domain: matrix(403, 202, 201),
  closed: matrix(403, 403, 403),
};

function matrix(none: number, valid: number, bound: number): Record<keyof typeof invitations, number> {
  const rejected = { forged: 403, garbage: 403, revoked: 403, expired: 403, used: 403 };
  return { none, valid, ...rejected, "of another address": 403, "of this address": bound };
}

describe.each(Object.keys(allowed) as RegistrationMode[])("in the mode %s", (mode) => {
  test.each(Object.keys(invitations) as (keyof typeof invitations)[])(
    "[IV1] a registration with an invite: %s",
    async (kind) => {
      await openMailbox();
      // Made in a mode that permits invites.
      const body = fresh(await invitations[kind]());
      setMode(mode);
      const { status, body: answer } = await callEndpoint(register, { body });
      expect(status).toBe(allowed[mode][kind]);
      if (status === 403) expect(answer.code).toBe("forbidden");
      expect((await rowOf(body.username)) !== undefined).toBe(status === 201);
      if (status === 201) expect(answer.user.emailConfirmed).toBe(kind === "of this address");
    },
  );

  test("[IV2] the mode is public, for a page that offers registration", async () => {
    setMode(mode);
    setWorkerConfig({ MAIL_LOCAL_URL: undefined });
    const { status, body } = await callRest("GET", "/v1/auth/registration");
    expect([status, body]).toEqual([
      200,
      {
        mode,
        domains: mode === "domain" ? ["inside.test"] : [],
        confirmsEmail: mode === "domain",
        sendsMail: false,
      },
    ]);
  });
});

describe("with a confirmed address", () => {
  const inside = () => fresh({ email: `person-${count + 1}@inside.test` });

  test("[IV5] no account exists before the link is opened; then the user logs in", async () => {
    const mailbox = await openMailbox();
    setMode("domain");
    const body = inside();
    expect((await callEndpoint(register, { body })).status).toBe(202);
    const credentials = { login: body.username, password: body.password };
    await expectRejected(login, { body: credentials });
    const mail = await mailbox.mailTo(body.email);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        callRest("POST", "/v1/auth/email/confirm", { body: { token: tokenIn(mail) } }),
      ),
    );
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(49);
    expect(await expectOk(login, { body: credentials })).toMatchObject({ user: { emailConfirmed: true } });
  });

  test("[IV6] an address with an account gets the same answer, and its owner a mail", async () => {
    const mailbox = await openMailbox();
    setMode("domain");
    const first = inside();
    await callEndpoint(register, { body: first });
    const token = tokenIn(await mailbox.mailTo(first.email));
    await callRest("POST", "/v1/auth/email/confirm", { body: { token } });
    const known = await callEndpoint(register, { body: { ...inside(), email: first.email } });
    const unknown = await callEndpoint(register, { body: inside() });
    expect([known.status, known.text]).toEqual([unknown.status, unknown.text]);
    const headers = (answer: { headers: Headers }) => [...answer.headers.keys()].toSorted();
    expect(headers(known)).toEqual(headers(unknown));
    const mail = await mailbox.mailTo(first.email, 2);
    expect(mail.subject).toContain("already");
    expect(mail.text).not.toContain("token");
  });

  test("[IV6] a username is reserved whether or not the address has an account", async () => {
    await openMailbox();
    setMode("domain");
    const [taken, free] = [inside(), inside()];
    await accountDatabase(env)
      .update(users)
      .set({ email: taken.email, emailKey: taken.email })
      .where(eq(users.id, (await createUser("holder")).userId));
    for (const body of [taken, free]) {
      expect((await callEndpoint(register, { body })).status).toBe(202);
      const again = await callEndpoint(register, { body: { ...inside(), username: body.username } });
      expect(again.status).toBe(409);
      // The same person may try again, for example because the mail was lost.
      expect((await callEndpoint(register, { body })).status).toBe(202);
    }
    expect((await callEndpoint(register, { body: { ...inside(), username: owner.username } })).status).toBe(
      409,
    );
  });

  test("[IV5] a registration that is not confirmed expires and frees its username", async () => {
    await openMailbox();
    setMode("domain");
    const body = inside();
    await callEndpoint(register, { body });
    await accountDatabase(env).update(pendingRegistrations).set({ expiresAt: 1 });
    expect((await callEndpoint(register, { body: { ...inside(), username: body.username } })).status).toBe(
      202,
    );
  });

  test("[ML6] without a mail driver no one can register, and the answer says so", async () => {
    setMode("domain");
    setWorkerConfig({ MAIL_LOCAL_URL: undefined });
    expect(await expectRejected(register, { body: inside() })).toMatchObject({ code: "unavailable" });
    expect(await callRest("POST", "/v1/auth/password/forgot", { body: { login: "x" } })).toMatchObject({
      status: 503,
    });
  });
});
