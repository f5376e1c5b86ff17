import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { endAllSessions, getUnreads } from "../../src/client/index.ts";
import { chromiumPath } from "../e2e/support/chromium-path.ts";
import { createChannelWith, post, postMany, textsOf } from "./support/channel.ts";
import { composerOf, logIn, password, type Person, shownTexts, WebApp, write } from "./support/web-app.ts";

describe.skipIf(!chromiumPath)("writing in the web client", () => {
  let app: WebApp;
  let ann: Person;
  let bob: Person;

  beforeAll(async () => {
    app = await WebApp.start({}, { hasServiceWorker: true });
    ann = await app.createPerson("Ann");
    bob = await app.createPerson("Bob");
  });
  afterEach(() => app.expectNoProblems());
  afterAll(() => app?.stop());

  test("what two people write appears at both, in order, once", async () => {
    const { id } = await createChannelWith(ann, [bob]);
    const [one, other] = [await app.openAs(ann, `/c/${id}`), await app.openAs(bob, `/c/${id}`)];
    for (let at = 1; at <= 5; at++) {
      await write(one, `Ann ${at}`);
      await write(other, `Bob ${at}`);
    }
    await expect.poll(() => textsOf(ann, id)).toHaveLength(10);
    const stored = await textsOf(ann, id);
    for (const page of [one, other]) await expect.poll(() => shownTexts(page)).toEqual(stored);
    await Promise.all([one, other].map((page) => page.close()));
  });

  test("the switcher never sends to the old channel, whose draft stays", async () => {
    const first = await createChannelWith(ann, [], "first");
    const second = await createChannelWith(ann, [], "second");
    const page = await app.openAs(ann, `/c/${first.id}`);
    await composerOf(page).fill("Meant for the first");
    await page.keyboard.press("Control+k");
    await page.keyboard.type(second.name ?? "");
    await page.keyboard.press("Enter");
    // Typed at once, as fast fingers do.
    await page.keyboard.type("Meant for the second", { delay: 30 });
    await page.keyboard.press("Enter");
    await expect.poll(() => textsOf(ann, second.id)).toEqual(["Meant for the second"]);
    expect(await textsOf(ann, first.id)).toEqual([]);
    await page.locator(`.sidebar a[href="/c/${first.id}"]`).click();
    await expect.poll(() => composerOf(page).inputValue()).toBe("Meant for the first");
    await page.close();
  });

  test("a draft stays while a file uploads, and is not part of that message", async () => {
    const { id } = await createChannelWith(ann, []);
    const page = await app.openAs(ann, `/c/${id}`);
    const path = join(tmpdir(), `parley-upload-${process.pid}.bin`);
    await writeFile(path, Buffer.alloc(3_000_000, "x"));
    await page.locator(".main input[type=file]").setInputFiles(path);
    await write(page, "With a file");
    await composerOf(page).fill("The next thought");
    await expect.poll(() => textsOf(ann, id)).toEqual(["With a file"]);
    expect(await composerOf(page).inputValue()).toBe("The next thought");
    await page.getByRole("link", { name: /parley-upload/ }).waitFor();
    await page.close();
  });

  test("the arrow key up edits the last own message", async () => {
    const { id } = await createChannelWith(ann, [bob]);
    const page = await app.openAs(ann, `/c/${id}`);
    await write(page, "Teh plan");
    await page.getByText("Teh plan", { exact: true }).waitFor();
    await post(bob, id, "Which plan?");
    await page.getByText("Which plan?").waitFor();
    await composerOf(page).press("ArrowUp");
    const editor = page.getByRole("textbox", { name: "Edit the message" });
    await editor.fill("The plan");
    await editor.press("Enter");
    await page.getByText("(edited)").waitFor();
    expect(await textsOf(ann, id)).toEqual(["The plan", "Which plan?"]);
    await page.close();
  });

  test("Escape marks the channel as read and removes the line", async () => {
    const { id } = await createChannelWith(ann, [bob]);
    await postMany(ann, id, 3);
    const page = await app.openAs(bob, `/c/${id}`);
    await page.getByText("New messages").waitFor();
    await page.keyboard.press("Escape");
    await page.getByText("New messages").waitFor({ state: "detached" });
    const unreadOf = async (): Promise<number | undefined> => {
      const { items } = await bob.client.call(getUnreads);
      return items.find(({ channelId }) => channelId === id)?.unread;
    };
    await expect.poll(unreadOf).toBe(0);
    await page.close();
  });

  test("messages that were written offline survive a reload, and are sent once, in order", async () => {
    const { id } = await createChannelWith(ann, []);
    const page = await app.openAs(ann, `/c/${id}`);
    await write(page, "Online");
    await expect.poll(() => textsOf(ann, id)).toEqual(["Online"]);
    await app.killServer();
    await page.getByText(/can't be reached|You are offline/).waitFor();
    await write(page, "Offline 1");
    await write(page, "Offline 2");
    await composerOf(page).fill("A draft");
    await page.waitForTimeout(500);
    await app.startServer();
    await page.reload();
    await expect.poll(() => textsOf(ann, id)).toEqual(["Online", "Offline 1", "Offline 2"]);
    await expect.poll(() => composerOf(page).inputValue()).toBe("A draft");
    await expect.poll(() => shownTexts(page)).toEqual(["Online", "Offline 1", "Offline 2"]);
    await page.close();
  });

  test("nothing is lost when the server is killed in the middle of typing", async () => {
    const { id } = await createChannelWith(ann, []);
    const page = await app.openAs(ann, `/c/${id}`);
    for (let at = 1; at <= 8; at++) {
      await write(page, `Line ${at}`);
      if (at === 4) await app.killServer();
    }
    await app.startServer();
    const expected = Array.from({ length: 8 }, (_, at) => `Line ${at + 1}`);
    await expect.poll(() => textsOf(ann, id), { timeout: 60_000 }).toEqual(expected);
    await expect.poll(() => shownTexts(page)).toEqual(expected);
    expect(await page.getByText("Not sent").count()).toBe(0);
    await page.close();
  });

  test("an interrupted network is repaired, and what was missed appears", async () => {
    const { id } = await createChannelWith(ann, [bob]);
    const page = await app.openAs(ann, `/c/${id}`);
    await page.getByText("This is the beginning of the channel.").first().waitFor();
    app.network.makeHalfOpen();
    await post(bob, id, "In the tunnel");
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await page.getByText("In the tunnel").waitFor();
    await page.close();
  });

  test("a page that was frozen, as in a sleeping laptop, catches up when it resumes", async () => {
    const { id } = await createChannelWith(ann, [bob]);
    const page = await app.openAs(ann, `/c/${id}`);
    await page.getByText("This is the beginning of the channel.").first().waitFor();
    const session = await page.context().newCDPSession(page);
    await session.send("Page.setWebLifecycleState", { state: "frozen" });
    app.network.makeHalfOpen();
    await postMany(bob, id, 20, "While asleep");
    await sleep(3_000);
    app.network.stabilize();
    await session.send("Page.setWebLifecycleState", { state: "active" });
    await page.getByText("While asleep 20", { exact: true }).waitFor();
    expect(await shownTexts(page)).toHaveLength(20);
    await page.close();
  });

  test("after the session has ended, a login continues with the same draft", async () => {
    const carol = await app.createPerson("Carol");
    const { id } = await createChannelWith(carol, []);
    const page = await app.openAs(carol, `/c/${id}`);
    await composerOf(page).fill("Not finished");
    await carol.client.call(endAllSessions);
    await page.getByText("Your session has ended.").waitFor();
    await logIn(page, carol.me.username);
    await expect.poll(() => composerOf(page).inputValue()).toBe("Not finished");
    expect(new URL(page.url()).pathname).toBe(`/c/${id}`);
    await composerOf(page).press("Enter");
    await carol.client.login({ login: carol.me.username, password });
    await expect.poll(() => textsOf(carol, id)).toEqual(["Not finished"]);
    await page.close();
  });
});
