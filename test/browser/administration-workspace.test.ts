import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  deleteMessage,
  getAuditEntries,
  getChannel,
  getCustomEmoji,
  getHeldMessages,
  getProjection,
  getRetention,
  getWorkspace,
  type ParleyError,
} from "../../src/client/index.ts";
import { chromiumPath } from "../e2e/support/chromium-path.ts";
import { createChannelWith, post } from "./support/channel.ts";
import {
  answer,
  button,
  chooseInRow,
  dialog,
  expectFieldError,
  expectNotSent,
  expectToast,
  field,
  pick,
  tableRow,
} from "./support/forms.ts";
import { picture } from "./support/picture.ts";
import { AuthenticatorApp } from "./support/second-factor.ts";
import { messagesOf, password, type Person, WebApp, write } from "./support/web-app.ts";

describe.skipIf(!chromiumPath)("the administration of the workspace", () => {
  let app: WebApp;
  let owner: Person;
  let ann: Person;
  let page: Page;

  beforeAll(async () => {
    app = await WebApp.start({ PASSWORD_CPU_PERCENT: "100" });
    owner = await app.createPerson("Olga");
    ann = await app.createPerson("Ann");
    page = await app.openAs(owner, "/admin");
  });
  afterEach(() => app.expectNoProblems());
  afterAll(() => app?.stop());

  const open = async (name: string): Promise<void> => {
    await page.goto(`${app.url}/admin/${name}`);
    await page.locator(".admin-content h2").first().waitFor();
  };

  test("channels: archived, restored, retention, legal hold, purged", async () => {
    const { id, name } = await createChannelWith(owner, [ann], "ledger");
    const secret = await createChannelWith(ann, [], "hidden");
    const params = { channelId: id };
    await open("channels");
    await field(page, "Search").fill("<b>");
    await page.getByText("No name begins with “<b>”").waitFor();
    await field(page, "Search").fill("#ledg");
    const row = tableRow(page, "Channels", `#${name}`);
    await chooseInRow(page, row, "Archive");
    await answer(page, `Archive #${name}?`, "Archive");
    await expectToast(page, "Channel archived");
    await row.getByText("archived", { exact: true }).waitFor();
    expect((await owner.client.call(getChannel, { params })).archivedAt).not.toBe(null);
    await page.reload();
    await field(page, "Show").selectOption("all");
    await row.getByText("archived", { exact: true }).waitFor();
    await chooseInRow(page, row, "Restore");
    await expectToast(page, "Channel restored");
    await row.getByText("archived", { exact: true }).waitFor({ state: "detached" });
    expect((await owner.client.call(getChannel, { params })).archivedAt).toBe(null);

    // Retention: of the workspace by default, longer, shorter with a question.
    const form = dialog(page, "Retention and legal hold");
    const days = "Delete messages after (days)";
    await chooseInRow(page, row, "Retention and legal hold");
    await form.getByText("At present messages are kept without limit.").waitFor();
    for (const wrong of ["0", "36501", "1.5", "-3"]) {
      await field(form, days).fill(wrong);
      await expectNotSent(form, days, "Save");
    }
    await field(form, days).fill("30");
    await button(form, "Save").click();
    await answer(page, "Delete messages after 30 days?", "Cancel");
    expect((await owner.client.call(getRetention, { params })).days).toBe(null);
    await button(form, "Save").click();
    await answer(page, "Delete messages after 30 days?", "Save");
    await expectToast(page, "Retention saved");
    expect(await owner.client.call(getRetention, { params })).toMatchObject({ days: 30, effectiveDays: 30 });

    // During a legal hold, deleted messages are kept for admins, and the channel can't be purged.
    await chooseInRow(page, row, "Retention and legal hold");
    await form.getByRole("checkbox", { name: /^Legal hold/ }).check();
    await field(form, days).fill("");
    await button(form, "Save").click();
    await expectToast(page, "Retention saved");
    expect(await owner.client.call(getRetention, { params })).toMatchObject({ days: null, legalHold: true });
    await chooseInRow(page, row, "Held messages");
    const held = dialog(page, "Messages that the legal hold keeps");
    await held.getByText("Nothing is held").waitFor();
    await button(held, "Close").click();
    const message = await post(ann, id, "<b>Shred this</b>");
    await ann.client.call(deleteMessage, { params: { channelId: id, messageId: message.id } });
    await expect
      .poll(async () => (await owner.client.call(getHeldMessages, { params })).items.length)
      .toBeGreaterThan(0);
    await chooseInRow(page, row, "Held messages");
    await tableRow(held, "Held messages", "<b>Shred this</b>").getByText("Ann").first().waitFor();
    await button(held, "Close").click();
    await chooseInRow(page, row, "Purge");
    const purging = dialog(page, `Purge #${name}?`);
    await purging.getByLabel(/^Type “/).fill(`#${name}`);
    expect(await button(purging, "Delete for good").isDisabled()).toBe(true);
    await purging.getByLabel(/^Type “/).fill(name ?? "");
    await button(purging, "Delete for good").click();
    await purging.getByRole("alert").waitFor();
    await button(purging, "Cancel").click();
    await chooseInRow(page, row, "Retention and legal hold");
    await form.getByText("The channel is under a legal hold").waitFor();
    await form.getByRole("checkbox", { name: /^Legal hold/ }).uncheck();
    await button(form, "Save").click();
    await answer(page, "End the legal hold?", "End the hold");
    await expectToast(page, "Retention saved");
    expect((await owner.client.call(getRetention, { params })).legalHold).toBe(false);
    await chooseInRow(page, row, "Incoming webhooks");
    await page.getByText("The channel has no webhooks").waitFor();
    await page.goBack();
    await field(page, "Show").selectOption("joined");
    await chooseInRow(page, row, "Purge");
    await purging.getByLabel(/^Type “/).fill(name ?? "");
    await button(purging, "Delete for good").click();
    await page.getByRole("region", { name: "Jobs" }).getByText("Done", { exact: true }).waitFor();
    await row.waitFor({ state: "detached" });
    await expect
      .poll(() =>
        owner.client.call(getChannel, { params }).then(
          () => "found",
          (error: unknown) => (error as ParleyError).code,
        ),
      )
      .toBe("not_found");
    await field(page, "Show").selectOption("all");
    await row.waitFor({ state: "detached" });
    await tableRow(page, "Channels", `#${secret.name}`).waitFor();
  });

  test("custom emoji: uploaded, used, given another name, deleted; storage", async () => {
    await open("emoji");
    const file = async (name: string, size: number, type = "image/png") => ({
      name,
      mimeType: type,
      buffer: Buffer.from(await picture(size, size).arrayBuffer()),
    });
    await button(page, "Upload an emoji").click();
    const form = dialog(page, "Upload an emoji");
    await field(form, "Image").setInputFiles(await file("page.html", 8, "text/html"));
    await expectFieldError(form, "Image", /Choose a PNG/);
    expect(await button(form, "Create").isDisabled()).toBe(true);
    await field(form, "Image").setInputFiles({
      name: "large.png",
      mimeType: "image/png",
      buffer: Buffer.alloc(300_000),
    });
    await expectFieldError(form, "Image", /At most 256 KiB/);
    await field(form, "Image").setInputFiles({
      name: "broken.png",
      mimeType: "image/png",
      buffer: Buffer.from("<svg onload=alert(1)>"),
    });
    await button(form, "Create").click();
    await expectFieldError(form, "Image", /./);
    await field(form, "Image").setInputFiles(await file("Party Parrot!.png", 64));
    expect(await field(form, "Name").inputValue()).toBe("party_parrot");
    await field(form, "Name").fill("<b>");
    await button(form, "Create").click();
    await expectFieldError(form, "Name", /./);
    expect((await owner.client.call(getCustomEmoji)).items).toEqual([]);
    await field(form, "Name").fill(":parrot:");
    await button(form, "Create").click();
    const row = tableRow(page, "Custom emoji", ":parrot:").first();
    await row.getByText("64 × 64").waitFor();

    await chooseInRow(page, row, "Add another name");
    const alias = dialog(page, "Another name of :parrot:");
    for (const wrong of ["parrot", "x"]) {
      await field(alias, "Name").fill(wrong);
      await button(alias, "Add").click();
      await expectFieldError(alias, "Name", /./);
    }
    await field(alias, "Name").fill("bird");
    await button(alias, "Add").click();
    await alias.waitFor({ state: "detached" });
    await tableRow(page, "Custom emoji", "that of :parrot:").waitFor();
    const names = async (): Promise<string[]> =>
      (await owner.client.call(getCustomEmoji)).items.map((emoji) => emoji.name).toSorted();
    expect(await names()).toEqual(["bird", "parrot"]);

    const { id, name } = await createChannelWith(owner, [ann], "aviary");
    const reading = await app.openAs(ann, `/c/${id}`);
    await write(reading, "Look: :bird: :parrot:");
    await expect
      .poll(() =>
        messagesOf(reading)
          .locator("article img.custom-emoji")
          .evaluateAll((all) => all.map((one) => (one as HTMLImageElement).naturalWidth)),
      )
      .toEqual([64, 64]);
    await chooseInRow(page, row, "Delete");
    await answer(page, "Delete :parrot:?", "Delete");
    await expectToast(page, "Emoji deleted");
    await page.getByText("There are no custom emoji yet").waitFor();
    expect(await names()).toEqual([]);
    await reading.reload();
    await messagesOf(reading).getByText("Look: :bird: :parrot:").waitFor();
    await reading.close();

    await open("storage");
    const storage = tableRow(page, "Channels", `#${name}`);
    await storage.getByText("up to date").nth(1).waitFor();
    for (const [item, title] of [
      ["Rebuild in the database", "Rebuild the part in the database of this channel?"],
      ["Rebuild the search index", "Rebuild the search index of this channel?"],
    ] as const) {
      await chooseInRow(page, storage, item);
      await answer(page, title, "Rebuild");
      await expectToast(page, "The rebuild has begun");
    }
    await expect
      .poll(async () => {
        const { seq, recordedSeq, indexedSeq } = await owner.client.call(getProjection, {
          params: { channelId: id },
        });
        return [seq - recordedSeq, seq - indexedSeq];
      })
      .toEqual([0, 0]);
    await button(page, "Refresh").click();
    await storage.getByText("up to date").nth(1).waitFor();
    await button(page, "Check").click();
    await page.getByText(/^0 conversations, of which 0 lag behind/).waitFor();
    for (const [action, title] of [
      ["Rebuild in the database", "Rebuild the part in the database of all direct messages?"],
      ["Rebuild the search index", "Rebuild the search index of all direct messages?"],
    ] as const) {
      await button(page, action).click();
      await answer(page, title, "Rebuild");
      await expectToast(page, "All rebuilds have begun");
    }
  });

  test("the second factor can be required; audit log; health", async () => {
    const eve = await app.createPerson("Eve");
    const eves = await app.openAs(eve, "/settings/profile");
    await open("settings");
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
    await open("settings");
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
    await expectFieldError(eves, "Code that the app shows", /./);
    await confirmApp(eves, new AuthenticatorApp(secret));
    await eves.getByRole("heading", { name: "Profile" }).waitFor();
    await button(page, "Make it optional").click();
    await answer(page, "Make the second factor optional?", "Make it optional");
    await page.getByText("A second factor is optional.").waitFor();
    const secondFactor = async () => ({ method: "totp" as const, code: await owners.code() });
    await owner.client.login({ login: owner.me.username, password }, { secondFactor });
    expect((await owner.client.call(getWorkspace)).requireSecondFactor).toBe(false);

    // The log has an entry of the action, for its actor alone.
    await open("people");
    await chooseInRow(page, tableRow(page, "People", `@${owner.me.username}`), "Show in the audit log");
    await page.getByRole("table", { name: "Audit log" }).waitFor();
    expect(new URL(page.url()).searchParams.get("actor")).toBe(owner.me.id);
    await field(page, "Action").selectOption("workspace.update_settings");
    const entries = tableRow(page, "Audit log", "Changed the settings of the workspace");
    await expect.poll(() => entries.count()).toBe(2);
    await entries.first().getByText("requireSecondFactor: true").click();
    await entries.first().getByText("workspace.update_settings").waitFor();
    const downloading = page.waitForEvent("download");
    await button(page, "Download as JSON lines").click();
    const chunks: Buffer[] = [];
    for await (const chunk of await (await downloading).createReadStream()) chunks.push(chunk as Buffer);
    const lines = Buffer.concat(chunks).toString().trim().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { action: "workspace.update_settings", actorId: owner.me.id, detail: { requireSecondFactor: true } },
      { action: "workspace.update_settings", actorId: owner.me.id, detail: { requireSecondFactor: false } },
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
    await page.getByRole("button", { name: "Remove Olga" }).click();
    await pick(page, page.locator(".filters"), "Who acted", "Eve");
    await page.getByText("No entry matches").waitFor();
    await field(page, "Action").selectOption("second_factor.add");
    await tableRow(page, "Audit log", "Added a second factor").getByText("Eve").first().waitFor();

    await open("health");
    await tableRow(page, "Checks", "database").getByText("ok").waitFor();
    await button(page, "Check now").click();
    await tableRow(page, "Checks", "search").getByText("ok").waitFor();
    await app.killServer();
    await button(page, "Check now").click();
    await page.getByText("The last check failed.").waitFor();
    await app.startServer();
    await button(page, "Check now").click();
    await page.getByText("The last check failed.").waitFor({ state: "detached" });

    // Others can't open these pages.
    await eves.goto(`${app.url}/admin/people`);
    await eves.getByText("Only the owner and admins can open this page").waitFor();
    await page.goto(`${app.url}/admin/no-such-page`);
    await page.getByText("There is no such page").waitFor();
    await eves.close();
  });
});

/** Enables the app of a form, and stores the recovery codes. */
async function confirmApp(page: Page, authenticator: AuthenticatorApp): Promise<void> {
  await field(page, "Code that the app shows").fill(await authenticator.code());
  await button(page, "Enable").click();
  await field(page, "I have stored the codes").check();
  await button(page, "Done").click();
}
