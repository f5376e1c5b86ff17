import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  deleteMessage,
  getChannel,
  getCustomEmoji,
  getHeldMessages,
  getProjection,
  getRetention,
} from "../../src/client/index.ts";
import { chromiumPath } from "../e2e/support/chromium-path.ts";
import { createChannelWith, post } from "./support/channel.ts";
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
  openAdminPage,
  tableRow,
} from "./support/forms.ts";
import { pictureFile } from "./support/picture.ts";
import { messagesOf, type Person, WebApp, write } from "./support/web-app.ts";

describe.skipIf(!chromiumPath)("the administration of channels and emoji", () => {
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

  test("channels: archived, restored, retention, legal hold, purged", async () => {
    const { id, name } = await createChannelWith(owner, [ann], "ledger");
    const secret = await createChannelWith(ann, [], "hidden");
    const params = { channelId: id };
    await openAdminPage(page, "channels");
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
    await field(page, "Show").selectOption("public");
    await chooseInRow(page, row, "Purge");
    await purging.getByLabel(/^Type “/).fill(name ?? "");
    await button(purging, "Delete for good").click();
    await page.getByRole("region", { name: "Jobs" }).getByText("Done", { exact: true }).waitFor();
    await row.waitFor({ state: "detached" });
    await expect.poll(() => codeOf(owner.client.call(getChannel, { params }))).toBe("not_found");
    await field(page, "Show").selectOption("all");
    await row.waitFor({ state: "detached" });
    await tableRow(page, "Channels", `#${secret.name}`).waitFor();
  });

  test("custom emoji: uploaded, used, given another name, deleted", async () => {
    await openAdminPage(page, "emoji");
    await button(page, "Upload an emoji").click();
    const form = dialog(page, "Upload an emoji");
    await field(form, "Image").setInputFiles({
      name: "page.html",
      mimeType: "text/html",
      buffer: Buffer.from("<b>"),
    });
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
    await expectFieldError(form, "Image", /not an image/);
    await field(form, "Image").setInputFiles(await pictureFile("Party Parrot!.png", 64, 64));
    expect(await field(form, "Name").inputValue()).toBe("party_parrot");
    for (const wrong of ["<b>", "parrot"]) {
      await field(form, "Name").fill(wrong);
      await button(form, "Create").click();
      await expectFieldError(form, "Name", wrong === "parrot" ? /standard emoji/ : /2 to 32 characters/);
    }
    expect((await owner.client.call(getCustomEmoji)).items).toEqual([]);
    await field(form, "Name").fill(":pparrot:");
    await button(form, "Create").click();
    const row = tableRow(page, "Custom emoji", "64 × 64");
    await row.waitFor();

    await chooseInRow(page, row, "Add another name");
    const alias = dialog(page, "Another name of :pparrot:");
    for (const [wrong, text] of [
      ["pparrot", /Taken/],
      ["x", /2 to 32 characters/],
    ] as const) {
      await field(alias, "Name").fill(wrong);
      await button(alias, "Add").click();
      await expectFieldError(alias, "Name", text);
    }
    await field(alias, "Name").fill("polly");
    await button(alias, "Add").click();
    await alias.waitFor({ state: "detached" });
    await tableRow(page, "Custom emoji", "that of :pparrot:").waitFor();
    const names = async (): Promise<string[]> =>
      (await owner.client.call(getCustomEmoji)).items.map((emoji) => emoji.name).toSorted();
    expect(await names()).toEqual(["polly", "pparrot"]);

    const { id } = await createChannelWith(owner, [ann], "aviary");
    const reading = await app.openAs(ann, `/c/${id}`);
    await write(reading, "Look: :polly: :pparrot:");
    await expect
      .poll(() =>
        messagesOf(reading)
          .locator("article img.custom-emoji")
          .evaluateAll((all) => all.map((one) => (one as HTMLImageElement).naturalWidth)),
      )
      .toEqual([64, 64]);
    await chooseInRow(page, row, "Delete");
    await answer(page, "Delete :pparrot:?", "Delete");
    await expectToast(page, "Emoji deleted");
    await page.getByText("There are no custom emoji yet").waitFor();
    expect(await names()).toEqual([]);
    await reading.reload();
    await messagesOf(reading).getByText("Look: :polly: :pparrot:").waitFor();
    await reading.close();
  });

  test("storage: the lag of channels, and rebuilds", async () => {
    const { id, name } = await createChannelWith(owner, [ann], "archive");
    await openAdminPage(page, "storage");
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
});
