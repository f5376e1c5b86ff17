import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { beforeAll, expect, test } from "vitest";
import { configOf, type OidcProvider } from "../../../src/config.ts";
import { accountDatabase, invites, users } from "../../../src/db/index.ts";
import { emailKey } from "../../../src/domain/email-key.ts";
import { findAccount } from "../../../src/features/single-sign-on/find-account.ts";
import { clearRateLimits } from "../../../src/http/rate-limits.ts";
import { eraseUser, getMe, putServerUser } from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { callRest } from "../../support/worker/clients/rest-client.ts";
import { openMailbox, setMailerConfig, tokenIn } from "../../support/worker/fakes/mailbox.ts";
import { createUser, testPassword, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { finishJob } from "../../support/worker/fixtures/jobs.ts";
import { createInviteBy } from "../../support/worker/fixtures/mail-tokens.ts";
import {
  createServerKeyFor,
  createServerUserFor,
  createTokenFor,
} from "../../support/worker/fixtures/tokens.ts";
import { databaseRows } from "../../support/worker/objects/database.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

const provider = {
  ...{ id: "acme", name: "Acme", issuer: "https://login.acme.test", clientId: "parley", scopes: "openid" },
  ...{ allowedDomains: [], createAccounts: false, linkBy: "verified_email", secondFactor: "local" },
} satisfies OidcProvider;

let admin: TestUser;
beforeAll(async () => {
  admin = await createUser("admin", { role: "admin" });
  await createUser("owner", { role: "owner" });
});

let made = 0;
const claimsOf = (verifiedEmail: string) => ({
  ...{ issuer: provider.issuer, subject: `subject-${++made}`, verifiedEmail },
  ...{ username: undefined, displayName: undefined },
});

async function userWithAddress(email: string, emailConfirmedAt: number | null = 1): Promise<TestUser> {
  const user = await createUser("addressed");
  const values = { email, emailKey: emailKey(email), emailConfirmedAt };
  await accountDatabase(env).update(users).set(values).where(eq(users.id, user.userId));
  return user;
}

test.each([
  ["mike@corp.test", "mıke@corp.test"],
  ["final@corp.test", "ﬁnal@corp.test"],
  ["kim@corp.test", "ｋim@corp.test"],
  ["strasse@corp.test", "straße@corp.test"],
])("[SO5] a verified address links no account whose address only looks alike: %s", async (own, other) => {
  expect(emailKey(own)).toBe(emailKey(other));
  await userWithAddress(own);
  await expect(findAccount(env, provider, claimsOf(other))).rejects.toMatchObject({ code: "no_account" });
});

test("[SO5] case of ASCII letters and the spelling of the domain do not matter", async () => {
  const user = await userWithAddress("Ann@bücher.test");
  const { row } = await findAccount(env, provider, claimsOf("ann@XN--bcher-kva.test"));
  expect(row.id).toBe(user.userId);
});

test("[SO5] linking an account whose address was never confirmed ends its tokens", async () => {
  const user = await userWithAddress("squatted@corp.test", null);
  const { as } = await createTokenFor(user);
  await expectOk(getMe, { as });
  await findAccount(env, provider, claimsOf("squatted@corp.test"));
  expect((await callEndpoint(getMe, { as })).status).toBe(401);
});

test("[IV1] an invite for an address does not admit one that only looks alike", async () => {
  const { token } = await createInviteBy(admin, { email: "mike@outside.test" });
  const register = (email: string) =>
    callRest("POST", "/v1/auth/register", {
      body: { email, username: "mike", password: testPassword, inviteToken: token },
    });
  expect((await register("mıke@outside.test")).status).toBe(403);
  expect((await register("Mike@OUTSIDE.test")).status).toBe(201);
});

test("[ML3] tags and spellings of one address count together", async () => {
  const mailbox = await openMailbox();
  const before = configOf(env).MAIL_RECIPIENT_PER_HOUR;
  await setMailerConfig({ MAIL_RECIPIENT_PER_HOUR: 3 });
  const spellings = ["bob@bücher.test", "BOB@xn--bcher-kva.test", "bob+1@bücher.test", "bob+a+b@bücher.test"];
  for (const email of [...spellings, "bob+2@bücher.test"]) await createInviteBy(admin, { email });
  await createInviteBy(admin, { email: "last@parley.test" });
  await mailbox.mailTo("last@parley.test");
  expect(mailbox.mails.filter(({ to }) => to !== "last@parley.test")).toHaveLength(3);
  await setMailerConfig({ MAIL_RECIPIENT_PER_HOUR: before });
});

test("[ML3] other mails to an address do not keep its owner from a password reset", async () => {
  const mailbox = await openMailbox();
  const user = await createUser("spammed");
  const email = `${user.username}@parley.test`;
  const before = configOf(env).MAIL_RECIPIENT_PER_HOUR;
  await setMailerConfig({ MAIL_RECIPIENT_PER_HOUR: 2 });
  for (let sent = 0; sent < 3; sent++) await createInviteBy(admin, { email });
  await mailbox.mailTo(email, 2);
  await callRest("POST", "/v1/auth/password/forgot", { body: { login: email } });
  expect((await mailbox.mailTo(email, 3)).text).toContain("/reset-password#");
  await setMailerConfig({ MAIL_RECIPIENT_PER_HOUR: before });
});

test("[PW4] a user of an application without an address gets no mail", async () => {
  const mailbox = await openMailbox();
  const key = await createServerKeyFor(admin);
  const { user } = await createServerUserFor(key.as);
  const forgot = (login: string) => callRest("POST", "/v1/auth/password/forgot", { body: { login } });
  expect((await forgot(user.username)).status).toBe(202);
  expect((await forgot(admin.username)).status).toBe(202);
  await mailbox.mailTo(`${admin.username}@parley.test`);
  expect(mailbox.mails.map(({ to }) => to)).not.toContain("");
});

test("[EZ1] an erasure removes the address of the invite, also an earlier one", async () => {
  const mailbox = await openMailbox();
  const email = "before.move@outside.test";
  const { token } = await createInviteBy(admin, { email });
  const username = "mover";
  const body = { email, username, password: testPassword, inviteToken: token };
  const { body: registered } = await callRest("POST", "/v1/auth/register", { body });
  const own = { token: registered.tokens.accessToken as string };
  const change = { email: "after.move@outside.test", currentPassword: testPassword };
  expect((await callRest("PUT", "/v1/users/me/email", { ...own, body: change })).status).toBe(202);
  const link = tokenIn(await mailbox.mailTo(change.email));
  expect((await callRest("POST", "/v1/auth/email/confirm", { body: { token: link } })).status).toBe(204);
  const params = { userId: registered.user.id as string };
  const { job } = await expectOk(eraseUser, { as: admin, params, body: { messages: "keep" } });
  expect(await finishJob(job)).toBe("done");
  for (const table of ["users", "invites", "pending_registrations"])
    expect(JSON.stringify(await databaseRows(`SELECT * FROM ${table}`))).not.toContain("move@outside.test");
  expect(await accountDatabase(env).select().from(invites)).not.toEqual([]);
});

test("[RL1] requests with a server key count towards the limit of the key", async () => {
  clearRateLimits();
  setWorkerConfig({ RATE_WRITE_PER_MINUTE: 3 });
  const [one, other] = [await createServerKeyFor(admin), await createServerKeyFor(admin)];
  setWorkerConfig({ RATE_WRITE_PER_MINUTE: 2 });
  const put = (key: typeof one) =>
    callEndpoint(putServerUser, {
      as: key.as,
      params: { externalId: "same" },
      body: { username: "same-name" },
    });
  const statuses = [];
  for (let sent = 0; sent < 4; sent++) statuses.push((await put(one)).status);
  expect(statuses).toEqual([201, 200, 429, 429]);
  expect((await put(other)).status).toBe(200);
  setWorkerConfig({ ENVIRONMENT: "production" });
  const guess = () =>
    callRest("PUT", "/v1/server/users/x", {
      token: `${one.secret.slice(0, -2)}AA`,
      body: { username: "x-y" },
      headers: { "CF-Connecting-IP": "198.51.100.77" },
    });
  expect([(await guess()).status, (await guess()).status, (await guess()).status]).toEqual([401, 401, 429]);
  clearRateLimits();
});
