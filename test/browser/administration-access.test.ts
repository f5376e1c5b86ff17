import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  addMember,
  createClient,
  createMessage,
  getBots,
  getBotTokens,
  getChannelMessages,
  getAuditEntries,
  getMe,
  getWorkspace,
  getServerKeys,
  updateUser,
} from "../../src/client/index.ts";
import { chromiumPath } from "../e2e/support/chromium-path.ts";
import { createChannelWith } from "./support/channel.ts";
import {
  answer,
  button,
  chooseInRow,
  dialog,
  expectFieldError,
  expectToast,
  field,
  openAdminPage,
  pick,
  readDownload,
  requireConfirmationOnce,
  tableRow,
  takeSecret,
} from "./support/forms.ts";
import { hostileText } from "./support/hostile-texts.ts";
import { AuthenticatorApp, enableApp } from "./support/second-factor.ts";
import { password, type Person, WebApp } from "./support/web-app.ts";

describe.skipIf(!chromiumPath)("the administration of access", () => {
  let app: WebApp;
  let owner: Person;
  let ann: Person;
  let page: Page;

  beforeAll(async () => {
    app = await WebApp.start({ PASSWORD_CPU_PERCENT: "100" });
    owner = await app.createPerson("Olga");
    ann = await app.createPerson("Ann");
    page = await app.openAs(owner, "/admin", { permissions: ["clipboard-read", "clipboard-write"] });
  });
  afterEach(() => app.expectNoProblems());
  afterAll(() => app?.stop());

  test("bots: created, further tokens, revoked, deactivated, reactivated", async () => {
    const { id, name } = await createChannelWith(owner, [], "builds");
    const other = await createChannelWith(owner, [], "elsewhere");
    await openAdminPage(page, "bots");
    await button(page, "Create a bot").click();
    const form = dialog(page, "Create a bot");
    const create = async (username: string): Promise<void> => {
      await field(form, "Username").fill(username);
      await button(form, "Create").click();
    };
    await create("<b>");
    await expectFieldError(form, "Username", /2 to 32 characters/);
    await create(ann.me.username);
    await expectFieldError(form, "Username", /Taken/);
    for (const scope of [/^Read/, /^Write/]) await form.getByRole("checkbox", { name: scope }).uncheck();
    await create("builder");
    await form.getByRole("group", { name: "It may" }).locator(".error").waitFor();
    expect((await owner.client.call(getBots)).items).toEqual([]);
    await form.getByRole("checkbox", { name: /^Read/ }).check();
    await field(form, "Name").fill(hostileText);
    await pick(page, form, "Only in these channels", name ?? "");
    await create("builder");
    const token = await takeSecret(page, `Token of ${hostileText}`, "Token");
    const row = tableRow(page, "Bots", "@builder");
    await row.getByText(hostileText).waitFor();
    const [bot] = (await owner.client.call(getBots)).items;
    const params = { userId: bot?.id ?? "" };
    for (const channel of [id, other.id])
      await owner.client.call(addMember, { params: { channelId: channel }, body: params });
    const program = createClient({ url: app.url, token });
    await program.call(getChannelMessages, { params: { channelId: id } });
    await expect(program.call(getChannelMessages, { params: { channelId: other.id } })).rejects.toMatchObject(
      { code: "not_found" },
    );
    await expect(
      program.call(createMessage, { params: { channelId: id }, body: { content: "No" } }),
    ).rejects.toMatchObject({ code: "forbidden" });

    await chooseInRow(page, row, "Tokens");
    const tokens = dialog(page, `Tokens of ${hostileText}`);
    await button(tokens, "Create a token").click();
    const tokenForm = dialog(page, `Create a token of ${hostileText}`);
    await field(tokenForm, "Name").fill("  ");
    await button(tokenForm, "Create").click();
    await expectFieldError(tokenForm, "Name");
    await field(tokenForm, "Name").fill("production");
    await field(tokenForm, "Expires after").selectOption("30");
    await button(tokenForm, "Create").click();
    const second = createClient({
      url: app.url,
      token: await takeSecret(page, `Token of ${hostileText}`, "Token"),
    });
    await second.call(createMessage, { params: { channelId: id }, body: { content: "Build 1 passed" } });
    const stored = (await owner.client.call(getBotTokens, { params })).items;
    expect(stored.find((each) => each.name === "production")).toMatchObject({
      scopes: ["read", "write"],
      channelIds: null,
    });
    await chooseInRow(page, tableRow(tokens, "Tokens", "production"), "Revoke");
    await answer(page, "Revoke the token “production”?", "Revoke");
    await expectToast(page, "Token revoked");
    await expect(second.call(getMe)).rejects.toMatchObject({ code: "unauthenticated" });
    await button(tokens, "Close").click();

    await chooseInRow(page, row, "Deactivate");
    await answer(page, `Deactivate ${hostileText}?`, "Deactivate");
    await expectToast(page, "Bot deactivated");
    await row.getByText("deactivated").waitFor();
    await expect(program.call(getMe)).rejects.toMatchObject({ code: "unauthenticated" });
    await page.reload();
    await row.getByText("deactivated").waitFor();
    await chooseInRow(page, row, "Reactivate");
    await expectToast(page, "Account reactivated");
    await row.getByText("active", { exact: true }).waitFor();
    await chooseInRow(page, row, "Tokens");
    await tokens.getByText("The bot has no token").waitFor();
    await button(tokens, "Close").click();
  });

  test("server keys: created, used, revoked", async () => {
    await openAdminPage(page, "server-keys");
    await button(page, "Create a key").click();
    const keyForm = dialog(page, "Create a server key");
    await field(keyForm, "Name").fill("  ");
    await button(keyForm, "Create").click();
    await expectFieldError(keyForm, "Name");
    await field(keyForm, "Name").fill(hostileText);
    const confirm = await requireConfirmationOnce(page, "**/v1/server-keys");
    await button(keyForm, "Create").click();
    await confirm();
    const key = await takeSecret(page, `Server key ${hostileText}`, "Key");
    const put = (user: string): Promise<Response> =>
      fetch(`${app.url}/v1/server/users/${user}`, {
        method: "PUT",
        headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
        body: JSON.stringify({ username: `shop-${user}`, displayName: "A customer" }),
      });
    expect((await put("4711")).ok).toBe(true);
    await chooseInRow(page, tableRow(page, "Server keys", hostileText), "Revoke");
    await answer(page, `Revoke ${hostileText}?`, "Revoke");
    await expectToast(page, "Server key revoked");
    await page.getByText("There are no server keys").waitFor();
    await expect.poll(async () => (await put("4712")).status).toBe(401);
    expect((await owner.client.call(getServerKeys)).items).toEqual([]);
  });

  test("the second factor can be required", async () => {
    const eve = await app.createPerson("Eve");
    const eves = await app.openAs(eve, "/settings/profile");
    await openAdminPage(page, "settings");
    await page.getByText("A second factor is optional.").waitFor();
    await page.getByText("Anyone", { exact: true }).waitFor();
    const require = async (action: string): Promise<void> => {
      await button(page, "Require a second factor").click();
      await answer(page, "Require a second factor?", action);
    };
    await require("Cancel");
    await require("Require it");
    // The owner must have one first.
    await page.getByRole("alert").getByRole("link", { name: "Open your security settings" }).click();
    await button(page, "Set up").click();
    const owners = new AuthenticatorApp((await page.locator(".totp-secret").textContent()) ?? "");
    await confirmApp(page, owners);
    await page.getByText("It is enabled.").waitFor();
    expect((await owner.client.call(getWorkspace)).requireSecondFactor).toBe(false);
    await openAdminPage(page, "settings");
    await require("Require it");
    await page.getByText("Everybody needs a second factor").waitFor();
    await page.reload();
    await page.getByText("Everybody needs a second factor").waitFor();

    // A user without one sets it up before they continue where they were.
    await eves.getByRole("heading", { name: "Your workspace requires a second factor" }).waitFor();
    await button(eves, "Connect an authenticator app").click();
    const secret = (await eves.locator(".totp-secret").textContent()) ?? "";
    await field(eves, "Code that the app shows").fill("000000");
    await button(eves, "Enable").click();
    await expectFieldError(eves, "Code that the app shows", /Wrong/);
    await confirmApp(eves, new AuthenticatorApp(secret));
    await eves.getByRole("heading", { name: "Profile" }).waitFor();
    await button(page, "Make it optional").click();
    await answer(page, "Make the second factor optional?", "Make it optional");
    await page.getByText("A second factor is optional.").waitFor();
    const secondFactor = async () => ({ method: "totp" as const, code: await owners.code() });
    await owner.client.login({ login: owner.me.username, password }, { secondFactor });
    expect((await owner.client.call(getWorkspace)).requireSecondFactor).toBe(false);
    await eves.close();
  });

  test("the audit log: filtered by actor, action and time, and downloaded", async () => {
    const [adam, gus, finn] = [
      await app.createPerson("Adam"),
      await app.createPerson("Gus"),
      await app.createPerson("Finn"),
    ];
    const changeRole = ({ client }: Person, { me }: Person, role: "admin" | "member" | "guest") =>
      client.call(updateUser, { params: { userId: me.id }, body: { role } });
    await changeRole(owner, adam, "admin");
    await changeRole(adam, gus, "guest");
    await changeRole(adam, gus, "member");
    await enableApp(finn);
    await openAdminPage(page, "people");
    await chooseInRow(page, tableRow(page, "People", `@${adam.me.username}`), "Show in the audit log");
    await page.getByRole("table", { name: "Audit log" }).waitFor();
    expect(new URL(page.url()).searchParams.get("actor")).toBe(adam.me.id);
    await field(page, "Action").selectOption("account.update_role");
    const entries = tableRow(page, "Audit log", "Changed a role");
    await expect.poll(() => entries.count()).toBe(2);
    await entries.first().getByText("from: member, to: guest").click();
    await entries.first().getByText("account.update_role").waitFor();
    const downloading = page.waitForEvent("download");
    await button(page, "Download as JSON lines").click();
    const lines = (await readDownload(await downloading)).toString().trim().split("\n");
    const change = { action: "account.update_role", actorId: adam.me.id };
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { ...change, detail: { from: "member", to: "guest" } },
      { ...change, detail: { from: "guest", to: "member" } },
    ]);
    await expectToast(page, "Audit log downloaded");
    const { items } = await owner.client.call(getAuditEntries, { query: { action: "audit.export" } });
    expect(items).toHaveLength(1);
    for (const date of ["9999-12-31", "275760-09-13", ""]) {
      await field(page, "Since").fill(date);
      const expected = date.startsWith("9999") ? 0 : 2;
      await expect.poll(() => entries.count()).toBe(expected);
      expect(await page.locator(".admin-content [role=alert]").count()).toBe(0);
    }
    await page.getByRole("button", { name: "Remove Adam" }).click();
    await pick(page, page.locator(".filters"), "Who acted", "Finn");
    await page.getByText("No entry matches").waitFor();
    await field(page, "Action").selectOption("second_factor.add");
    await tableRow(page, "Audit log", "Added a second factor").getByText("Finn").first().waitFor();
  });

  test("the health of the server, also while it does not respond", async () => {
    await openAdminPage(page, "health");
    await tableRow(page, "Checks", "database").getByText("ok").waitFor();
    await button(page, "Check now").click();
    await tableRow(page, "Checks", "search").getByText("ok").waitFor();
    await app.killServer();
    await button(page, "Check now").click();
    await page.getByText("The last check failed.").waitFor();
    await app.startServer();
    await button(page, "Check now").click();
    await page.getByText("The last check failed.").waitFor({ state: "detached" });
  });

  test("others can't open these pages", async () => {
    const anns = await app.openAs(ann, "/admin/people");
    await anns.getByText("Only the owner and admins can open this page").waitFor();
    await page.goto(`${app.url}/admin/no-such-page`);
    await page.getByText("There is no such page").waitFor();
    await anns.close();
  });
});

/** Enables the app of a form, and stores the recovery codes. */
async function confirmApp(page: Page, authenticator: AuthenticatorApp): Promise<void> {
  await field(page, "Code that the app shows").fill(await authenticator.code());
  await button(page, "Enable").click();
  await field(page, "I have stored the codes").check();
  await button(page, "Done").click();
}
