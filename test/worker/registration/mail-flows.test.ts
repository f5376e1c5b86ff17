import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { describe, expect, onTestFinished, test } from "vitest";
import { configOf } from "../../../src/config.ts";
import { accountDatabase, users } from "../../../src/db/index.ts";
import { newResetToken } from "../../../src/domain/mail-tokens.ts";
import { changePassword, getMe, login, register } from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { callRest } from "../../support/worker/clients/rest-client.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { captureLogs } from "../../support/worker/fakes/console-capture.ts";
import { crashAt, crashOnceAt } from "../../support/worker/fakes/crashes.ts";
import { mailKey, openMailbox, setMailerConfig, tokenIn } from "../../support/worker/fakes/mailbox.ts";
import { createUser, testPassword } from "../../support/worker/fixtures/accounts.ts";
import { useProductPasswordCost } from "../../support/worker/fixtures/password-cost.ts";
import { confirmTokenOf, resetTokenOf } from "../../support/worker/fixtures/mail-tokens.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

const newPassword = "another battery";
const addressOf = ({ username }: { username: string }) => `${username}@parley.test`;
const forgot = (given: string) => callRest("POST", "/v1/auth/password/forgot", { body: { login: given } });
const reset = (token: string, password = newPassword) =>
  callRest("POST", "/v1/auth/password/reset", { body: { token, newPassword: password } });
const confirm = (token: string) => callRest("POST", "/v1/auth/email/confirm", { body: { token } });
const rowOf = async ({ userId }: { userId: string }) =>
  (await accountDatabase(env).select().from(users).where(eq(users.id, userId)).get())!;

describe("a forgotten password", () => {
  test("[PW4] the link sets a new one, ends all sessions and confirms the address", async () => {
    const mailbox = await openMailbox();
    const user = await createUser("forgetful");
    expect((await forgot(user.username.toUpperCase())).status).toBe(202);
    const mail = await mailbox.mailTo(addressOf(user));
    expect(mail.text).toContain("https://parley.test/reset-password#token=");
    expect((await reset(tokenIn(mail))).status).toBe(204);
    expect((await user.call("GET", "/v1/users/me")).status).toBe(401);
    await expectRejected(login, { body: { login: user.username, password: testPassword } });
    const body = { login: user.username, password: newPassword };
    expect(await expectOk(login, { body })).toMatchObject({ user: { emailConfirmed: true } });
    expect((await mailbox.mailTo(addressOf(user), 2)).subject).toContain("was changed");
    expect((await reset(tokenIn(mail), "a third password")).status).toBe(400);
  });

  test("[PW5] of 50 parallel uses of one token one succeeds, and one notice is sent", async () => {
    const mailbox = await openMailbox();
    const user = await createUser("racer");
    const token = await resetTokenOf(user);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, at) => reset(token, `${newPassword} ${at}`)),
    );
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    await mailbox.mailTo(addressOf(user));
    await scheduler.wait(1_500);
    expect(mailbox.mails.filter(({ to }) => to === addressOf(user))).toHaveLength(1);
  });

  test("[PW5] a token ends with its time, a new password, address or suspension", async () => {
    const user = await createUser("late");
    expect((await reset(await resetTokenOf(user, Date.now() - 1))).status).toBe(400);
    const token = await resetTokenOf(user);
    const forged = [`${token}x`, token.replace(/^./, "A"), await confirmTokenOf(user), "x", "a.b"];
    for (const given of forged) expect((await reset(given)).status).toBe(400);
    const key = { id: user.userId, db: accountDatabase(env) };
    const set = (values: object) => key.db.update(users).set(values).where(eq(users.id, key.id));
    await set({ active: false });
    expect((await reset(token)).status).toBe(400);
    await set({ active: true, emailKey: "other@parley.test" });
    expect((await reset(token)).status).toBe(400);
    await set({ emailKey: addressOf(user), credentialVersion: 2 });
    expect((await reset(token)).status).toBe(400);
    const stranger = { userId: "usr_01M8GEW3WZPY9Y08TMT4SY428K", credentialVersion: 1, emailKey: "x" };
    const unknown = newResetToken(mailKey(), { ...stranger, expiresAt: Date.now() + 60_000 });
    expect((await reset(unknown)).status).toBe(400);
  });

  test("[PW4] an account without a password gets one; a suspended one no mail", async () => {
    const mailbox = await openMailbox();
    const [passwordless, suspended, bot] = await Promise.all(
      ["empty", "out", "bot"].map((name) => createUser(name)),
    );
    const set = (user: { userId: string }, values: object) =>
      accountDatabase(env).update(users).set(values).where(eq(users.id, user.userId));
    await set(passwordless!, { passwordHash: "" });
    await set(suspended!, { active: false });
    await set(bot!, { isBot: true });
    for (const user of [suspended!, bot!, passwordless!]) await forgot(user.username);
    expect((await reset(tokenIn(await mailbox.mailTo(addressOf(passwordless!))))).status).toBe(204);
    await expectOk(login, { body: { login: passwordless!.username, password: newPassword } });
    expect(mailbox.mails.map(({ to }) => to)).not.toContain(addressOf(suspended!));
    expect(mailbox.mails.map(({ to }) => to)).not.toContain(addressOf(bot!));
  });

  test("[PW6] answers and limits are the same with and without an account", async () => {
    await openMailbox();
    const user = await createUser("known");
    for (let sent = 0; sent < 6; sent++) {
      const [known, unknown] = [await forgot(user.username), await forgot("nobody-at-all")];
      const shown = ({ status, body, headers }: Awaited<ReturnType<typeof forgot>>) => ({
        status,
        code: body.code,
        headers: [...headers.keys()].toSorted(),
      });
      expect(shown(known)).toEqual(shown(unknown));
      expect(known.status).toBe(sent < 5 ? 202 : 429);
    }
  });

  test("[ML3] an address gets at most so many mails an hour, however they are requested", async () => {
    setWorkerConfig({ MAIL_ACCOUNT_PER_HOUR: 1_000 });
    const mailbox = await openMailbox();
    await setMailerConfig({ MAIL_RECIPIENT_PER_HOUR: 3 });
    onTestFinished(() => setMailerConfig({ MAIL_RECIPIENT_PER_HOUR: 10 }));
    const user = await createUser("target");
    for (let sent = 0; sent < 4; sent++) {
      await forgot(user.username);
      await forgot(addressOf(user));
    }
    await mailbox.mailTo(addressOf(user), 3);
    await scheduler.wait(500);
    expect(mailbox.mails.filter(({ to }) => to === addressOf(user))).toHaveLength(3);
  });

  test("[PW5] after a crash behind the write sessions end and the notice is sent", async () => {
    const mailbox = await openMailbox();
    const user = await createUser("crashed");
    crashOnceAt("account:after-record");
    await reset(await resetTokenOf(user)).catch(() => {});
    await expectOk(login, { body: { login: user.username, password: newPassword } });
    expect((await user.call("GET", "/v1/users/me")).status).toBe(401);
    expect((await mailbox.mailTo(addressOf(user))).subject).toContain("was changed");
  });
});

