import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ChannelSnapshot, createChannel } from "../../src/client/index.ts";
import { chromiumPath } from "../e2e/support/chromium-path.ts";
import { createChannelWith, numbered, postFast } from "./support/channel.ts";
import { isFullScale } from "./support/scale.ts";
import { composerOf, messagesOf, type Person, WebApp } from "./support/web-app.ts";

const channels = 200;
/** Journeys of each kind; medians are compared. */
const journeys = 5;
/** What the client may take longer than a page that only makes its requests, in ms. */
const allowanceMs = 300;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** The heap of a page after a garbage collection, in MB. */
async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  await session.detach();
  return usedSize / 1e6;
}

/**
 * Enlarges the window of a page, so that its viewport is drawn to the bottom: the window of a headless Chromium has the viewport's height, of which its
 * toolbar takes a part. Events whose effect lies below are presented late, or never.
 */
async function enlargeWindow(page: Page): Promise<void> {
  const { width, height } = page.viewportSize() ?? { width: 0, height: 0 };
  const session = await page.context().newCDPSession(page);
  const { windowId } = await session.send("Browser.getWindowForTarget");
  await session.send("Browser.setWindowBounds", { windowId, bounds: { width, height: height + 200 } });
  await session.detach();
}

/** Waits until every channel is live, and returns the ms since the navigation. */
const liveAfter = (page: Page): Promise<number> =>
  page
    .waitForFunction(
      () => document.querySelector(".shell[data-connection=live] article") && performance.now(),
      undefined,
      {
        polling: 10,
        timeout: 60_000,
      },
    )
    .then((handle) => handle.jsonValue() as Promise<number>);

describe.skipIf(!chromiumPath || !isFullScale)("budgets of the web client", () => {
  let app: WebApp;
  let ann: Person;
  let bob: Person;

  beforeAll(async () => {
    app = await WebApp.start();
    ann = await app.createPerson("Ann");
    bob = await app.createPerson("Bob");
  });
  afterAll(() => app?.stop());

  test(
    "a workspace of 200 channels is live as fast as its requests allow",
    { timeout: 300_000 },
    async () => {
      for (let at = 0; at < channels; at++)
        await ann.client.call(createChannel, { body: { name: `room-${at}` } });
      const { id } = await createChannelWith(ann, [bob]);
      await postFast(bob, id, numbered(60, "Line"));
      const page = await app.openAs(ann, `/c/${id}`);
      await liveAfter(page);
      const client: number[] = [];
      const bare: number[] = [];
      for (let round = 0; round < journeys; round++) {
        await page.goto(`${app.url}/c/${id}`);
        client.push(await liveAfter(page));
        await page.goto(`${app.url}/build.json`);
        bare.push(await page.evaluate(bareJourney, id));
      }
      console.log(
        `live after ${client.map(Math.round).join(", ")} ms; the requests alone ${bare.map(Math.round).join(", ")} ms`,
      );
      expect(median(client)).toBeLessThanOrEqual(median(bare) + allowanceMs);
      await page.close();
    },
  );

  test("typing stays fast while 1,000 messages arrive in 10 s", { timeout: 120_000 }, async () => {
    const { id } = await createChannelWith(ann, [bob]);
    const page = await app.openAs(ann, `/c/${id}`);
    await enlargeWindow(page);
    await page.getByText("This is the beginning of the channel.").first().waitFor();
    await page.evaluate(() => {
      const durations: number[] = [];
      Object.assign(globalThis, { durations });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (entry.name === "keydown") durations.push(entry.duration);
      }).observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
    });
    const realtime = bob.client.connect({ unreadsEveryMs: 0 });
    await realtime.live();
    const sent: Promise<unknown>[] = [];
    const sending = (async () => {
      const begun = performance.now();
      for (let at = 0; at < 1_000; at++) {
        sent.push(realtime.send(id, "messageCreate", { content: `Message ${at} of a busy channel` }));
        await sleep(Math.max(0, begun + at * 10 - performance.now()));
      }
    })();
    let keys = 0;
    await composerOf(page).focus();
    for (const until = performance.now() + 10_000; performance.now() < until; keys++) {
      await page.keyboard.press("a");
      await page.waitForTimeout(60);
    }
    await sending;
    await Promise.all(sent);
    realtime.close();
    const slow = await page.evaluate(() => (globalThis as unknown as { durations: number[] }).durations);
    // Events below the threshold are not reported: they took less than 16 ms.
    const all = [...slow, ...Array.from({ length: Math.max(0, keys - slow.length) }, () => 8)].toSorted(
      (a, b) => a - b,
    );
    const p95 = all[Math.floor(all.length * 0.95)] ?? 0;
    console.log(`${keys} keys, p95 ${p95} ms, maximum ${all.at(-1)} ms`);
    expect(p95).toBeLessThanOrEqual(50);
    await page.close();
  });

  test("memory does not grow with the messages of a working day", { timeout: 300_000 }, async () => {
    const rooms: ChannelSnapshot[] = [];
    for (let at = 0; at < 12; at++) rooms.push(await createChannelWith(bob, [ann], `busy-${at}`));
    const page = await app.openAs(ann, `/c/${rooms[0]?.id}`);
    /** A part of the day: messages in every channel, each of which is opened. */
    let part = 0;
    const work = async (): Promise<void> => {
      part++;
      for (const { id } of rooms) {
        await postFast(bob, id, numbered(150, `Part ${part}, message`));
        await page.locator(`.sidebar a[href="/c/${id}"]`).click();
        // The channel opens at its first unread message.
        await messagesOf(page).locator("article").first().waitFor();
        const last = messagesOf(page).getByText(`Part ${part}, message 150`, { exact: true });
        const jump = page.locator(".jump-to-end");
        await last.or(jump).first().waitFor();
        if (await jump.isVisible()) await jump.click();
        await last.waitFor();
      }
    };
    // The first hours fill the caches.
    for (let hour = 0; hour < 2; hour++) await work();
    const before = await heapOf(page);
    const hours = 8;
    for (let hour = 0; hour < hours; hour++) await work();
    const after = await heapOf(page);
    console.log(
      `heap ${before.toFixed(1)} MB, after ${hours * rooms.length * 150} more messages ${after.toFixed(1)} MB`,
    );
    expect(after).toBeLessThanOrEqual(before * 1.1);
    await page.close();
  });
});

