import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  addMember,
  createBot,
  createClient,
  createIncomingWebhook,
  createMessage,
  getChannelMessages,
  getReminders,
  getScheduledMessages,
  getUsers,
} from "../../src/client/index.ts";
import { chromiumPath } from "../e2e/support/chromium-path.ts";
import { composerOf, messagesOf, password, WebApp, write } from "./support/web-app.ts";

/** Registers through the form, and returns the page in the empty workspace. */
async function register(app: WebApp, username: string): Promise<Page> {
  const page = await app.openPage("/register");
  await page.getByLabel("E-mail address").fill(`${username}@example.com`);
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Name", { exact: true }).fill(username[0]?.toUpperCase() + username.slice(1));
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Register" }).click();
  await page.locator(".shell").waitFor();
  return page;
}

const row = (page: Page, text: string) =>
  messagesOf(page).locator("article").filter({ hasText: text }).last();

/** Clicks an action that a message shows while the pointer is over it. A list that is still loading may move away from the pointer. */
async function clickAction(page: Page, text: string, label: string): Promise<void> {
  const click = async (): Promise<void> => {
    await row(page, text).hover();
    await row(page, text).getByRole("button", { name: label }).first().click({ timeout: 1_000 });
  };
  await vi.waitFor(click, { timeout: 30_000 });
}

/** Opens an action of a message's menu. */
async function act(page: Page, text: string, action: string): Promise<void> {
  await clickAction(page, text, "More actions");
  await page.getByRole("menuitem", { name: action }).click();
}

