import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath } from "../e2e/support/chromium-path.ts";
import { buildNextRelease } from "./support/build.ts";
import { createChannelWith, textsOf } from "./support/channel.ts";
import { buildOf, storedBuilds, waitForServiceWorker } from "./support/service-worker.ts";
import { composerOf, messagesOf, type Person, WebApp, write } from "./support/web-app.ts";

/** A tab that shows a new channel and was opened before the deployment. */
interface OldTab {
  page: Page;
  channelId: string;
  build: string | null;
}

const banner = (page: Page) => page.getByText("There is a new version");
const updateButton = (page: Page) => page.getByRole("button", { name: "Reload to update" });
const emojiButton = (page: Page) => page.locator(".main").getByRole("button", { name: "Insert an emoji" });
const shortcutsPage = (page: Page) => page.getByRole("heading", { name: "Keyboard shortcuts" });

/** Makes a page ask for a new version, as when the user returns to it. */
const returnTo = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));

/** Returns the states of the service workers of a page: the one that is being installed, the one that waits, and the one that runs. */
const workerStates = (page: Page): Promise<(string | null)[]> =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    return [registration?.installing, registration?.waiting, registration?.active].map(
      (worker) => worker?.state ?? null,
    );
  });

/** Goes to a page of the application as a click on a link does, without loading the document. */
async function follow(page: Page, path: string): Promise<void> {
  await page.evaluate((href) => {
    const link = document.body.appendChild(document.createElement("a"));
    link.href = href;
    link.click();
    link.remove();
  }, path);
}

describe.skipIf(!chromiumPath)("a deployment of the web client", () => {
  let app: WebApp;
  let ann: Person;
  let next: string;
  let alone: OldTab;
  let beside: OldTab;
  let closed: OldTab;
  let withoutWorker: OldTab;
  /** The names of the files that the deployment has removed from the server. */
  let removed: string[];

  async function openTab(options: BrowserContextOptions = {}): Promise<OldTab> {
    const { id } = await createChannelWith(ann, []);
    const page = await app.openAs(ann, `/c/${id}`, options);
    await composerOf(page).fill("An old draft");
    if (options.serviceWorkers !== "block") await waitForServiceWorker(page);
    return { page, channelId: id, build: await buildOf(page) };
  }

  beforeAll(async () => {
    app = await WebApp.start({}, { hasServiceWorker: true });
    ann = await app.createPerson("Ann");
    const [before] = [app.webDirectory, (next = await buildNextRelease())];
    [alone, beside, closed, withoutWorker] = await Promise.all([
      openTab(),
      openTab(),
      openTab(),
      openTab({ serviceWorkers: "block" }),
    ]);
    await closed.page.close();
    await app.deploy(next);
    const kept = new Set(await readdir(join(next, "assets")));
    removed = (await readdir(join(before, "assets"))).filter((name) => !kept.has(name));
  }, 240_000);
  afterEach(() => app.expectNoProblems());
  afterAll(async () => {
    await app?.stop();
    if (next) await rm(next, { recursive: true, force: true });
  });

  test("the server has no file of the earlier build any more", async () => {
    expect(removed.length).toBeGreaterThan(20);
    for (const name of removed) {
      const { status } = await fetch(`${app.url}/assets/${name}`);
      expect(status).toBe(404);
    }
  });

  test("an open tab works on, loads what it lacks, and updates with its draft", async () => {
    const { page, channelId, build } = alone;
    await page.locator('.shell[data-connection="live"]').waitFor();
    await returnTo(page);
    await banner(page).waitFor();
    expect(await composerOf(page).inputValue()).toBe("An old draft");
    await write(page, "After the deployment");
    await expect.poll(() => textsOf(ann, channelId)).toEqual(["After the deployment"]);
    await composerOf(page).fill("Another draft");
    // None of these was loaded before the deployment.
    const loaded: string[] = [];
    page.on("requestfinished", (request) => void loaded.push(request.url()));
    await emojiButton(page).click();
    await page.getByPlaceholder("Search emoji").waitFor();
    await page.keyboard.press("Escape");
    await follow(page, "/settings/shortcuts");
    await shortcutsPage(page).waitFor();
    expect(loaded.filter((url) => removed.some((name) => url.endsWith(name))).length).toBeGreaterThan(1);
    await follow(page, `/c/${channelId}`);
    await updateButton(page).click();
    await expect.poll(() => buildOf(page).catch(() => build)).not.toBe(build);
    await expect.poll(() => composerOf(page).inputValue()).toBe("Another draft");
    expect(await banner(page).count()).toBe(0);
    await expect.poll(() => storedBuilds(page)).toEqual([await buildOf(page)]);
  });

  test("an old and a new tab work side by side; then the old files are deleted", async () => {
    const { page: old, channelId, build } = beside;
    const page = await app.openTab(old.context(), `/c/${channelId}`);
    const newBuild = await buildOf(page);
    expect(newBuild).not.toBe(build);
    await expect.poll(() => storedBuilds(page)).toEqual([build, newBuild].toSorted());
    await write(page, "From the new tab");
    await messagesOf(old).getByText("From the new tab").waitFor();
    await write(old, "From the old tab");
    await messagesOf(page).getByText("From the old tab").waitFor();
    for (const tab of [old, page]) {
      await follow(tab, "/settings/shortcuts");
      await shortcutsPage(tab).waitFor();
    }
    expect(await buildOf(old)).toBe(build);
    await expect.poll(() => workerStates(page)).toEqual([null, null, "activated"]);
    await old.close();
    await page.reload();
    await expect.poll(() => storedBuilds(page)).toEqual([newBuild]);
  });

  test("without a worker, an old tab asks for a reload where a part is gone", async () => {
    const { page, channelId, build } = withoutWorker;
    await page.locator('.shell[data-connection="live"]').waitFor();
    await emojiButton(page).click();
    await page.getByText("This part could not be loaded. There may be a new version").waitFor();
    await write(page, "Usable");
    await expect.poll(() => textsOf(ann, channelId)).toEqual(["Usable"]);
    await composerOf(page).fill("Still here");
    await follow(page, "/settings/shortcuts");
    const alert = page.getByRole("alert").filter({ hasText: "This part could not be loaded" });
    await alert.getByRole("heading").waitFor();
    await page.locator(".sidebar").getByRole("link").first().waitFor();
    await alert.getByRole("button", { name: "Reload" }).click();
    await shortcutsPage(page).waitFor();
    expect(await buildOf(page)).not.toBe(build);
    await follow(page, `/c/${channelId}`);
    await expect.poll(() => composerOf(page).inputValue()).toBe("Still here");
  });

  // The last one, because the server stays killed.
  test("a page of the new version starts its worker, for a start without a network", async () => {
    const { page: old, channelId, build } = closed;
    const page = await app.openTab(old.context(), `/c/${channelId}`);
    const newBuild = await buildOf(page);
    expect(newBuild).not.toBe(build);
    await expect.poll(() => storedBuilds(page)).toEqual([newBuild]);
    await app.killServer();
    await page.reload();
    await expect.poll(() => composerOf(page).inputValue()).toBe("An old draft");
    expect(await buildOf(page)).toBe(newBuild);
  });
});
