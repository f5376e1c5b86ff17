import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  createChannel,
  createClient,
  createInvite,
  getChannels,
  getInvites,
  getMe,
  getUsers,
} from "../../src/client/index.ts";
import { chromiumPath } from "../e2e/support/chromium-path.ts";
import { post } from "./support/channel.ts";
import {
  button,
  codeOf,
  dialog,
  expectFieldError,
  expectNotSent,
  field,
  readDownload,
  section,
} from "./support/forms.ts";
import { logIn, messagesOf, newPassword, password, type Person, WebApp } from "./support/web-app.ts";

describe.skipIf(!chromiumPath)("the pages without a session, and the account", () => {
  let app: WebApp;
  let owner: Person;

  beforeAll(async () => {
    app = await WebApp.start(
      { PASSWORD_REJECTION_DELAY_MS: "1", PASSWORD_CPU_PERCENT: "100", CONFIRM_EMAIL: "domain" },
      { sendsMail: true },
    );
    owner = await app.createPerson("Owner");
  });
  afterEach(() => app.expectNoProblems());
  afterAll(() => app?.stop());

  const fillIn = async (
    page: Page,
    values: { email: string; username: string; password: string },
  ): Promise<void> => {
    await field(page, "E-mail address").fill(values.email);
    await field(page, "Username").fill(values.username);
    await field(page, "Password").fill(values.password);
    await button(page, "Register").click();
  };

  test("an invite registers once, and only if every field is valid", async () => {
    const { id, name } = await owner.client.call(createChannel, { body: { name: "welcome" } });
    const { url, invite } = await owner.client.call(createInvite, {
      body: { role: "guest", maxUses: 1, channelIds: [id] },
    });
    // A user who is logged in chooses between the session and a new account.
    const page = await app.openAs(owner);
    await page.goto(url);
    await page.getByText("You are logged in as").waitFor();
    await button(page, "Log out and register another account").click();
    await page.getByRole("heading", { name: /^Join/ }).waitFor();
    await page.getByText("Guests see only the channels").waitFor();
    expect(new URL(page.url()).hash).toBe("");

    const valid = { email: "guest@example.com", username: "guest", password };
    await fillIn(page, { ...valid, email: "not an address" });
    await expectNotSent(page, "E-mail address", "Register");
    await fillIn(page, { ...valid, username: "<b>" });
    await expectFieldError(page, "Username", /2 to 32 characters/);
    await fillIn(page, { ...valid, username: owner.me.username });
    await expectFieldError(page, "Username", /Taken/);
    await fillIn(page, { ...valid, password: "password1234" });
    await expectFieldError(page, "Password", /common/);
    expect((await owner.client.call(getUsers, { query: { query: "guest" } })).items).toEqual([]);
    await fillIn(page, valid);
    await page.locator(".shell").waitFor();
    await page
      .locator(".sidebar")
      .getByText(name ?? "")
      .waitFor();
    const guest = createClient({ url: app.url });
    await guest.login({ login: "guest", password });
    expect(await guest.call(getMe)).toMatchObject({ role: "guest", email: valid.email });
    const { items } = await guest.call(getChannels, { query: { scope: "joined" } });
    expect(items.map((channel) => channel.id)).toEqual([id]);
    const { items: invites } = await owner.client.call(getInvites);
    expect(invites.find((each) => each.id === invite.id)).toMatchObject({ state: "used", uses: 1 });

    const again = await app.openPage(url.slice(app.url.length));
    await again.getByRole("heading", { name: "This invite can’t be used" }).waitFor();
    for (const path of ["/invite", "/invite#token=%3Cscript%3E"]) {
      await again.goto(app.url + path);
      await again.reload();
      await again.getByRole("heading", { name: "This invite can’t be used" }).waitFor();
    }
    await Promise.all([page.close(), again.close()]);
  });

  test("an invite for one address arrives by mail and accepts no other", async () => {
    const email = "dora@example.com";
    await owner.client.call(createInvite, { body: { role: "member", email } });
    const page = await app.openPage((await app.linkMailedTo(email, "invite")).slice(app.url.length));
    await fillIn(page, { email: "other@example.com", username: "dora", password });
    await page.locator("[aria-invalid=true], [role=alert]").first().waitFor();
    await fillIn(page, { email, username: "dora", password });
    await page.locator(".shell").waitFor();
    const dora = createClient({ url: app.url });
    await dora.login({ login: email, password });
    expect(await dora.call(getMe)).toMatchObject({ emailConfirmed: true, role: "member" });
    await page.close();
  });

  test("a wrong password, and a forgotten one that a mail replaces", async () => {
    const finn = await app.createPerson("Finn");
    const page = await app.openPage("/login?next=%2Fsettings%2Faccount");
    await logIn(page, finn.me.username, "not my password");
    const rejected = (await page.getByRole("alert").textContent()) ?? "";
    await logIn(page, "no-such-user", "not my password");
    // The answer is the same whether the account exists or not.
    await expect.poll(() => page.getByRole("alert").textContent()).toBe(rejected);
    expect(rejected).toMatch(/password/i);

    await page.getByRole("link", { name: "Forgot your password?" }).click();
    await field(page, "Username or e-mail address").fill("");
    await expectNotSent(page, "Username or e-mail address", "Send a mail");
    await field(page, "Username or e-mail address").fill("<script>alert(1)</script>");
    await button(page, "Send a mail").click();
    await page.getByRole("heading", { name: "Check your mail" }).waitFor();
    await page.goto(`${app.url}/forgot-password`);
    await field(page, "Username or e-mail address").fill(finn.me.username);
    await button(page, "Send a mail").click();
    await page.getByRole("heading", { name: "Check your mail" }).waitFor();
    const link = await app.linkMailedTo(`${finn.me.username}@example.com`, "reset-password");
    await page.goto(link);
    await field(page, "New password").fill("password1234");
    await button(page, "Set the password").click();
    await expectFieldError(page, "New password", /common/);
    await field(page, "New password").fill(newPassword);
    await button(page, "Set the password").click();
    await page.getByRole("heading", { name: "Your password was changed" }).waitFor();
    await expect(finn.client.call(getMe)).rejects.toMatchObject({ code: "unauthenticated" });

    // The link works once.
    await page.goto(`${app.url}/login`);
    await page.goto(link);
    await field(page, "New password").fill("another pale green harbour");
    await button(page, "Set the password").click();
    await page.getByText("The link was used before, or has expired.").waitFor();
    await page.goto(`${app.url}/reset-password`);
    await page.getByRole("heading", { name: "The link is not complete" }).waitFor();
    await page.getByRole("link", { name: "Go to the login" }).click();
    await logIn(page, finn.me.username, newPassword);
    await page.locator(".shell").waitFor();
    await page.close();
  });

  test("the address changes by the link of a mail, and only with the password", async () => {
    const gwen = await app.createPerson("Gwen");
    const page = await app.openAs(gwen, "/settings/account");
    const before = `${gwen.me.username}@example.com`;
    const after = "gwen.new@example.com";
    const form = section(page, "E-mail address");
    await form.getByText("not confirmed").waitFor();
    // That of the registration.
    await app.linkMailedTo(before, "confirm-email");
    await button(form, "Send another mail to confirm it").click();
    const confirming = await app.openPage(
      (await app.linkMailedTo(before, "confirm-email")).slice(app.url.length),
    );
    await button(confirming, "Confirm the address").click();
    await confirming.getByRole("heading", { name: "Your address is confirmed" }).waitFor();
    await form.getByText("confirmed", { exact: true }).waitFor();

    const change = async (email: string, secret: string): Promise<void> => {
      await field(form, "New e-mail address").fill(email);
      await field(form, "Your password").fill(secret);
      await button(form, "Send a mail to the new address").click();
    };
    await button(form, "Change the address").click();
    await button(form, "Cancel").click();
    await button(form, "Change the address").click();
    await change("nowhere", password);
    await expectNotSent(form, "New e-mail address", "Send a mail to the new address");
    await change(after, "not my password");
    await expectFieldError(form, "Your password", /Wrong/);
    await change("a@b", password);
    await expectFieldError(form, "New e-mail address", /Must be an e-mail address/);
    expect(app.mailsTo(after)).toBe(0);
    await change(after, password);
    await form.getByText("The address changes when you open its").waitFor();
    const link = await app.linkMailedTo(after, "confirm-email");
    expect((await gwen.client.call(getMe)).email).toBe(before);
    await confirming.goto(link);
    await button(confirming, "Confirm the address").click();
    await confirming.getByRole("heading", { name: "Your address is confirmed" }).waitFor();
    expect((await gwen.client.call(getMe)).email).toBe(after);
    await form.getByText(after, { exact: true }).waitFor();
    await page.reload();
    await form.getByText(after, { exact: true }).waitFor();
    await confirming.goto(`${app.url}/confirm-email#token=wrong`);
    await button(confirming, "Confirm the address").click();
    await confirming.getByRole("alert").waitFor();
    await Promise.all([page.close(), confirming.close()]);
  });

  test("the own data are exported, and the account is erased", async () => {
    const hugo = await app.createPerson("Hugo");
    const { id } = await owner.client.call(createChannel, { body: { name: "farewell" } });
    const page = await app.openAs(hugo, "/settings/account");
    await page.goto(`${app.url}/c/${id}`);
    await button(page, "Join the channel").click();
    await post(hugo, id, "My last words");
    await page.goto(`${app.url}/settings/account`);
    const data = section(page, "Export your data");
    await button(data, "Export my data").click();
    await data.getByText("The archive is ready.").waitFor({ timeout: 60_000 });
    await page.reload();
    const downloading = page.waitForEvent("download");
    await data.getByRole("link", { name: "Download" }).click();
    const archive = await downloading;
    expect(archive.suggestedFilename()).toMatch(/^parley-.*\.tar$/);
    expect(await archive.failure()).toBe(null);
    expect((await readDownload(archive)).toString("latin1")).toContain("My last words");
    await button(data, "Export again").click();
    await page.getByText("This is today’s archive.").waitFor();

    const owning = await app.openAs(owner, "/settings/account");
    await section(owning, "Erase your account").getByText("You own this workspace.").waitFor();
    await owning.close();

    await button(section(page, "Erase your account"), "Erase my account …").click();
    const form = dialog(page, "Erase your account?");
    await form.getByLabel(/^Type your username/).fill("Hugo");
    expect(await button(form, "Erase my account").getAttribute("aria-disabled")).toBe("true");
    await button(form, "Cancel").click();
    await button(section(page, "Erase your account"), "Erase my account …").click();
    await form.getByText("Delete them").click();
    await form.getByLabel(/^Type your username/).fill(hugo.me.username);
    await button(form, "Erase my account").click();
    await page.getByText("Your account is being erased.").waitFor();
    await button(page, "Log in").waitFor();
    await expect.poll(() => codeOf(hugo.client.call(getMe))).toBe("unauthenticated");
    await logIn(page, hugo.me.username);
    await page.getByRole("alert").waitFor();
    const reading = await app.openAs(owner, `/c/${id}`);
    await expect.poll(() => messagesOf(reading).getByText("My last words").count()).toBe(0);
    await Promise.all([page.close(), reading.close()]);
  });
});
