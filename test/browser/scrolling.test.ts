import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { addReaction, createMessage } from "../../src/client/index.ts";
import { upload } from "../../src/client/upload.ts";
import { sendMessages } from "../../bench/parley/send-messages.ts";
import { chromiumPath } from "../e2e/support/chromium-path.ts";
import { createChannelWith, post, postMany } from "./support/channel.ts";
import { picture } from "./support/picture.ts";
import { isFullScale } from "./support/scale.ts";
import { messagesOf, type Person, WebApp, write } from "./support/web-app.ts";

/** How far the list is from its end, in CSS pixels. */
const distanceFromEnd = (page: Page): Promise<number> =>
  messagesOf(page).evaluate((list) => list.scrollHeight - list.clientHeight - list.scrollTop);

/** Where a message is, in CSS pixels from the top of the list; null if it is not loaded. */
const topOf = (page: Page, text: string): Promise<number | null> =>
  messagesOf(page).evaluate((list, wanted) => {
    const rows = [...list.querySelectorAll("article")];
    const row = rows.find(({ textContent }) => textContent.includes(wanted));
    return row ? row.getBoundingClientRect().top - list.getBoundingClientRect().top : null;
  }, text);

describe.skipIf(!chromiumPath)("the list of messages", () => {
  let app: WebApp;
  let ann: Person;
  let bob: Person;

  beforeAll(async () => {
    app = await WebApp.start();
    ann = await app.createPerson("Ann");
    bob = await app.createPerson("Bob");
  });
  afterEach(() => app.expectNoProblems());
  afterAll(() => app?.stop());

  test("opens at the first unread message, with a line before it", async () => {
    const { id } = await createChannelWith(ann, [bob]);
    await postMany(ann, id, 60);
    const page = await app.openAs(bob, `/c/${id}`);
    await page.locator(".unread-line").waitFor();
    const top = await topOf(page, "Message 1");
    expect(top).toBeGreaterThan(0);
    expect(top).toBeLessThan(400);
    expect(await page.getByRole("button", { name: /new messages/ }).textContent()).toMatch(/\d+/);
    await page.close();
  });

  test("stays at the end while messages arrive and reactions and images grow", async () => {
    const { id } = await createChannelWith(ann, [bob]);
    await postMany(ann, id, 40);
    const page = await app.openAs(ann, `/c/${id}`);
    await page.getByText("Message 40", { exact: true }).waitFor();
    const last = await post(bob, id, "The newest message");
    await page.getByText("The newest message").waitFor();
    await expect.poll(() => distanceFromEnd(page)).toBeLessThan(2);
    const params = { channelId: id, messageId: last.id };
    for (const emoji of ["👍", "🎉", "🚀"])
      await bob.client.call(addReaction, { params: { ...params, emoji } });
    await page.getByRole("button", { name: "🚀, 1" }).waitFor();
    await expect.poll(() => distanceFromEnd(page)).toBeLessThan(2);
    const file = await upload(bob.client, picture(600, 400), { name: "photo.png" });
    await bob.client.call(createMessage, {
      params: { channelId: id },
      body: { content: "A photo", fileIds: [file.id] },
    });
    await page.getByText("A photo", { exact: true }).waitFor();
    await expect.poll(() => distanceFromEnd(page)).toBeLessThan(2);
    await page.close();
  });

  test("stays where the reader is while others write, and counts the new messages", async () => {
    const { id } = await createChannelWith(ann, [bob]);
    await postMany(ann, id, 80);
    const page = await app.openAs(ann, `/c/${id}`);
    await page.getByText("Message 80", { exact: true }).waitFor();
    await messagesOf(page).hover();
    await page.mouse.wheel(0, -900);
    await expect.poll(() => distanceFromEnd(page)).toBeGreaterThan(500);
    await page.waitForTimeout(500);
    const visible = await messagesOf(page).evaluate((list) => {
      const rows = [...list.querySelectorAll("article .text")];
      const found = rows.find(
        (row) => row.getBoundingClientRect().top > list.getBoundingClientRect().top + 100,
      );
      return found?.textContent ?? "";
    });
    const before = await topOf(page, visible);
    await postMany(bob, id, 15, "Reply");
    await page.getByRole("button", { name: "15 new messages" }).waitFor();
    expect(Math.abs(((await topOf(page, visible)) ?? 0) - (before ?? 0))).toBeLessThan(3);
    await page.getByRole("button", { name: "15 new messages" }).click();
    await expect.poll(() => distanceFromEnd(page)).toBeLessThan(2);
    await page.getByText("Reply 15", { exact: true }).waitFor();
    await page.close();
  });

  test("a link opens its message in the middle of the history, which loads on both sides", async () => {
    const { id } = await createChannelWith(ann, [bob]);
    await postMany(ann, id, 150);
    const target = await post(ann, id, "The target of the link");
    await postMany(ann, id, 150, "Later");
    const page = await app.openAs(ann, `/c/${id}/${target.seq}`);
    await page.getByText("The target of the link").waitFor();
    const top = await topOf(page, "The target of the link");
    expect(top).toBeGreaterThan(50);
    expect(top).toBeLessThan(500);
    await page.getByRole("button", { name: /new messages|Latest messages/ }).click();
    await page.getByText("Later 150", { exact: true }).waitFor();
    await expect.poll(() => distanceFromEnd(page)).toBeLessThan(2);
    await page.close();
  });

  test(
    "a long history scrolls from the end to the start without a lost place",
    { timeout: 600_000 },
    async () => {
      const { id } = await createChannelWith(ann, []);
      const token = ann.client.tokens?.accessToken ?? "";
      const count = isFullScale ? 50_000 : 2_000;
      await sendMessages(app.port, { channelId: id, token }, { count, textOf: (at) => `Entry ${at + 1}` });
      const page = await app.openAs(ann, `/c/${id}`);
      await page.getByText(`Entry ${count}`, { exact: true }).waitFor();
      const lost = await messagesOf(page).evaluate(async (list) => {
        const numberOf = (row: Element): number => Number(/Entry (\d+)/.exec(row.textContent)?.[1]);
        const firstVisible = (): number => {
          const { top } = list.getBoundingClientRect();
          const row = [...list.querySelectorAll("article")].find(
            (each) => each.getBoundingClientRect().bottom > top + 2,
          );
          return row ? numberOf(row) : 0;
        };
        const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
        const jumps: string[] = [];
        let shown = firstVisible();
        let [rows, stalled] = [0, 0];
        while (shown > 1 && stalled < 600) {
          // A page up, as a reader does who scrolls fast.
          list.scrollTop -= list.clientHeight;
          await frame();
          await frame();
          const next = firstVisible();
          stalled = next === shown ? stalled + 1 : 0;
          if (next > shown || shown - next > 60) jumps.push(`${shown} → ${next}`);
          shown = next;
          rows = Math.max(rows, list.querySelectorAll("article").length);
          const numbers = [...list.querySelectorAll("article")].map(numberOf);
          if (numbers.some((number, at) => at > 0 && number !== (numbers[at - 1] ?? 0) + 1))
            jumps.push(`a hole at ${shown}`);
          if (jumps.length > 5) break;
        }
        return { jumps, shown, rows };
      });
      expect(lost.jumps).toEqual([]);
      expect(lost.shown).toBe(1);
      expect(lost.rows).toBeLessThan(500);
      await page.close();
    },
  );

  test("a message of one's own is shown although the reader had scrolled up", async () => {
    const { id } = await createChannelWith(ann, [bob]);
    await postMany(bob, id, 60);
    const page = await app.openAs(bob, `/c/${id}`);
    await page.getByText("Message 60", { exact: true }).waitFor();
    await messagesOf(page).hover();
    await page.mouse.wheel(0, -900);
    await page.waitForTimeout(300);
    await write(page, "Here I am");
    await page.getByText("Here I am", { exact: true }).waitFor();
    await expect.poll(() => distanceFromEnd(page)).toBeLessThan(2);
    await page.close();
  });
});