describe.skipIf(!chromiumPath)("a working day of two people and a bot", () => {
  let app: WebApp;
  let mira: Page;
  let jonas: Page;

  beforeAll(async () => {
    app = await WebApp.start({}, { hasServiceWorker: true });
  });
  afterAll(() => app?.stop());

  test("from the registration to the evening", { timeout: 300_000 }, async () => {
    // The first account sees what to do first, and creates a channel.
    mira = await register(app, "mira");
    await mira.getByRole("heading", { name: "Welcome, Mira" }).waitFor();
    jonas = await register(app, "jonas");
    await mira.getByRole("button", { name: "Channels: more" }).click();
    await mira.getByRole("menuitem", { name: "Create a channel" }).click();
    await mira.getByLabel("Name", { exact: true }).fill("launch");
    await mira.getByRole("button", { name: "Create", exact: true }).click();
    await mira.getByRole("heading", { name: "#launch" }).waitFor();

    // Jonas finds it by the switcher and joins.
    await jonas.keyboard.press("Control+k");
    await jonas.keyboard.type("launch");
    await jonas.getByRole("option", { name: /launch/ }).click();
    await jonas.getByRole("heading", { name: "#launch" }).waitFor();

    // They talk: a mention by its suggestion, a reply, a reaction, an edit.
    await composerOf(mira).pressSequentially("Good morning @jon");
    await mira.getByRole("option", { name: /Jonas/ }).waitFor();
    await mira.keyboard.press("Enter");
    await mira.keyboard.type("coffee?");
    await mira.keyboard.press("Enter");
    await row(jonas, "coffee?").waitFor();
    await clickAction(jonas, "coffee?", "Reply in a thread");
    await jonas.locator(".pane .composer-text").fill("At ten.");
    await jonas.locator(".pane .composer-text").press("Enter");
    await row(mira, "coffee?")
      .getByRole("button", { name: /1 reply/ })
      .waitFor();
    await clickAction(jonas, "coffee?", "Add a reaction");
    await jonas.getByPlaceholder("Search emoji").fill("thumbs up");
    await jonas
      .getByRole("gridcell", { name: /thumbs up/ })
      .first()
      .waitFor();
    await jonas.keyboard.press("Enter");
    await row(mira, "coffee?").getByRole("button", { name: "👍, 1" }).waitFor();
    await write(jonas, "See you at tne");
    await row(jonas, "See you at tne").waitFor();
    await composerOf(jonas).press("ArrowUp");
    await jonas.getByRole("textbox", { name: "Edit the message" }).fill("See you at ten");
    await jonas.keyboard.press("Enter");
    await row(mira, "See you at ten").getByText("(edited)").waitFor();

    // A bot and a webhook report.
    const owner = createClient({ url: app.url });
    await owner.login({ login: "mira", password });
    const channelId = new URL(mira.url()).pathname.split("/")[2] ?? "";
    const { user: bot, accessToken } = await owner.call(createBot, {
      body: { username: "ci", displayName: "CI", scopes: ["read", "write"] },
    });
    await owner.call(addMember, { params: { channelId }, body: { userId: bot.id } });
    const ci = createClient({ url: app.url, token: accessToken });
    await ci.call(createMessage, {
      params: { channelId },
      body: {
        content: "",
        attachments: [{ color: "#2eb67d", title: "Build 42 passed", text: "All tests are green." }],
      },
    });
    await messagesOf(mira).getByText("Build 42 passed").waitFor();
    const { url } = await owner.call(createIncomingWebhook, {
      params: { channelId },
      body: { name: "Alerts" },
    });
    const response = await fetch(app.url + new URL(url).pathname, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ text: "Disk is *full* on <https://example.com|db1>" }),
    });
    expect(await response.text()).toBe("ok");
    await messagesOf(mira).getByRole("link", { name: "db1" }).waitFor();

    // What is for later: pin, save, reminder, scheduled message, slash command.
    await act(mira, "See you at ten", "Pin to the channel");
    await row(mira, "See you at ten").getByText("Pinned").waitFor();
    await act(mira, "See you at ten", "Save");
    await act(mira, "See you at ten", "Remind me …");
    await mira.getByRole("button", { name: "Remind me", exact: true }).click();
    await expect.poll(async () => (await owner.call(getReminders)).items.length).toBe(1);
    await composerOf(mira).fill("Do not forget the notes");
    await mira.getByRole("button", { name: "Send later" }).click();
    await mira.getByRole("button", { name: "Schedule" }).click();
    await expect.poll(async () => (await owner.call(getScheduledMessages)).items.length).toBe(1);
    await expect.poll(() => composerOf(mira).inputValue()).toBe("");
    await write(mira, "/shrug we will see");
    await row(mira, "¯\\_(ツ)_/¯").waitFor();

    // A direct message reaches the other's list, with a badge.
    await mira.getByRole("button", { name: "Direct messages: more" }).click();
    await mira.getByRole("menuitem", { name: "New conversation" }).click();
    await mira.getByLabel("With").fill("jonas");
    await mira.getByRole("option", { name: /Jonas/ }).click();
    await mira
      .getByRole("dialog")
      .getByRole("button", { name: /Open|Start|Begin|Message/ })
      .click();
    await mira.getByRole("heading", { name: "Jonas" }).first().waitFor();
    await write(mira, "Between us: well done");
    await jonas
      .locator(".sidebar")
      .getByRole("link", { name: /Mira.*new/ })
      .click();
    await row(jonas, "Between us: well done").waitFor();

    // Search finds, and leads into the context.
    await jonas.goto(`${app.url}/search?q=coffee`);
    await jonas
      .getByRole("link", { name: /launch/ })
      .first()
      .waitFor();

    // A message is deleted everywhere.
    await jonas.goto(`${app.url}/c/${channelId}`);
    await act(jonas, "See you at ten", "Delete");
    await jonas.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await mira.goto(`${app.url}/c/${channelId}`);
    await row(mira, "coffee?").waitFor();
    await expect.poll(() => messagesOf(mira).getByText("See you at ten").count()).toBe(0);

    // In the evening both see the same, and so does the server.
    const { items } = await owner.call(getChannelMessages, { params: { channelId } });
    const shown = items.filter(({ deletedAt }) => deletedAt === null).length;
    for (const page of [mira, jonas])
      await expect.poll(() => messagesOf(page).locator("article").count()).toBe(shown);
    expect((await owner.call(getUsers, { query: { query: "jonas" } })).items).toHaveLength(1);
    app.expectNoProblems();
  });
});