describe("delivery", () => {
  test("[ML1] a mail is sent again, with the same id, until the driver accepts it", async () => {
    const attempts: string[] = [];
    const mailbox = await openMailbox(({ id }) => {
      attempts.push(id);
      return attempts.length < 2 ? new Error("secret@parley.test is unreachable") : 204;
    });
    const user = await createUser("patient");
    const { lines } = await captureLogs(async () => {
      await forgot(user.username);
      await mailbox.mailTo(addressOf(user));
    });
    expect(new Set(attempts).size).toBe(1);
    const log = JSON.stringify(lines);
    expect(log).toContain("outbox.delivery_failed");
    for (const secret of [addressOf(user), tokenIn(mailbox.mails[0]!), user.username])
      expect(log).not.toContain(secret);
  });

  test("[ML1] a crash of the mailer between sending and storing loses no mail", async () => {
    const mailbox = await openMailbox();
    const user = await createUser("lucky");
    const crashed = crashAt("mail:after-send");
    await forgot(user.username);
    await crashed;
    await setMailerConfig(configOf(env));
    const first = await mailbox.mailTo(addressOf(user));
    expect((await mailbox.mailTo(addressOf(user), 2)).id).toBe(first.id);
  });

  test("[ML2] the storage of the mailer contains no token", async () => {
    await openMailbox(() => 500);
    const user = await createUser("stored");
    await forgot(user.username);
    const { runInDurableObject } = await import("cloudflare:test");
    const stub = env.MAILER.getByName("mailer");
    const rows = await runInDurableObject(stub, (_, { storage }) =>
      storage.sql.exec("SELECT * FROM mails").toArray(),
    );
    const text = JSON.stringify(rows);
    expect(text).toContain(user.username);
    expect(text).not.toContain((await resetTokenOf(user)).split(".")[1]);
    expect(text).not.toContain("token");
  });
});

