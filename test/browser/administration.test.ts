import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  getGroup,
  getGroups,
  getInvites,
  getMe,
  getSecondFactors,
  getUser,
  updateUser,
} from "../../src/client/index.ts";
import { chromiumPath } from "../e2e/support/chromium-path.ts";
import { createChannelWith } from "./support/channel.ts";
import {
  answer,
  button,
  chooseInRow,
  codeOf,
  dialog,
  expectFieldError,
  expectNotSent,
  expectToast,
  field,
  itemsOfRow,
  openAdminPage,
  pick,
  tableRow,
} from "./support/forms.ts";
import { hostileText } from "./support/hostile-texts.ts";
import { enableApp } from "./support/second-factor.ts";
import { composerOf, logIn, messagesOf, password, type Person, WebApp } from "./support/web-app.ts";

const clipboard = { permissions: ["clipboard-read", "clipboard-write"] };

describe.skipIf(!chromiumPath)("the administration of people and of the workspace", () => {
  let app: WebApp;
  let owner: Person;
  let ann: Person;
  let page: Page;

  beforeAll(async () => {
    app = await WebApp.start(
      { PASSWORD_REJECTION_DELAY_MS: "1", PASSWORD_CPU_PERCENT: "100" },
      { sendsMail: true },
    );
    owner = await app.createPerson("Olga");
    ann = await app.createPerson("Ann");
    page = await app.openAs(owner, "/admin", clipboard);
  });
  afterEach(() => app.expectNoProblems());
  afterAll(() => app?.stop());

  const userOf = ({ me }: Person) => owner.client.call(getUser, { params: { userId: me.id } });

  test("people: roles, sessions, second factors, suspension, erasure, ownership", async () => {
    const search = field(page, "Search");
    await search.fill(hostileText);
    await page.getByRole("heading", { name: "Nobody matches" }).waitFor();
    await search.fill("nobody@example.com");
    await page.getByText("No active account has this e-mail address.").waitFor();
    await search.fill(`${ann.me.username}@example.com`);
    const row = tableRow(page, "People", `@${ann.me.username}`);
    await row.waitFor();
    expect(await page.getByRole("table", { name: "People" }).getByRole("row").count()).toBe(2);

    // The roles, of which the page of the user and the server receive each change.
    const open1 = await app.openAs(ann, "/settings/profile");
    for (const [item, role] of [
      ["Make an admin", "admin"],
      ["Make a guest", "guest"],
      ["Make a member", "member"],
    ] as const) {
      await chooseInRow(page, row, item);
      await answer(page, /^Make Ann/, "Change the role");
      await expectToast(page, "Role changed");
      await row.getByText(role).waitFor();
      expect((await userOf(ann)).role).toBe(role);
    }
    await chooseInRow(page, row, "Make an admin");
    await answer(page, /^Make Ann/, "Cancel");
    expect((await userOf(ann)).role).toBe("member");

    await chooseInRow(page, row, "End all sessions");
    await answer(page, "End all sessions of Ann?", "End the sessions");
    await expectToast(page, "Sessions ended");
    await open1.getByText("Your session has ended.").waitFor();
    expect(await codeOf(ann.client.call(getMe))).toBe("unauthenticated");

    await ann.client.login({ login: ann.me.username, password });
    await enableApp(ann);
    await chooseInRow(page, row, "Reset second factors");
    await answer(page, "Reset the second factors of Ann?", "Reset");
    await expectToast(page, "Second factors removed");
    await ann.client.login({ login: ann.me.username, password });
    expect((await ann.client.call(getSecondFactors)).totp).toBe(false);

    await chooseInRow(page, row, "Suspend");
    await answer(page, "Suspend Ann?", "Suspend");
    await expectToast(page, "Account suspended");
    await row.getByText("suspended").waitFor();
    expect(await codeOf(ann.client.call(getMe))).not.toBe("ok");
    await logIn(open1, ann.me.username);
    await open1.getByRole("alert").waitFor();
    await page.reload();
    await search.fill("ann");
    await row.getByText("suspended").waitFor();
    await chooseInRow(page, row, "Reactivate");
    await expectToast(page, "Account reactivated");
    await row.getByText("suspended").waitFor({ state: "detached" });
    await logIn(open1, ann.me.username);
    await open1.locator(".shell").waitFor();

    // The own row has no action that the server would reject.
    await search.fill("olga");
    const own = tableRow(page, "People", `@${owner.me.username}`);
    await own.waitFor();
    expect(await itemsOfRow(page, own)).toEqual(["Show in the audit log"]);

    // The ownership is transferred and returned; the page of the former owner follows.
    await search.fill("ann");
    await chooseInRow(page, row, "Transfer the ownership");
    await answer(page, "Transfer the ownership to Ann?", "Transfer the ownership");
    await expectToast(page, "Ownership transferred");
    expect((await userOf(ann)).role).toBe("owner");
    expect((await owner.client.call(getMe)).role).toBe("admin");
    expect(await itemsOfRow(page, row)).toEqual(["Show in the audit log"]);
    await ann.client.login({ login: ann.me.username, password });
    await ann.client.call(updateUser, { params: { userId: owner.me.id }, body: { role: "owner" } });

    const zoe = await app.createPerson("Zoe");
    await search.fill("zoe");
    const zoes = tableRow(page, "People", `@${zoe.me.username}`);
    await zoes.getByText("member").waitFor();
    await page.reload();
    await search.fill("zoe");
    await chooseInRow(page, zoes, "Erase");
    const erasing = dialog(page, "Erase the account of Zoe?");
    const confirmation = erasing.getByLabel(/^Type “/);
    await confirmation.fill("Zoe");
    expect(await button(erasing, "Erase for good").isDisabled()).toBe(true);
    await erasing.getByText("Delete them").click();
    await confirmation.fill(zoe.me.username);
    await button(erasing, "Erase for good").click();
    const jobs = page.getByRole("region", { name: "Jobs" });
    await jobs.getByText("Done", { exact: true }).waitFor({ timeout: 60_000 });
    await jobs.getByRole("button", { name: /^Dismiss/ }).click();
    expect(await codeOf(zoe.client.call(getMe))).not.toBe("ok");
    expect((await userOf(zoe)).displayName).not.toBe("Zoe");
    await open1.close();
  });

  test("invites: created for a link and for an address, copied, revoked", async () => {
    const { id, name } = await createChannelWith(owner, [], "arrivals");
    await openAdminPage(page, "invites");
    await page.getByText("There are no invites yet").waitFor();
    await button(page, "Create an invite").click();
    const form = dialog(page, "Create an invite");
    for (const uses of ["0", "1001", "1.5", ""]) {
      await field(form, "How many people").fill(uses);
      await expectNotSent(form, "How many people", "Create");
    }
    await field(form, "How many people").fill("3");
    await field(form, "Expires after").selectOption("1");
    await field(form, "Role").selectOption("guest");
    await pick(page, form, "Channels that they join", name ?? "");
    await button(form, "Create").click();
    const created = dialog(page, "Invite created");
    await created.getByText("It can be used 3 times").waitFor();
    const link = await field(created, "Link").inputValue();
    await button(created, "Done").click();
    await answer(page, "Close without copying?", "Cancel");
    await button(created, "Copy").click();
    await button(created, "Copied").waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link);
    await button(created, "Done").click();
    await created.waitFor({ state: "detached" });
    const [invite] = (await owner.client.call(getInvites)).items;
    expect(invite).toMatchObject({ maxUses: 3, role: "guest", channelIds: [id], state: "active" });

    const guest = await app.openPage(link.slice(app.url.length));
    await guest.getByText(/invites you to .* as a guest/).waitFor();

    await button(page, "Create an invite").click();
    await form.getByText("One person").click();
    await field(form, "E-mail address").fill("no address");
    await expectNotSent(form, "E-mail address", "Create");
    await field(form, "E-mail address").fill("a@b");
    await button(form, "Create").click();
    await expectFieldError(form, "E-mail address", /e-mail address/);
    expect((await owner.client.call(getInvites)).items).toHaveLength(1);
    await field(form, "E-mail address").fill("paul@example.com");
    await button(form, "Create").click();
    await created.getByText("Only paul@example.com can register with it").waitFor();
    const mailed = await app.linkMailedTo("paul@example.com", "invite");
    expect(mailed).toBe(await field(created, "Link").inputValue());
    await button(created, "Copy").click();
    await button(created, "Done").click();

    const row = tableRow(page, "Invites", "Anyone with the link");
    await chooseInRow(page, row, "Revoke");
    await answer(page, "Revoke this invite?", "Revoke");
    await expectToast(page, "Invite revoked");
    await row.getByText("revoked").waitFor();
    await guest.goto(`${app.url}/login`);
    await guest.goto(link);
    await guest.getByRole("heading", { name: "This invite can’t be used" }).waitFor();
    await page.reload();
    await row.getByText("revoked").waitFor();
    expect(await row.getByRole("button", { name: /^Actions for/ }).count()).toBe(0);
    await guest.close();
  });

  test("user groups: created, changed, mentioned, deleted", async () => {
    await openAdminPage(page, "groups");
    await button(page, "Create a group").click();
    const form = dialog(page, "Create a user group");
    const fill = async (handle: string, name: string): Promise<void> => {
      await field(form, "Handle").fill(handle);
      await field(form, "Name").fill(name);
      await button(form, "Create").click();
    };
    await fill("<b>", "Team");
    await expectFieldError(form, "Handle", /2 to 32 characters/);
    await fill("team", "   ");
    await expectFieldError(form, "Name");
    await fill(ann.me.username, "Team");
    await expectFieldError(form, "Handle", /Taken/);
    expect((await owner.client.call(getGroups)).items).toEqual([]);
    await field(form, "Description").fill(hostileText);
    await pick(page, form, "Members", "Ann");
    await fill("@team", hostileText);
    await form.waitFor({ state: "detached" });
    const row = tableRow(page, "User groups", "@team");
    await row.getByText(hostileText).first().waitFor();
    const [group] = (await owner.client.call(getGroups)).items;
    const params = { groupId: group?.id ?? "" };
    expect(await owner.client.call(getGroup, { params })).toMatchObject({
      handle: "team",
      userIds: [ann.me.id],
    });

    await chooseInRow(page, row, "Change");
    const changing = dialog(page, "Change @team");
    await field(changing, "Name").fill("The team");
    await pick(page, changing, "Members", "Olga");
    await changing.getByRole("button", { name: "Remove Ann" }).click();
    await button(changing, "Save").click();
    await row.getByText("The team").waitFor();
    await expect
      .poll(async () => (await owner.client.call(getGroup, { params })).userIds)
      .toEqual([owner.me.id]);

    // A mention of the group, by its suggestion.
    const { id } = await createChannelWith(ann, [owner], "mentions");
    const writing = await app.openAs(ann, `/c/${id}`);
    await composerOf(writing).pressSequentially("Hello @tea");
    await writing.getByRole("option", { name: /team/ }).first().waitFor();
    await writing.keyboard.press("Enter");
    await writing.keyboard.press("Enter");
    await messagesOf(writing).getByText("@team").waitFor();
    await page.goto(`${app.url}/activity`);
    await page.locator(".main").getByText("@team").first().waitFor();
    await writing.close();

    await openAdminPage(page, "groups");
    await chooseInRow(page, row, "Delete");
    await answer(page, "Delete @team?", "Delete");
    await expectToast(page, "User group deleted");
    await page.getByText("There are no user groups yet").waitFor();
    expect((await owner.client.call(getGroups)).items).toEqual([]);
  });

  test("the roles and what they permit", async () => {
    await openAdminPage(page, "roles");
    await page
      .getByRole("region", { name: "In the workspace" })
      .getByText("Transfer the ownership")
      .waitFor();
    await page.getByRole("columnheader", { name: "Moderator" }).waitFor();
  });
});
