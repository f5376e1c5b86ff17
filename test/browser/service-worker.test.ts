import { createServer } from "node:http";
import type { Page, Request } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath } from "../e2e/support/chromium-path.ts";
import { createChannelWith, post, textsOf } from "./support/channel.ts";
import { waitForServiceWorker, waitUntilStored } from "./support/service-worker.ts";
import { logInAs, messagesOf, type Person, shownTexts, WebApp, write } from "./support/web-app.ts";

/** Records the requests of a page, and whether the service worker answered them. */
function recordRequests(page: Page): () => Promise<{ url: string; isFromWorker: boolean }[]> {
  const requests: Request[] = [];
  page.on("request", (request) => requests.push(request));
  return () =>
    Promise.all(
      requests.map(async (request) => {
        const response = await request.response().catch(() => null);
        return { url: request.url(), isFromWorker: response?.fromServiceWorker() ?? false };
      }),
    );
}

describe.skipIf(!chromiumPath)("the page without a network", () => {
  let app: WebApp;
  let ann: Person;
  let bob: Person;

  beforeAll(async () => {
    app = await WebApp.start({}, { hasServiceWorker: true });
    ann = await app.createPerson("Ann");
    bob = await app.createPerson("Bob");
  });
  afterEach(() => {
    app.network.stabilize();
    app.expectNoProblems();
  });
  afterAll(() => app?.stop());

  /** Opens a channel with a message in a new browser, until everything is stored for a start without a network. */
  async function openStored(text: string): Promise<{ page: Page; channelId: string; name: string }> {
    const { id, name } = await createChannelWith(ann, [bob], "stored");
    await post(bob, id, text);
    const page = await app.openAs(ann, `/c/${id}`);
    await page.getByText(text, { exact: true }).waitFor();
    await waitForServiceWorker(page);
    await waitUntilStored(page, ann.me.id, text);
    return { page, channelId: id, name: name ?? "" };
  }

  test("a start without a server shows what is stored; a message is sent later, once", async () => {
    const { page: first, channelId, name } = await openStored("From before");
    const context = first.context();
    await first.close();
    await app.killServer();
    const page = await app.openTab(context, `/c/${channelId}`);
    await page.locator(".sidebar").getByText(name).waitFor();
    await messagesOf(page).getByText("From before", { exact: true }).waitFor();
    await write(page, "Written offline");
    await messagesOf(page).getByText("Written offline").waitFor();
    await page.getByText(/can't be reached|You are offline/).waitFor();
    await page.close();
    // A server that fails is no reason to show its error.
    const failing = createServer((_request, response) => response.writeHead(503).end("Unavailable"));
    await new Promise<void>((resolve) => failing.listen(app.port, "127.0.0.1", resolve));
    const during = await app.openTab(context, `/c/${channelId}`);
    await messagesOf(during).getByText("Written offline").waitFor();
    failing.closeAllConnections();
    await new Promise((resolve) => failing.close(resolve));
    await during.close();
    // Two tabs know the message now; it is sent once.
    const tabs = [await app.openTab(context, `/c/${channelId}`), await app.openTab(context, "/")];
    await messagesOf(tabs[0]!).getByText("Written offline").waitFor();
    await app.startServer();
    await expect
      .poll(() => textsOf(ann, channelId), { timeout: 60_000 })
      .toEqual(["From before", "Written offline"]);
    await expect.poll(() => shownTexts(tabs[0]!)).toEqual(["From before", "Written offline"]);
    await context.close();
  });

  test("a second start is served by the worker, which leaves the API to the browser", async () => {
    const { page: first, channelId } = await openStored("Again");
    const context = first.context();
    await first.close();
    const page = await context.newPage();
    const requests = recordRequests(page);
    await page.goto(`${app.url}/c/${channelId}`);
    await messagesOf(page).getByText("Again", { exact: true }).waitFor();
    await page.locator('.shell[data-connection="live"]').waitFor();
    for (const path of ["/v1/health", "/hooks/none", "/slack/none", "/docs/none", "/errors/none"])
      await page.evaluate((url) => fetch(url).then(() => {}), path);
    const answered = await requests();
    const isOwn = (path: string): boolean => /^\/(?:v1|hooks|slack|docs|errors)\//.test(path);
    const paths = (isFromWorker: boolean): string[] =>
      answered.filter((one) => one.isFromWorker === isFromWorker).map(({ url }) => new URL(url).pathname);
    expect(answered.filter(({ url }) => new URL(url).origin !== app.url)).toEqual([]);
    expect(paths(true).filter(isOwn)).toEqual([]);
    expect(paths(false).filter((path) => path.startsWith("/assets/"))).toEqual([]);
    expect(paths(true).filter((path) => path.startsWith("/assets/")).length).toBeGreaterThan(3);
    // The API reference is another page, which is not stored.
    const reference = await page.goto(`${app.url}/docs/api`);
    expect(reference?.fromServiceWorker()).toBe(false);
    await page.getByRole("heading", { level: 1 }).first().waitFor();
    await context.close();
  });

  test("a worker that could not be registered is registered by a later attempt", async () => {
    const failOnce = (): void => {
      const { prototype } = ServiceWorkerContainer;
      const register = prototype.register;
      prototype.register = () => {
        prototype.register = register;
        document.documentElement.dataset["failed"] = "yes";
        return Promise.reject(new TypeError("The script could not be loaded"));
      };
    };
    const page = await app.openPage("/login");
    await page.context().addInitScript(failOnce);
    await page.goto(`${app.url}/login?next=/settings/shortcuts`);
    await logInAs(page, ann);
    await page.locator("html[data-failed]").waitFor();
    await page.getByRole("link", { name: "Notifications" }).click();
    await waitForServiceWorker(page);
    await page.context().close();
  });

  test("a start while the server does not respond shows the stored page after 3 s", async () => {
    const { page: first, channelId, name } = await openStored("In the tunnel");
    const context = first.context();
    await first.close();
    app.network.makeSilent();
    const page = await context.newPage();
    const startMs = performance.now();
    await page.goto(`${app.url}/c/${channelId}`, { waitUntil: "commit" });
    await page.locator(".sidebar").getByText(name).waitFor();
    await messagesOf(page).getByText("In the tunnel", { exact: true }).waitFor();
    const tookMs = performance.now() - startMs;
    // The proxy ends silent connections after 20 s, which would be a failure of the network instead.
    expect(tookMs).toBeGreaterThan(2_900);
    expect(tookMs).toBeLessThan(15_000);
    await write(page, "Patience");
    app.network.stabilize();
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await expect
      .poll(() => textsOf(ann, channelId), { timeout: 60_000 })
      .toEqual(["In the tunnel", "Patience"]);
    await context.close();
  });

  test("the page can be installed, with pictures of the sizes that the manifest states", async () => {
    const page = await app.openPersistently("/login");
    const session = await page.context().newCDPSession(page);
    const { errors, data } = await session.send("Page.getAppManifest");
    expect(errors).toEqual([]);
    await expect
      .poll(async () => (await session.send("Page.getInstallabilityErrors")).installabilityErrors)
      .toEqual([]);
    const { icons, start_url: start } = JSON.parse(data ?? "") as {
      icons: { src: string; type: string; sizes: string }[];
      start_url: string;
    };
    for (const { src, type, sizes } of icons) {
      const response = await fetch(app.url + src);
      expect(response.headers.get("Content-Type")).toBe(type);
      const bytes = Buffer.from(await response.arrayBuffer());
      // Width and height in the header chunk (https://www.w3.org/TR/png-3/).
      if (type === "image/png") expect(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`).toBe(sizes);
      else expect(sizes).toBe("any");
    }
    expect((await fetch(app.url + start)).headers.get("Content-Type")).toContain("text/html");
    await page.context().close();
  });
});