/** Makes the requests of the client's start in a page without it, and returns the ms since the navigation. */
async function bareJourney(channelId: string): Promise<number> {
  const post = async (path: string, body: object, headers: Record<string, string>): Promise<any> => {
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    return response.json();
  };
  const { tokens } = await post("/v1/auth/refresh", {}, { "Parley-Session": "cookie" });
  const headers = { Authorization: `Bearer ${tokens.accessToken}` };
  const get = async (path: string): Promise<any> => (await fetch(path, { headers })).json();
  await get("/v1/users/me");
  const open = async (): Promise<WebSocket> => {
    const { ticket } = await post("/v1/realtime/ticket", {}, headers);
    const address = new URL("/v1/realtime", location.href);
    address.protocol = "ws:";
    const socket = new WebSocket(address, ["parley.v1", `ticket.${ticket}`]);
    await new Promise((resolve) => socket.addEventListener("message", resolve, { once: true }));
    return socket;
  };
  const subscribe = (socket: WebSocket, items: any[]): Promise<void> =>
    new Promise((resolve) => {
      let subscribed = 0;
      socket.addEventListener("message", ({ data }) => {
        for (const { type } of JSON.parse(data)) if (type === "subscribed") subscribed++;
        if (subscribed >= items.length) resolve();
      });
      items.forEach(({ channelId: id, seq, epoch }, at) =>
        socket.send(
          JSON.stringify({ id: at, type: "subscribe", channelId: id, data: { since: seq, epoch } }),
        ),
      );
      if (items.length === 0) resolve();
    });
  const first = await open();
  const { items } = await get("/v1/users/me/unreads");
  const messages = get(`/v1/channels/${channelId}/messages?limit=50`);
  const groups = Array.from({ length: Math.ceil(items.length / 50) }, (_, at) =>
    items.slice(at * 50, at * 50 + 50),
  );
  await Promise.all([
    messages,
    ...groups.map(async (group, at) => subscribe(at === 0 ? first : await open(), group)),
  ]);
  const elapsed = performance.now();
  return elapsed;
}