describe("the e-mail address", () => {
  test("[IV11] a new account can confirm its address by mail, and ask for another mail", async () => {
    const mailbox = await openMailbox();
    const body = { email: "me@outside.test", username: "new-one", password: testPassword };
    const { user, tokens } = await expectOk(register, { body });
    expect(user.emailConfirmed).toBe(false);
    const as = { token: tokens.accessToken };
    await mailbox.mailTo(body.email);
    expect((await callRest("POST", "/v1/auth/email/resend", as)).status).toBe(202);
    const mail = await mailbox.mailTo(body.email, 2);
    const answers = await Promise.all(Array.from({ length: 50 }, () => confirm(tokenIn(mail))));
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(await expectOk(getMe, { as })).toMatchObject({ emailConfirmed: true });
    expect((await callRest("POST", "/v1/auth/email/resend", as)).status).toBe(409);
  });

  test("[IV12] a confirmed new address replaces the old one, which is informed", async () => {
    const mailbox = await openMailbox();
    const user = await createUser("mover");
    const change = (body: object) => user.call("PUT", "/v1/users/me/email", body);
    const email = "moved@outside.test";
    expect((await change({ email, currentPassword: "wrong" })).status).toBe(403);
    expect((await change({ email, currentPassword: testPassword })).status).toBe(202);
    expect((await rowOf(user)).email).toBe(addressOf(user));
    const mail = await mailbox.mailTo(email);
    const answers = await Promise.all(Array.from({ length: 50 }, () => confirm(tokenIn(mail))));
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(await rowOf(user)).toMatchObject({ email, emailConfirmedAt: expect.any(Number) });
    expect((await mailbox.mailTo(addressOf(user))).subject).toContain("was changed");
    await scheduler.wait(1_000);
    expect(mailbox.mails.filter(({ to }) => to === addressOf(user))).toHaveLength(1);
    await expectOk(login, { body: { login: email, password: testPassword } });
  });

  test("[IV12] the address of another account gets the same answer", async () => {
    const mailbox = await openMailbox();
    const [user, other] = [await createUser("mover"), await createUser("settled")];
    const body = { email: addressOf(other), currentPassword: testPassword };
    expect((await user.call("PUT", "/v1/users/me/email", body)).status).toBe(202);
    const mail = await mailbox.mailTo(addressOf(other));
    expect(mail.text).not.toContain("token");
    expect((await rowOf(user)).email).toBe(addressOf(user));
  });

  test("[IV12] of two accounts that confirm one address, one gets it", async () => {
    const mailbox = await openMailbox();
    const both = [await createUser("twin"), await createUser("twin")];
    const email = "shared@outside.test";
    for (const user of both)
      await user.call("PUT", "/v1/users/me/email", { email, currentPassword: testPassword });
    await mailbox.mailTo(email, 2);
    const answers = await Promise.all(mailbox.mails.map((mail) => confirm(tokenIn(mail))));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 400]);
  });
});

describe("rules of passwords", () => {
  test.each([
    ["common", "password123", 400],
    ["common in other capitals", "PassWord123", 400],
    ["with the username", "xx Grace.Hopper xx", 400],
    ["with the local part of the address", "my box.of.grace 1", 400],
    ["8 characters", "hq7 zk!m", 201],
    ["256 characters", "ü".repeat(256), 201],
    ["only digits", "8401 3926 5517", 201],
  ])("[PW1] a password that is %s", async (_, password, status) => {
    const body = { email: "box.of.grace@outside.test", username: "grace.hopper", password };
    const answer = await callEndpoint(register, { body });
    expect(answer.status).toBe(status);
    if (status === 400) expect(answer.body.issues).toMatchObject([{ path: "password" }]);
    await accountDatabase(env).delete(users).where(eq(users.username, "grace.hopper"));
  });

  test("[PW1] a change and a reset reject them too, and the token stays valid", async () => {
    const user = await createUser("careless");
    const body = { currentPassword: testPassword, newPassword: "password123" };
    expect(await expectRejected(changePassword, { as: user, body })).toMatchObject({
      issues: [{ path: "newPassword" }],
    });
    const token = await resetTokenOf(user);
    expect((await reset(token, `my ${user.username} is good`)).body.issues[0].path).toBe("newPassword");
    expect((await reset(token)).status).toBe(204);
  });

  test("[PW2] all characters of a long password count", async () => {
    const password = `${"long and longer ".repeat(15)}a`;
    const body = { email: "patient@outside.test", username: "typist", password };
    await expectOk(register, { body });
    await expectRejected(login, { body: { login: "typist", password: `${password.slice(0, -1)}b` } });
    await expectOk(login, { body: { login: "typist", password } });
  });

  test("[PW3] a login replaces a hash of less work, once, and keeps the sessions", async () => {
    useProductPasswordCost();
    const user = await createUser("old-hash");
    const weak = "$scrypt$ln=10,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$";
    const { scryptSync } = await import("node:crypto");
    const hash = scryptSync(testPassword, Buffer.alloc(16), 32, { N: 1_024, r: 8, p: 1 }).toString("base64");
    await accountDatabase(env)
      .update(users)
      .set({ passwordHash: weak + hash.replaceAll("=", "") })
      .where(eq(users.id, user.userId));
    await expectOk(login, { body: { login: user.username, password: testPassword } });
    await eventually(async () => (await rowOf(user)).passwordHash.startsWith("$scrypt$ln=13,"));
    const upgraded = (await rowOf(user)).passwordHash;
    await expectOk(login, { body: { login: user.username, password: testPassword } });
    expect((await rowOf(user)).passwordHash).toBe(upgraded);
    expect((await user.call("GET", "/v1/users/me")).status).toBe(200);
  });
});
