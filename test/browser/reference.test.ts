import { gzipSync } from "node:zlib";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath } from "../e2e/support/chromium-path.ts";
import { isFullScale } from "./support/scale.ts";
import { WebApp } from "./support/web-app.ts";

const maxScriptBytes = 25_000;
/** Pages of each kind: introduction, operation with a body, operation without one, socket, message, guide, unknown. */
const allSamples = [
  "",
  "createMessage",
  "getUsers",
  "realtime",
  "realtime.server.hello",
  "guide.realtime",
  "no-such-id",
];
const samples = isFullScale ? allSamples : ["createMessage", "realtime"];

describe.skipIf(!chromiumPath)("the API reference in Chromium", () => {
  let app: WebApp;
  let browser: Browser;
  let openApi: any;
  let accessToken: string;
  /** What the pages of a test reported: violations of the CSP, errors, requests to other origins. */
  const reports: string[] = [];

  beforeAll(async () => {
    app = await WebApp.start();
    browser = await chromium.launch({ executablePath: chromiumPath ?? "", args: ["--no-sandbox"] });
    openApi = await (await fetch(`${app.url}/v1/openapi.json`)).json();
    const response = await fetch(`${app.url}/v1/auth/register`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        email: "ann@example.com",
        username: "ann",
        password: "correct horse battery staple",
      }),
    });
    expect(response.status).toBe(201);
    ({
      tokens: { accessToken },
    } = (await response.json()) as any);
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    expect(reports.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await app?.stop();
  });

  /** Opens the page in a new profile, and waits until the contract is loaded. */
  async function open(id = "", options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    await context.exposeFunction("report", (text: string) => reports.push(text));
    await page.addInitScript(() =>
      (globalThis as any).addEventListener("securitypolicyviolation", (event: any) =>
        (globalThis as any).report(`CSP: ${event.violatedDirective} ${event.blockedURI}`),
      ),
    );
    page.on("pageerror", (error) => reports.push(String(error)));
    page.on("request", (request) => {
      const isOwn = request.url().startsWith(app.url) || request.url().startsWith("data:");
      if (!isOwn) reports.push(`request: ${request.url()}`);
    });
    await page.goto(`${app.url}/docs/api#${id}`);
    await page.locator("main h1").waitFor();
    await page.locator("nav a[data-entry]").first().waitFor({ state: "attached" });
    return page;
  }

  async function paste(page: Page, token: string): Promise<void> {
    await page.locator(".token summary").click();
    await page.getByLabel("Access token").fill(token);
    await page.locator(".token summary").click();
  }

  /** Expands the first responses, and the schemas to the second level. All of them would take axe a minute. */
  async function expand(page: Page): Promise<void> {
    for (const details of [".response:nth-of-type(-n+3)", ".tree > li > details"])
      await page
        .locator(`main ${details}:not([open]) > summary`)
        .evaluateAll((summaries) => summaries.forEach((summary: any) => summary.click()));
  }

  const heading = (page: Page): Promise<string | null> => page.locator("h1").textContent();

  test("a violation of the page's policy is reported", async () => {
    const page = await open();
    await page.evaluate(() => {
      const { document } = globalThis as any;
      document.head.append(document.createElement("style"));
      document.querySelector("main").setAttribute("style", "color: red");
    });
    await expect.poll(() => reports.length).toBe(2);
    expect(reports.splice(0)).toEqual(["CSP: style-src-elem inline", "CSP: style-src-attr inline"]);
  });

  test("every operation and every socket message is listed", async () => {
    const page = await open();
    const listed = await page
      .locator("nav a[data-entry]")
      .evaluateAll((links) => links.map((link) => (link as any).dataset.entry as string));
    const ids = Object.values(openApi.paths).flatMap((item: any) =>
      Object.values(item).map((operation: any) => operation.operationId as string),
    );
    expect(ids.length).toBeGreaterThan(150);
    expect(listed).toEqual(expect.arrayContaining(ids));
    expect(new Set(listed).size).toBe(listed.length);
    const asyncApi = (await (await fetch(`${app.url}/v1/asyncapi.json`)).json()) as any;
    const messages = Object.values(asyncApi.channels).flatMap((channel: any) =>
      Object.keys(channel.messages),
    );
    expect(listed).toHaveLength(ids.length + messages.length);
  });

  test.runIf(isFullScale)("every entry can be rendered", async () => {
    const page = await open();
    const failed = await page.evaluate(async () => {
      const document = (globalThis as any).document;
      const ids: string[] = [...document.querySelectorAll("nav a[data-entry]")].map(
        (link: any) => link.dataset.entry,
      );
      const wrong: string[] = [];
      for (const id of ids) {
        (globalThis as any).location.hash = id;
        await new Promise((resolve) =>
          (globalThis as any).requestAnimationFrame(() => setTimeout(resolve, 0)),
        );
        const current = document.querySelector("nav a[aria-current]")?.dataset.entry;
        if (current !== id || !document.querySelector("main section")) wrong.push(id);
      }
      return wrong;
    });
    expect(failed).toEqual([]);
  });

  test("a deep link opens an operation, and the history works", async () => {
    const page = await open("createMessage");
    expect(await heading(page)).toBe("createMessage");
    expect(await page.title()).toBe("createMessage · Parley API");
    expect(await page.locator(".signature").textContent()).toBe("POST /v1/channels/{channelId}/messages");
    await page.locator('nav a[data-entry="getMessage"]').click();
    await page.locator("h1", { hasText: /^getMessage$/ }).waitFor();
    expect(await page.evaluate(() => (globalThis as any).document.activeElement.tagName)).toBe("H1");
    await page.goBack();
    await page.locator("h1", { hasText: /^createMessage$/ }).waitFor();
    await page.goto(`${app.url}/docs/api#%E0%A4%A`);
    await page.locator("h1", { hasText: "Not found" }).waitFor();
  });

  test("the search is used with the keyboard alone", async () => {
    const page = await open();
    await page.keyboard.press("/");
    await page.keyboard.type("presence");
    await expect.poll(() => page.locator("nav [role=status]").textContent()).toMatch(/^\d+ results$/);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("create a channel");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.locator("h1", { hasText: /^createChannel$/ }).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("getMe");
    await page.keyboard.press("Enter");
    await expect.poll(() => heading(page)).toMatch(/^getMe/);
    await page.getByLabel("Search operations").fill("no such thing");
    await expect.poll(() => page.locator("nav [role=status]").textContent()).toBe("0 results");
  });

  test("schemas are expanded on request", async () => {
    const page = await open("getMessage");
    const tree = page.locator(".response").first().locator(".tree").first();
    const thread = tree
      .locator("> li", { hasText: "thread" })
      .filter({ has: page.locator("details") })
      .first();
    expect(await thread.locator(".tree").count()).toBe(0);
    await thread.locator("summary").first().click();
    await thread.locator("code", { hasText: "replyCount" }).waitFor();
  });

  test("a request with a pasted token shows the response", async () => {
    const page = await open("getMe");
    await paste(page, accessToken);
    await page.getByRole("button", { name: "Send GET" }).click();
    await page.locator(".answer").getByText("200 OK").waitFor();
    expect(JSON.parse((await page.locator(".answer pre").textContent()) ?? "")).toMatchObject({
      username: "ann",
    });
    expect(await page.locator(".answer dl").textContent()).toMatch(/X-Request-Idreq_/);
  });

  test("a request with a body creates a channel, and values are kept", async () => {
    const page = await open("createChannel");
    await paste(page, accessToken);
    const body = page.getByLabel("JSON body");
    await body.fill("{ not JSON");
    await page.getByRole("button", { name: "Send POST" }).click();
    await page.getByText("This is not valid JSON.").waitFor();
    await body.fill('{ "name": "it\'s-a-channel" }');
    await expect
      .poll(() => page.locator(".code-block pre").first().textContent())
      .toContain(`it'\\''s-a-channel`);
    await body.fill('{ "name": "reference" }');
    await page.getByRole("button", { name: "Send POST" }).click();
    await page.locator(".answer").getByText("201 Created").waitFor();
    const { id } = JSON.parse((await page.locator(".answer pre").textContent()) ?? "");
    await page.locator('nav a[data-entry="getChannel"]').click();
    await page.getByLabel("channelId").fill(id);
    await page.getByRole("button", { name: "Send GET" }).click();
    await page.locator(".answer").getByText('"name": "reference"').waitFor();
    await page.locator('nav a[data-entry="archiveChannel"]').click();
    expect(await page.getByLabel("channelId").inputValue()).toBe(id);
  });

  test("a wrong token shows the problem, and a missing one the reason", async () => {
    const page = await open("getMe");
    await paste(page, "wrong");
    await page.getByRole("button", { name: "Send GET" }).click();
    await page.locator(".answer").getByText("401 Unauthorized").waitFor();
    expect(await page.locator(".answer pre").textContent()).toContain('"code": "unauthenticated"');
    await paste(page, "");
    await page.getByRole("button", { name: "Send GET" }).click();
    await page.getByText("There is no token").waitFor();
  });

  test("without a pasted token the session of the browser is used", async () => {
    const page = await open("getMe");
    const headers: Record<string, string>[] = [];
    await page.route("**/v1/auth/refresh", (route) => {
      headers.push(route.request().headers());
      const tokens = { accessToken, refreshToken: "", tokenType: "Bearer", expiresIn: 900 };
      return route.fulfill({ json: { tokens } });
    });
    await page.getByRole("button", { name: "Send GET" }).click();
    await page.locator(".answer").getByText("200 OK").waitFor();
    await page.getByRole("button", { name: "Send GET" }).click();
    await page.locator(".answer").getByText("200 OK").waitFor();
    expect(headers.map((sent) => sent["parley-session"])).toEqual(["cookie"]);
  });

  test("a deletion is sent only after a confirmation", async () => {
    const page = await open("deleteFile");
    await paste(page, accessToken);
    let sent = 0;
    page.on("request", (request) => {
      if (request.method() === "DELETE") sent++;
    });
    await page.getByLabel("fileId").fill("fil_01M8GGA5E5K6N3T8P0QDF3Y2JX");
    const send = page.getByRole("button", { name: "Send DELETE" });
    await send.click();
    await page.getByRole("dialog").getByText("may not be reversible").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(sent).toBe(0);
    await send.click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    expect(sent).toBe(0);
    await send.click();
    await page.getByRole("dialog").getByRole("button", { name: "Send DELETE" }).click();
    await page.locator(".answer").getByText("404 Not Found").waitFor();
    expect(sent).toBe(1);
  });

  test("a large body is cut off, and a request can be cancelled", async () => {
    const page = await open("getHealth");
    await page.route("**/v1/health", (route) => route.fulfill({ json: { text: "x".repeat(300_000) } }));
    await page.getByRole("button", { name: "Send GET" }).click();
    await page.getByText("Only the first 100 kB are shown.").waitFor();
    expect((await page.locator(".answer pre").textContent())?.length).toBe(100_000);
    await page.unroute("**/v1/health");
    await page.route("**/v1/health", () => {});
    await page.getByRole("button", { name: "Send GET" }).click();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Send GET" }).waitFor();
    expect(await page.locator(".answer").count()).toBe(0);
  });

  test("a socket receives hello, and answers frames", async () => {
    const page = await open("realtime");
    await paste(page, accessToken);
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page.locator(".frames").getByText('"hello"').waitFor();
    await page.getByLabel("Frame to send").fill('{ "id": "mine", "type": "ping" }');
    await page.getByRole("button", { name: "Send the frame" }).click();
    await page.locator(".frames").getByText('"pong"').waitFor();
    await page.getByLabel("Begin with an example").selectOption("messageCreate");
    expect(await page.getByLabel("Frame to send").inputValue()).toContain('"type": "messageCreate"');
    await page.getByRole("button", { name: "Disconnect" }).click();
    await page.getByText("Closed with 1000.").or(page.getByText("Disconnected.")).waitFor();
  });

  test("a socket without a valid token shows the problem", async () => {
    const page = await open("realtime");
    await paste(page, "wrong");
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page.getByText("No ticket: 401 · unauthenticated").waitFor();
  });

  test("examples are copied", async () => {
    const page = await open("createMessage", { permissions: ["clipboard-read", "clipboard-write"] });
    await page.getByRole("button", { name: "Copy: curl" }).click();
    await page.getByText("Copied").waitFor();
    const copied = await page.evaluate(() => (globalThis as any).navigator.clipboard.readText());
    expect(copied).toBe(await page.locator(".code-block pre").first().textContent());
  });

  test("a contract that cannot be loaded is requested again", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.route("**/v1/openapi.json", (route) => route.abort());
    await page.goto(`${app.url}/docs/api#getMe`);
    await page.getByText("the server cannot be reached").waitFor();
    await page.unroute("**/v1/openapi.json");
    await page.route("**/v1/asyncapi.json", (route) => route.fulfill({ status: 503 }));
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator("h1", { hasText: "getMe" }).waitFor();
    await page.locator(".brand").click();
    await page.getByText("description of the sockets could not be loaded").waitFor();
  });

  describe.each(isFullScale ? (["light", "dark"] as const) : (["dark"] as const))(
    "with the %s colours",
    (colorScheme) => {
      test.each(samples)("axe finds no violation at #%s", async (id) => {
        // Axe is injected as text, which the page's own policy blocks.
        const page = await open(id, { colorScheme, bypassCSP: true });
        await expand(page);
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(
          violations.map((found) => `${found.id}: ${found.nodes.map(({ html }) => html).join(" ")}`),
        ).toEqual([]);
      });

      test("axe finds no violation in a response, a dialog and a list of frames", async () => {
        const page = await open("deleteFile", { colorScheme, bypassCSP: true });
        const check = async (): Promise<void> => {
          const { violations } = await new AxeBuilder({ page }).analyze();
          expect(
            violations.map((found) => `${found.id}: ${found.nodes.map(({ html }) => html).join(" ")}`),
          ).toEqual([]);
        };
        await paste(page, accessToken);
        await page.locator(".token summary").click();
        await page.getByRole("button", { name: "Send DELETE" }).click();
        await page.getByText("Correct the marked fields.").waitFor();
        await check();
        await page.locator(".token summary").click();
        await page.getByLabel("fileId").fill("fil_01M8GGA5E5K6N3T8P0QDF3Y2JX");
        await page.getByRole("button", { name: "Send DELETE" }).click();
        await check();
        await page.getByRole("dialog").getByRole("button", { name: "Send DELETE" }).click();
        await page.locator(".answer pre").waitFor();
        await check();
        await page.locator('nav a[data-entry="realtime"]').evaluate((link) => (link as any).click());
        await page.getByRole("button", { name: "Connect", exact: true }).click();
        await page.locator(".frames").waitFor();
        await check();
      });
    },
  );

  test.each(samples)("320 px are wide enough for #%s", async (id) => {
    const page = await open(id, { viewport: { width: 320, height: 640 } });
    const width = (): Promise<number> =>
      page.evaluate(() => (globalThis as any).document.documentElement.scrollWidth as number);
    await expand(page);
    expect(await width()).toBe(320);
    await page.getByRole("button", { name: "Contents" }).click();
    await page.locator(".token summary").click();
    expect(await width()).toBe(320);
  });

  test("on a narrow screen the contents open by button and by key", async () => {
    const page = await open("", { viewport: { width: 320, height: 640 } });
    const search = page.getByLabel("Search operations");
    expect(await search.isVisible()).toBe(false);
    await page.keyboard.press("/");
    await expect
      .poll(() => search.evaluate((field: any) => field === field.ownerDocument.activeElement))
      .toBe(true);
    await page.keyboard.type("getMe");
    await page.keyboard.press("Enter");
    await expect.poll(() => search.isVisible()).toBe(false);
  });

  test(`the script has at most ${maxScriptBytes / 1_000} kB, compressed`, async () => {
    const page = await open();
    const urls: string[] = await page.evaluate(() =>
      (globalThis as any).performance
        .getEntriesByType("resource")
        .filter((entry: any) => entry.initiatorType === "script" || entry.name.endsWith(".js"))
        .map((entry: any) => entry.name),
    );
    expect(urls.length).toBeGreaterThan(0);
    const texts = await Promise.all(urls.map(async (url) => (await fetch(url)).text()));
    const bytes = texts.reduce((sum, text) => sum + gzipSync(text).length, 0);
    console.log(`The script has ${bytes} bytes, compressed`);
    expect(bytes).toBeLessThanOrEqual(maxScriptBytes);
  });
});
