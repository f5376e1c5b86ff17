import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  addReaction,
  createMessage,
  createThread,
  pinMessage,
  updateChannel,
  updateMe,
  updateUserStatus,
} from "../../src/client/index.ts";
import { upload } from "../../src/client/upload.ts";
import { chromiumPath } from "../e2e/support/chromium-path.ts";
import { createChannelWith, post } from "./support/channel.ts";
import { hostileTexts } from "./support/hostile-texts.ts";
import { messagesOf, type Person, WebApp, write } from "./support/web-app.ts";

/** Records every call of `hit`, which the texts try to make, and every request that leaves the origin. */
async function watchHits(page: Page): Promise<{ hits: () => Promise<string[]>; foreign: string[] }> {
  const foreign: string[] = [];
  page.on("request", (request) => {
    const { origin } = new URL(request.url());
    if (origin !== new URL(page.url()).origin && !/^(?:blob|data):/.test(request.url()))
      foreign.push(request.url());
  });
  page.on("dialog", (dialog) => void dialog.dismiss());
  await page.evaluate(() => {
    const hits: string[] = [];
    Object.assign(globalThis, { hits, hit: (name: string) => hits.push(name) });
  });
  return { hits: () => page.evaluate(() => (globalThis as unknown as { hits: string[] }).hits), foreign };
}

describe.skipIf(!chromiumPath)("hostile content in the web client", () => {
  let app: WebApp;
  let ann: Person;
  let eve: Person;

  beforeAll(async () => {
    app = await WebApp.start();
    ann = await app.createPerson("Ann");
    eve = await app.createPerson("Eve");
  });
  afterAll(() => app?.stop());

  test(
    "no text in any place runs or loads something, and each is shown as it is",
    { timeout: 300_000 },
    async () => {
      const { id } = await createChannelWith(eve, [ann]);
      const page = await app.openAs(ann, `/c/${id}`);
      const watched = await watchHits(page);
      const { call } = eve.client;
      for (const [at, text] of hostileTexts.entries()) {
        const message = await post(eve, id, text);
        const params = { channelId: id, messageId: message.id };
        if (at % 12 === 0) {
          await call(createThread, { params, body: { content: text } });
          await call(addReaction, { params: { ...params, emoji: "👍" } });
          await call(pinMessage, { params });
        }
      }
      await messagesOf(page).getByText("＜script＞").first().waitFor();
      // Names, topics, statuses and files, which other parts of the page show.
      for (const text of hostileTexts) {
        const short = text.slice(0, 80).replaceAll(/[\n\t]/g, " ");
        await call(updateMe, { body: { displayName: short } }).catch(() => {});
        await call(updateUserStatus, { body: { custom: { text: short } } }).catch(() => {});
        await call(updateChannel, {
          params: { channelId: id },
          body: { topic: text, description: text },
        }).catch(() => {});
      }
      for (const name of hostileTexts.slice(0, 12)) {
        const file = await upload(eve.client, new Blob([name], { type: "text/html" }), {
          name: name.slice(0, 100).replaceAll(/[/\\\p{Cc}]/gu, "_"),
        });
        await call(createMessage, { params: { channelId: id }, body: { content: "", fileIds: [file.id] } });
      }
      await page.waitForTimeout(1_000);
      await page.reload();
      const again = await watchHits(page);
      await messagesOf(page).locator("article").first().waitFor();
      for (const label of ["Pinned messages", "Members"]) {
        await page.getByRole("button", { name: label }).click();
        await page.locator(".pane").waitFor();
        await page.waitForTimeout(300);
      }
      await page.goto(`${app.url}/search?q=script`);
      const searched = await watchHits(page);
      await page.waitForTimeout(1_000);
      for (const { hits, foreign } of [again, searched]) {
        expect(await hits()).toEqual([]);
        expect(foreign).toEqual([]);
      }
      expect(watched.foreign).toEqual([]);
      app.expectNoProblems();
      await page.close();
    },
  );

  test("a text is shown exactly as it was written", async () => {
    const { id } = await createChannelWith(ann, []);
    const page = await app.openAs(ann, `/c/${id}`);
    const text = "<b>not bold</b> & <i>not italic</i>";
    await write(page, text);
    await expect.poll(() => messagesOf(page).locator("article .text").first().textContent()).toBe(text);
    app.expectNoProblems();
    await page.close();
  });

  test("a file that is opened in the browser runs nothing", async () => {
    const { client } = eve;
    for (const [type, text] of [
      ["text/html", "<script>document.title='hit'</script>"],
      [
        "image/svg+xml",
        "<svg xmlns='http://www.w3.org/2000/svg'><script>document.title='hit'</script></svg>",
      ],
    ] as const) {
      const file = await upload(client, new Blob([text], { type }), { name: "page" });
      const page = await app.openAs(eve, "/");
      // A download is no navigation.
      await page.goto(`${app.url}/v1/files/${file.id}/content`).catch(() => {});
      expect(await page.title()).not.toBe("hit");
      await page.close();
    }
    app.problems.length = 0;
  });
});
