import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  createChannel,
  createClient,
  getFileMetadata,
  getMe,
  getNotificationSettings,
  getStatus,
  getTokens,
  getUnreads,
  joinChannel,
} from "../../src/client/index.ts";
import { chromiumPath } from "../e2e/support/chromium-path.ts";
import { createChannelWith } from "./support/channel.ts";
import {
  answer,
  button,
  dialog,
  expectAfterReload,
  expectFieldError,
  expectNotSent,
  expectToast,
  field,
  rejectOnce,
  requireConfirmationOnce,
  save,
  section,
  takeSecret,
} from "./support/forms.ts";
import { hostileText } from "./support/hostile-texts.ts";
import { pictureFile } from "./support/picture.ts";
import { type Person, WebApp } from "./support/web-app.ts";

describe.skipIf(!chromiumPath)("the settings of a user", () => {
  let app: WebApp;
  let ann: Person;
  let bob: Person;

  beforeAll(async () => {
    app = await WebApp.start(
      { WEB_PUSH: "on", VAPID_SUBJECT: "mailto:admin@example.com" },
      { hasServiceWorker: true },
    );
    ann = await app.createPerson("Ann");
    bob = await app.createPerson("Bob");
  });
  afterEach(() => app.expectNoProblems());
  afterAll(() => app?.stop());

  test("the profile: name, time zone, picture and status", async () => {
    const page = await app.openAs(ann, "/settings");
    const form = section(page, "Name and time zone");

    // A wrong name is rejected at its field, and nothing is stored.
    await field(form, "Name").fill("   ");
    await button(form, "Save").click();
    await expectFieldError(form, "Name");
    await field(form, "Name").fill("");
    await expectNotSent(form, "Name", "Save");
    expect((await ann.client.call(getMe)).displayName).toBe("Ann");

    // A hostile name is a text as any other.
    await field(form, "Name").fill(hostileText);
    await save(page, form, "Your profile was saved");
    await page.locator(".sidebar").getByText(hostileText).first().waitFor();
    await field(form, "Name").fill("Ann Lee");
    await field(form, "Time zone").selectOption("Pacific/Auckland");
    await save(page, form, "Your profile was saved");
    expect(await ann.client.call(getMe)).toMatchObject({
      displayName: "Ann Lee",
      timeZone: "Pacific/Auckland",
    });
    await form.getByRole("button", { name: /^Use Europe\/Berlin/ }).click();
    await save(page, form, "Your profile was saved");
    expect((await ann.client.call(getMe)).timeZone).toBe("Europe/Berlin");
    await page.reload();
    await expect.poll(() => field(form, "Name").inputValue()).toBe("Ann Lee");
    expect(await field(form, "Time zone").inputValue()).toBe("Europe/Berlin");
    await field(form, "Time zone").selectOption("");
    await button(form, "Save").click();
    await expect.poll(async () => (await ann.client.call(getMe)).timeZone).toBe(null);

    // A picture: not an image, cancelled, cropped, removed.
    const pictures = section(page, "Picture");
    const choose = async (file: { name: string; mimeType: string; buffer: Buffer }): Promise<void> => {
      const chooser = page.waitForEvent("filechooser");
      await pictures.getByRole("button", { name: /^Choose/ }).click();
      await (await chooser).setFiles(file);
    };
    const wide = await pictureFile("wide.png", 900, 640);
    await choose({ name: "not.png", mimeType: "image/png", buffer: Buffer.from(hostileText) });
    await expectToast(page, "This file is not an image");
    await choose(wide);
    await pictures.getByAltText("The new picture").waitFor();
    await button(pictures, "Cancel").click();
    await choose(wide);
    await button(pictures, "Use this picture").click();
    await expectToast(page, "Your picture was saved");
    const { avatarFileId } = await ann.client.call(getMe);
    const params = { fileId: avatarFileId ?? "" };
    expect(await ann.client.call(getFileMetadata, { params })).toMatchObject({
      type: "image/webp",
      width: 512,
      height: 512,
    });
    // Others see it.
    const other = await app.openAs(bob, `/people`);
    await other
      .getByRole("link", { name: /Ann Lee/ })
      .first()
      .waitFor();
    await expect
      .poll(() =>
        other
          .locator(".main img")
          .evaluateAll((all) => all.map((one) => (one as HTMLImageElement).naturalWidth)),
      )
      .toContain(512);
    await other.close();
    await page.reload();
    await button(pictures, "Remove the picture").click();
    await button(pictures, "Choose a picture").waitFor();
    expect((await ann.client.call(getMe)).avatarFileId).toBe(null);

    // A status with its end.
    const status = section(page, "Status");
    await button(status, "Set a status").click();
    const statusForm = dialog(page, "Your status");
    const saveStatus = async (): Promise<void> => {
      await button(statusForm, "Save").click();
      await statusForm.waitFor({ state: "detached" });
    };
    await statusForm.getByRole("button", { name: /In a meeting/ }).click();
    await saveStatus();
    await status.getByText("In a meeting").waitFor();
    const { custom } = await ann.client.call(getStatus);
    expect(custom).toMatchObject({ emoji: "📅", text: "In a meeting" });
    const left = Date.parse(custom?.expiresAt ?? "") - Date.now();
    expect(left > 0 && left <= 3_600_000).toBe(true);
    await expectAfterReload(page, "In a meeting");
    // Its end stays while the text changes, and the presence is chosen.
    await button(status, "Change your status").click();
    await field(statusForm, "What you are doing").fill(hostileText);
    await field(statusForm, "Presence").selectOption("dnd");
    await statusForm.getByRole("button", { name: /Choose another/ }).click();
    await page.getByPlaceholder("Search emoji").fill("thumbs up");
    await page
      .getByRole("gridcell", { name: /thumbs up/ })
      .first()
      .waitFor();
    await page.keyboard.press("Enter");
    await statusForm.getByRole("button", { name: /Emoji: 👍/ }).waitFor();
    await saveStatus();
    expect(await ann.client.call(getStatus)).toEqual({
      presence: "dnd",
      custom: { emoji: "👍", text: hostileText, expiresAt: custom?.expiresAt },
    });
    await button(status, "Change your status").click();
    await button(statusForm, "Without emoji").click();
    await field(statusForm, "When it is cleared").selectOption("never");
    await saveStatus();
    expect((await ann.client.call(getStatus)).custom).toEqual({ text: hostileText });
    await button(status, "Change your status").click();
    await button(statusForm, "Clear the status").click();
    await button(status, "Set a status").waitFor();
    expect((await ann.client.call(getStatus)).custom).toBe(null);
    await page.close();
  });

  test("the quiet hours, and the notifications of channels", async () => {
    const channels = [];
    for (let at = 0; at < 10; at++) channels.push(await createChannelWith(bob, [], `level-${at}x`));
    const [first] = channels;
    if (!first) throw new Error("There is no channel");
    for (const { id } of channels) await ann.client.call(joinChannel, { params: { channelId: id } });
    const page = await app.openAs(ann, "/settings/notifications");

    await section(page, "Notifications on this device").getByText("They are off.").waitFor();

    const hours = section(page, "Quiet hours");
    await hours.getByText("Use quiet hours").click();
    await field(hours, "From").fill("22:15");
    await field(hours, "Until").fill("");
    await expectNotSent(hours, "Until", "Save");
    await field(hours, "Until").fill("06:30");
    const days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    for (const day of days) await field(hours, day).uncheck();
    await hours.getByText("Choose at least one day").waitFor();
    expect(await button(hours, "Save").getAttribute("aria-disabled")).toBe("true");
    for (const day of ["Saturday", "Sunday"]) await field(hours, day).check();
    await hours.getByRole("checkbox", { name: /Notify all devices/ }).check();
    await save(page, hours, "The settings were saved");
    expect(await ann.client.call(getNotificationSettings)).toEqual({
      quietHours: { start: "22:15", end: "06:30", days: [0, 6] },
      pushWhenActive: true,
    });
    await page.reload();
    await expect.poll(() => field(hours, "From").inputValue()).toBe("22:15");
    expect(await field(hours, "Monday").isChecked()).toBe(false);
    await field(hours, "Use quiet hours").uncheck();
    await save(page, hours, "The settings were saved");
    expect((await ann.client.call(getNotificationSettings)).quietHours).toBe(null);

    // The level of one of many channels, which is found by its name.
    const levels = section(page, "Channels and conversations");
    await field(levels, "Find a channel").fill(hostileText);
    await levels.getByText("None of your channels has this name.").waitFor();
    await field(levels, "Find a channel").fill(first.name ?? "");
    await field(levels, `Notifications of ${first.name}`).selectOption("none");
    const levelOf = async (): Promise<string | undefined> =>
      (await ann.client.call(getUnreads)).items.find(({ channelId }) => channelId === first.id)?.level;
    await expect.poll(levelOf).toBe("none");
    // A rejected change is taken back.
    const url = `**/v1/channels/${first.id}/notifications`;
    await rejectOnce(page, { method: "PUT", url, code: "forbidden", status: 403 });
    await field(levels, `Notifications of ${first.name}`).selectOption("all");
    await expectToast(page, "Rejected with forbidden");
    await expect.poll(() => field(levels, `Notifications of ${first.name}`).inputValue()).toBe("none");
    await page.reload();
    await expect.poll(() => field(levels, `Notifications of ${first.name}`).inputValue()).toBe("none");

    await page.close();
  });

  test("the theme follows the choice, or the device", async () => {
    const page = await app.openAs(ann, "/settings/notifications");
    await page.getByRole("link", { name: "Appearance" }).click();
    const theme = (): Promise<string | undefined> =>
      page.evaluate(() => document.documentElement.dataset["theme"]);
    await field(page, "Dark").check();
    await expect.poll(theme).toBe("dark");
    await page.reload();
    await expect.poll(theme).toBe("dark");
    await field(page, "Light").check();
    await expect.poll(theme).toBe("light");
    await page.getByRole("radio", { name: /As the device/ }).check();
    await expect.poll(theme).toBe(undefined);

    await page.close();
  });

  test("the keyboard shortcuts are listed, and work here; an unknown page is reported", async () => {
    const page = await app.openAs(ann, "/settings/notifications");
    await page.getByRole("link", { name: "Keyboard shortcuts" }).click();
    await page.getByText("Jump to a channel or a person").waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog").getByRole("combobox").waitFor();
    await page.keyboard.press("Escape");

    await page.goto(`${app.url}/settings/no-such-page`);
    await page.getByText("There is no such page of the settings").waitFor();
    await page.close();
  });

  test("access tokens: created, used within their limits, revoked", async () => {
    const { id, name } = await bob.client.call(createChannel, { body: { name: "reports" } });
    await bob.client.call(createChannel, { body: { name: "other" } });
    const page = await app.openAs(bob, "/settings/tokens", {
      permissions: ["clipboard-read", "clipboard-write"],
    });
    await page.getByText("You have no tokens.").waitFor();
    const begin = (): Promise<void> => button(page, "Create a token").click();
    const form = dialog(page, "Create a token");
    await begin();

    // Incomplete and wrong input.
    await expectNotSent(form, "Name", "Create");
    await form.getByRole("checkbox", { name: /^Read/ }).uncheck();
    await form.getByText("Choose at least one").waitFor();
    expect(await button(form, "Create").getAttribute("aria-disabled")).toBe("true");
    expect(await form.getByRole("checkbox", { name: /Administer/ }).count()).toBe(0);
    await form.getByRole("checkbox", { name: /^Read/ }).check();
    await field(form, "Name").fill("   ");
    await button(form, "Create").click();
    await expectFieldError(form, "Name");
    await field(form, "Name").fill(hostileText);
    await field(form, "Valid for").selectOption("date");
    for (const date of ["2001-01-01", "20261-01-01", "275760-09-13", ""]) {
      await field(form, "Last day").fill(date);
      await expectNotSent(form, "Last day", "Create");
    }
    await button(form, "Cancel").click();
    expect((await bob.client.call(getTokens)).items).toEqual([]);

    // A token for one channel, until a day.
    await begin();
    const day = new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10);
    await field(form, "Name").fill(hostileText);
    await field(form, "Valid for").selectOption("date");
    await field(form, "Last day").fill(day);
    await field(form, "Only some").check();
    expect(await button(form, "Create").getAttribute("aria-disabled")).toBe("true");
    await field(form, "Find a channel").fill("no such channel");
    await form.getByText("None of your channels has this name.").waitFor();
    await field(form, "Find a channel").fill("repo");
    await field(form, name ?? "").check();
    const confirm = await requireConfirmationOnce(page, "**/v1/users/me/tokens");
    await button(form, "Create").click();
    await confirm();
    const text = await takeSecret(page, "Your new token", "Token");
    const [token] = (await bob.client.call(getTokens)).items;
    expect(token).toMatchObject({ name: hostileText, scopes: ["read"], channelIds: [id] });
    const end = new Date(token?.expiresAt ?? "");
    expect(end.toLocaleDateString("sv", { timeZone: "Europe/Berlin" })).toBe(day);
    const program = createClient({ url: app.url, token: text });
    const readable = (await program.call(getUnreads)).items.map(({ channelId }) => channelId);
    expect(readable).toEqual([id]);

    // After a reload its text is not shown again.
    await expectAfterReload(page, `Only in ${name}`);
    expect(await page.content()).not.toContain(text);

    // A second token: other scopes, no end.
    await begin();
    await field(form, "Name").fill("nightly");
    await form.getByRole("checkbox", { name: /^Write/ }).check();
    await form.getByRole("checkbox", { name: /^Files/ }).check();
    await field(form, "Valid for").selectOption("never");
    await button(form, "Create").click();
    await takeSecret(page, "Your new token", "Token");
    await page.getByText("does not expire").waitFor();
    const second = (await bob.client.call(getTokens)).items.find((each) => each.name === "nightly");
    expect(second).toMatchObject({ scopes: ["read", "write", "files"], channelIds: null, expiresAt: null });

    await button(page, `Revoke ${hostileText}`).click();
    await answer(page, `Revoke the token “${hostileText}”?`, "Cancel");
    expect((await bob.client.call(getTokens)).items).toHaveLength(2);
    await button(page, `Revoke ${hostileText}`).click();
    await answer(page, `Revoke the token “${hostileText}”?`, "Revoke");
    await button(page, `Revoke ${hostileText}`).waitFor({ state: "detached" });
    await expect(program.call(getMe)).rejects.toMatchObject({ code: "unauthenticated" });
    await page.reload();
    await button(page, "Revoke nightly").waitFor();
    expect((await bob.client.call(getTokens)).items.map((each) => each.name)).toEqual(["nightly"]);
    await page.close();
  });
});
