import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ParleyClient, Realtime, Self } from "../../src/client/index.ts";
import { chromiumPath } from "./support/chromium-path.ts";
import { type OwnOriginPage, OwnOriginSite } from "./support/own-origin-site.ts";
import { waitUntil } from "./support/wait-until.ts";
import { WorkerdServer } from "./support/workerd-server.ts";

const password = "correct horse battery";
/** After the successor of a refresh token was used, the token may be used again for this long. */
const reuseGraceMs = 10_000;

declare const parley: OwnOriginPage["parley"];
/** What the test's pages have; the compiler of the tests does not know the browser's. */
declare const location: { origin: string };
declare const document: {
  cookie: string;
  createElement(name: string): any;
  body: { append(node: unknown): void };
};
declare const localStorage: Record<string, string>;
declare const sessionStorage: Record<string, string>;
declare const indexedDB: { databases(): Promise<unknown[]> };
declare const caches: { keys(): Promise<string[]> };
declare const navigator: any;
declare const state: {
  client: ParleyClient;
  realtime?: Realtime;
  reported: (string | null)[];
  logins: number;
};

let server: WorkerdServer;
let site: OwnOriginSite;
let browser: Browser;
let context: BrowserContext;
let made = 0;

/** Opens a tab with a client of the session in cookies as `state.client`. */
async function openTab(): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${site.origin}/app/`);
  await createClientIn(page);
  return page;
}

const createClientIn = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const page: typeof state = { client: undefined as never, reported: [], logins: 0 };
    Object.assign(globalThis, { state: page });
    page.client = parley.createClient({
      url: location.origin,
      session: parley.cookieSession({ onLogin: () => void page.logins++ }),
      onTokens: (tokens) => void page.reported.push(tokens && tokens.accessToken),
    });
  });

/** Registers a user in a page, and returns the username. */
async function registerIn(page: Page): Promise<string> {
  const username = `user-${++made}`;
  await page.evaluate(
    ([username, password]) => {
      const email = `${username}@parley.test`;
      return state.client.register({ email, username: username!, password: password! });
    },
    [username, password],
  );
  return username;
}

/** Resumes the session in a page; returns the username, null, or the code of an error. */
const resumeIn = (page: Page): Promise<string | null> =>
  page.evaluate(() =>
    state.client.resume().then(
      (me: Self | null) => me && me.username,
      ({ code }: { code: string }) => code,
    ),
  );

const refreshCookie = async () =>
  (await context.cookies(site.origin)).find(({ name }) => name === "parley-refresh");

/** Uploads a file in a page, and returns the path of its content. */
const uploadIn = (page: Page, name: string, type: string, bytes: Uint8Array): Promise<string> =>
  page.evaluate(
    async ({ name, type, bytes }) => {
      const file = await state.client.call(parley.uploadFile, {
        query: { name },
        bytes: new Blob([Uint8Array.from(bytes)], { type }),
      });
      return `/v1/files/${file.id}/content`;
    },
    { name, type, bytes: [...bytes] },
  );

/** Loads a picture in an element; returns its width, 0 if it cannot be loaded. */
const pictureWidthIn = (page: Page, src: string): Promise<number> =>
  page.evaluate(
    (src) =>
      new Promise<number>((resolve) => {
        const image = document.createElement("img");
        image.onload = () => resolve(image.naturalWidth);
        image.onerror = () => resolve(0);
        image.src = src;
        document.body.append(image);
      }),
    src,
  );

describe.skipIf(!chromiumPath)("in Chromium, a page of the server's own origin", () => {
  beforeAll(async () => {
    site = await OwnOriginSite.listen(() => server.port);
    server = await WorkerdServer.start({ ALLOWED_ORIGINS: site.origin });
    browser = await chromium.launch({ executablePath: chromiumPath ?? "", args: ["--no-sandbox"] });
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
    await server?.remove();
  });
  beforeEach(async () => {
    context = await browser.newContext();
  });
  afterEach(() => context.close());

  test("[BS8] stores no token that a script finds, and resumes after a reload", async () => {
    const page = await openTab();
    const bodies: string[] = [];
    page.on("response", async (response) => {
      if (response.url().includes("/v1/")) bodies.push(await response.text().catch(() => ""));
    });
    const username = await registerIn(page);
    const cookie = await refreshCookie();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/" });
    const found = await page.evaluate(async () => {
      const answer = await fetch("/v1/auth/refresh", {
        method: "POST",
        headers: { "Content-Type": "application/json", "Parley-Session": "cookie" },
        body: "{}",
      });
      return JSON.stringify({
        cookie: document.cookie,
        local: { ...localStorage },
        session: { ...sessionStorage },
        databases: await indexedDB.databases(),
        caches: await caches.keys(),
        tokens: state.client.tokens,
        renewed: await answer.json(),
        headers: [...answer.headers],
      });
    });
    const secrets = [cookie!.value, (await refreshCookie())!.value];
    expect(secrets[0]).not.toBe(secrets[1]);
    for (const secret of secrets) {
      expect(found).not.toContain(secret);
      for (const body of bodies) expect(body).not.toContain(secret);
    }
    expect(JSON.parse(found)).toMatchObject({
      cookie: "",
      local: {},
      session: {},
      databases: [],
      caches: [],
    });
    await page.reload();
    await createClientIn(page);
    expect(await resumeIn(page)).toBe(username);
  });

  test("[BS9] tabs and a service worker that renew at once keep the session", async () => {
    const pages = [await openTab(), await openTab(), await openTab()];
    const username = await registerIn(pages[0]!);
    const askWorker = (page: Page): Promise<string> =>
      page.evaluate(async () => {
        const { active } = await navigator.serviceWorker.ready;
        const { port1, port2 } = new MessageChannel();
        const answer = new Promise<string>((resolve) =>
          Object.assign(port1, { onmessage: ({ data }: { data: string }) => resolve(data) }),
        );
        active.postMessage("who", [port2]);
        return answer;
      });
    await pages[0]!.evaluate(() => navigator.serviceWorker.register("/app/worker.js", { scope: "/app/" }));
    const names = new Set<string | null>();
    for (let round = 0; round < 5; round++)
      for (const name of await Promise.all([...pages.map(resumeIn), askWorker(pages[0]!)])) names.add(name);
    // A token that was used twice would end the session now.
    await sleep(reuseGraceMs + 1_000);
    for (const name of await Promise.all([...pages.map(resumeIn), askWorker(pages[0]!)])) names.add(name);
    expect([...names]).toEqual([username]);
    expect(server.output).not.toContain("auth.refresh_token_reused");
  });

  test("[BS6] pictures, media and downloads load in elements until the logout", async () => {
    const page = await openTab();
    await registerIn(page);
    const picture = await uploadIn(page, "a.png", "image/png", await pictureOf(page));
    expect(await pictureWidthIn(page, picture)).toBe(3);
    const text = await uploadIn(page, "a.txt", "text/plain", Buffer.from("hello"));
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.evaluate(
        (href) => Object.assign(document.createElement("a"), { href, download: "" }).click(),
        text,
      ),
    ]);
    expect(await download.failure()).toBeNull();
    expect(download.suggestedFilename()).toBe("a.txt");
    const range = await page.evaluate(async (path) => {
      const answer = await fetch(path, { headers: { Range: "bytes=1-2" } });
      return [answer.status, await answer.text()];
    }, text);
    expect(range).toEqual([206, "el"]);
    // The cookie alone opens nothing else.
    expect(await page.evaluate(async () => (await fetch("/v1/users/me")).status)).toBe(401);
    await page.evaluate(() => state.client.logout());
    expect(await pictureWidthIn(page, `${picture}?`)).toBe(0);
    expect(await context.cookies(site.origin)).toEqual([]);
  });

  test("[BS7] a file with a script that is opened with the cookie is downloaded", async () => {
    const page = await openTab();
    const username = await registerIn(page);
    const script = "<script>document.title = 'run'</script>";
    for (const [name, type, content] of [
      ["a.html", "text/html", `<!doctype html>${script}`],
      ["a.svg", "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`],
    ] as const) {
      const path = await uploadIn(page, name, type, Buffer.from(content));
      const opened = await context.newPage();
      await opened.goto(`${site.origin}/app/empty`);
      const [download] = await Promise.all([
        opened.waitForEvent("download"),
        opened.goto(`${site.origin}${path}`).catch(() => null),
      ]);
      expect(download.suggestedFilename()).toContain(name.slice(0, 3));
      expect(await opened.title()).toBe("Empty");
      await opened.close();
    }
    expect(await resumeIn(page)).toBe(username);
  });

  test("[BS3] [BS6] a page of another site can neither use nor end the session", async () => {
    const page = await openTab();
    const username = await registerIn(page);
    const picture = await uploadIn(page, "a.png", "image/png", await pictureOf(page));
    const before = (await refreshCookie())!.value;
    const evil: Server = createServer((_, response) =>
      response.setHeader("Content-Type", "text/html").end("<!doctype html><title>evil</title>"),
    );
    await new Promise<void>((resolve) => evil.listen(0, "127.0.0.1", resolve));
    const attacker = await context.newPage();
    // Another site: cookies belong to 127.0.0.1.
    await attacker.goto(`http://localhost:${(evil.address() as AddressInfo).port}`);
    expect(await pictureWidthIn(attacker, `${site.origin}${picture}`)).toBe(0);
    const outcomes = await attacker.evaluate(async (origin) => {
      const post = (path: string, init: object) =>
        fetch(`${origin}${path}`, { method: "POST", credentials: "include", ...init }).then(
          ({ type, status }) => `${type} ${status}`,
          () => "blocked",
        );
      const json = { "Content-Type": "application/json" };
      return [
        await post("/v1/auth/refresh", { headers: { ...json, "Parley-Session": "cookie" }, body: "{}" }),
        await post("/v1/auth/refresh", { headers: json, body: "{}" }),
        await post("/v1/auth/refresh", { mode: "no-cors", body: "{}" }),
        await post("/v1/auth/logout", { mode: "no-cors" }),
      ];
    }, site.origin);
    expect(outcomes).toEqual(["blocked", "blocked", "blocked", "blocked"]);
    const [navigated] = await Promise.all([
      attacker.waitForResponse((response) => response.url().endsWith("/v1/auth/refresh")),
      attacker.evaluate((origin) => {
        const form = document.createElement("form");
        Object.assign(form, { method: "post", action: `${origin}/v1/auth/refresh`, enctype: "text/plain" });
        document.body.append(form);
        form.submit();
      }, site.origin),
    ]);
    expect(navigated.status()).toBe(415);
    expect((await refreshCookie())!.value).toBe(before);
    expect(await resumeIn(page)).toBe(username);
    await new Promise((resolve) => evil.close(resolve));
  });

  test("[BS9] a logout in one tab ends the session and the connection of the other", async () => {
    const [tab, other] = [await openTab(), await openTab()] as const;
    await registerIn(tab);
    await resumeIn(other);
    const closed = other.evaluate(async () => {
      state.realtime = state.client.connect();
      await state.realtime.live();
      return new Promise<string>((resolve) => state.realtime!.on("closed", ({ code }) => resolve(code)));
    });
    await waitUntil(
      "the connection",
      async () => (await other.evaluate(() => state.realtime?.state)) === "live",
    );
    await tab.evaluate(() => state.client.logout());
    expect(await closed).toBe("unauthenticated");
    await waitUntil("the report", () => other.evaluate(() => state.reported.at(-1) === null));
    expect(await resumeIn(other)).toBeNull();
    expect(await refreshCookie()).toBeUndefined();
  });

  test("[BS9] another user's login ends the other tab, which resumes as that user", async () => {
    const [tab, other] = [await openTab(), await openTab()] as const;
    await registerIn(tab);
    await resumeIn(other);
    await other.evaluate(async () => {
      state.realtime = state.client.connect();
      await state.realtime.live();
    });
    const second = await registerIn(tab);
    await waitUntil("the report", () => other.evaluate(() => state.logins === 1));
    expect(
      await other.evaluate(() => [state.realtime!.state, state.client.tokens, state.reported.at(-1)]),
    ).toEqual(["offline", null, null]);
    expect(await resumeIn(other)).toBe(second);
  });

  test("[BS8] without network `resume` throws, and succeeds when it has returned", async () => {
    const page = await openTab();
    const username = await registerIn(page);
    const reopened = await openTab();
    await context.setOffline(true);
    expect(await resumeIn(reopened)).toBe("unavailable");
    await context.setOffline(false);
    expect(await resumeIn(reopened)).toBe(username);
  });
});

/** Draws a picture of 3 × 2 pixels in the page. */
async function pictureOf(page: Page): Promise<Uint8Array> {
  const encoded = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 3, height: 2 });
    return canvas.toDataURL("image/png") as string;
  });
  return Buffer.from(encoded.split(",")[1] ?? "", "base64");
}
