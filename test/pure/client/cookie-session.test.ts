import { afterEach, expect, test, vi } from "vitest";
import { cookieSession } from "../../../src/client/cookie-session.ts";
import { createClient, getMe, memoryTokenStore } from "../../../src/client/index.ts";
import { accessTokenOf, FakeBrowser, type Tab } from "./fake-browser.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const meOf = ({ client }: Tab) =>
  client.call(getMe, { retry: false }).then(
    ({ id }) => id,
    ({ code }: { code: string }) => code,
  );
/** Lets messages between tabs arrive. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));
/** Makes the server reject the tab's access token, as after its expiry. */
const expire = (browser: FakeBrowser, ...tabs: Tab[]): void => {
  for (const { client } of tabs) browser.expired.add(client.tokens!.accessToken);
};

test("[BS8] a login keeps no refresh token, and sends the header only where it counts", async () => {
  const browser = new FakeBrowser();
  const { client } = await browser.logInBy("ann");
  expect(client.tokens).toMatchObject({ refreshToken: "", accessToken: accessTokenOf("ann", "ses_1") });
  await client.call(getMe);
  await client.logout();
  expect(browser.requests).toEqual([
    "POST /v1/auth/login cookie",
    "GET /v1/users/me",
    "POST /v1/auth/logout cookie",
  ]);
});

test("[BS8] a page without a session resumes none, by one request", async () => {
  const browser = new FakeBrowser();
  const tab = browser.openTab();
  expect(await tab.client.resume()).toBeNull();
  expect(browser.requests).toEqual(["POST /v1/auth/refresh cookie"]);
  expect(tab.reported).toEqual([]);
  expect(await meOf(tab)).toBe("unauthenticated");
});

test("[BS8] a page resumes the session of an earlier one", async () => {
  const browser = new FakeBrowser();
  await browser.logInBy("ann");
  const tab = browser.openTab();
  expect(await tab.client.resume()).toEqual({ id: "ann" });
  expect(tab.reported).toEqual([accessTokenOf("ann", "ses_1", 1)]);
  expect(browser.requests.slice(1)).toEqual(["POST /v1/auth/refresh cookie", "GET /v1/users/me"]);
});

test("[BS8] a call before `resume` restores the session too", async () => {
  const browser = new FakeBrowser();
  await browser.logInBy("ann");
  const worker = browser.openTab();
  expect(await Promise.all([meOf(worker), meOf(worker)])).toEqual(["ann", "ann"]);
  expect(browser.requests.filter((request) => request.includes("refresh"))).toHaveLength(1);
});

test("[BS8] without network `resume` throws, and succeeds when it has returned", async () => {
  const browser = new FakeBrowser();
  await browser.logInBy("ann");
  browser.isOffline = true;
  const tab = browser.openTab();
  for (let attempt = 0; attempt < 2; attempt++)
    await expect(tab.client.resume()).rejects.toMatchObject({ code: "unavailable", status: 0 });
  expect(tab.reported).toEqual([]);
  browser.isOffline = false;
  expect(await tab.client.resume()).toEqual({ id: "ann" });
});

test("[BS8] `resume` continues the session of a token store as well", async () => {
  const browser = new FakeBrowser();
  const { client } = await browser.logInBy("ann");
  const options = { url: "http://parley.test", fetch: browser.fetch };
  const tokenStore = memoryTokenStore({ ...client.tokens!, refreshToken: "" });
  expect(await createClient({ ...options, tokenStore }).resume()).toEqual({ id: "ann" });
  expect(await createClient(options).resume()).toBeNull();
});

test("[BS8] a server at another origin than the page is an error", () => {
  vi.stubGlobal("location", { origin: "https://chat.example", href: "https://chat.example/c/1" });
  const open = (url: string) => () => createClient({ url, session: cookieSession() });
  expect(open("https://api.chat.example")).toThrow(expect.objectContaining({ code: "validation_failed" }));
  expect(open("http://chat.example")).toThrow();
  for (const url of ["https://chat.example", "https://chat.example/", "/", ""])
    expect(open(url)).not.toThrow();
});

test("[BS9] many calls rejected at once share one renewal", async () => {
  const browser = new FakeBrowser();
  const tab = await browser.logInBy("ann");
  expire(browser, tab);
  expect(await Promise.all([meOf(tab), meOf(tab), meOf(tab)])).toEqual(["ann", "ann", "ann"]);
  expect(browser.requests.filter((request) => request.includes("refresh"))).toHaveLength(1);
});

test.each([true, false])("[BS9] twenty tabs renew at once, with locks: %s", async (hasLocks) => {
  const browser = new FakeBrowser({ hasLocks });
  await browser.logInBy("ann");
  const tabs = Array.from({ length: 20 }, () => browser.openTab());
  const resumed = await Promise.all(tabs.map(({ client }) => client.resume()));
  expect(resumed).toEqual(tabs.map(() => ({ id: "ann" })));
  expire(browser, ...tabs);
  expect(new Set(await Promise.all(tabs.map(meOf)))).toEqual(new Set(["ann"]));
  if (hasLocks) expect(browser.mostAtOnce).toBe(1);
  else expect(browser.mostAtOnce).toBeGreaterThan(1);
});

test("[BS9] a login waits for the renewal of another tab, whose cookie it replaces", async () => {
  const browser = new FakeBrowser();
  const tab = await browser.logInBy("ann");
  expire(browser, tab);
  const { promise, resolve } = Promise.withResolvers<void>();
  browser.gate = promise;
  const asking = meOf(tab);
  await settle();
  const other = browser.logInBy("bob");
  await settle();
  expect(browser.requests.at(-1)).toBe("POST /v1/auth/refresh cookie");
  resolve();
  await Promise.all([asking, other]);
  expect(browser.cookie).toBe("ses_2.0");
});

test("[BS9] a logout ends the session in all tabs", async () => {
  const browser = new FakeBrowser();
  const [tab, other] = [await browser.logInBy("ann"), browser.openTab()];
  await other.client.resume();
  await tab.client.logout();
  await settle();
  for (const each of [tab, other]) {
    expect(each.reported.at(-1)).toBeNull();
    expect(each.client.tokens).toBeNull();
    expect(await meOf(each)).toBe("unauthenticated");
  }
  expect(other.reported.filter((tokens) => tokens === null)).toHaveLength(1);
  expect(await other.client.resume()).toBeNull();
});

test("[BS9] an end that one tab notices ends the session in the others", async () => {
  const browser = new FakeBrowser();
  const [tab, other] = [await browser.logInBy("ann"), browser.openTab()];
  await other.client.resume();
  browser.sessions.get("ses_1")!.isEnded = true;
  expect(await meOf(tab)).toBe("unauthenticated");
  await settle();
  expect([tab.client.tokens, other.client.tokens]).toEqual([null, null]);
});

test("[BS9] another user's login ends the session of the other tabs, which may resume", async () => {
  const browser = new FakeBrowser();
  const [tab, other] = [await browser.logInBy("ann"), browser.openTab()];
  await other.client.resume();
  await browser.logInBy("bob", tab);
  await settle();
  expect(other.reported.at(-1)).toBeNull();
  expect(other.logins).toBe(1);
  // Not as Bob, before the page knows of him.
  expect(await meOf(other)).toBe("unauthenticated");
  expect(await other.client.resume()).toEqual({ id: "bob" });
  expect(tab.logins).toBe(0);
});

test("[BS9] a login is reported to tabs that have no session", async () => {
  const browser = new FakeBrowser();
  const waiting = browser.openTab();
  const unused = browser.openTab();
  await waiting.client.resume();
  await browser.logInBy("ann");
  await settle();
  expect([waiting.logins, unused.logins]).toEqual([1, 0]);
  expect(waiting.reported).toEqual([]);
  expect(await waiting.client.resume()).toEqual({ id: "ann" });
});

test("[BS9] a login during the first renewal of another tab is reported there", async () => {
  const browser = new FakeBrowser({ hasLocks: false });
  const { promise, resolve } = Promise.withResolvers<void>();
  browser.gate = promise;
  const tab = browser.openTab();
  const resuming = tab.client.resume();
  browser.gate = Promise.resolve();
  await browser.logInBy("ann");
  await settle();
  expect(tab.logins).toBe(0);
  resolve();
  expect(await resuming).toBeNull();
  await settle();
  expect(tab.logins).toBe(1);
});

test("[BS9] a new session of the same user continues in the other tabs", async () => {
  const browser = new FakeBrowser();
  const [tab, other] = [await browser.logInBy("ann"), browser.openTab()];
  await other.client.resume();
  await browser.logInBy("ann", tab);
  await settle();
  expect(other.logins).toBe(0);
  expect(await meOf(other)).toBe("ann");
  expect(other.client.tokens?.accessToken).toBe(accessTokenOf("ann", "ses_2", 1));
  expect(other.reported).not.toContain(null);
});

test("[BS9] the logout of a former session keeps that of a later login", async () => {
  const browser = new FakeBrowser({ hasChannel: false });
  const former = await browser.logInBy("ann");
  const tab = await browser.logInBy("ann");
  browser.sessions.get("ses_1")!.isEnded = false;
  await former.client.logout();
  expire(browser, tab);
  expect(await meOf(tab)).toBe("ann");
});

test("[BS9] a tab that missed the login of another user notices it by its renewal", async () => {
  const browser = new FakeBrowser({ hasChannel: false });
  const tab = await browser.logInBy("ann");
  await browser.logInBy("bob");
  expect(await meOf(tab)).toBe("unauthenticated");
  expect(tab.reported.at(-1)).toBeNull();
  // Nothing is sent as Bob until the page asks for the session.
  const before = browser.requests.length;
  expect(await meOf(tab)).toBe("unauthenticated");
  expect(browser.requests.slice(before)).toEqual(["GET /v1/users/me"]);
  expect(await tab.client.resume()).toEqual({ id: "bob" });
});

test("[BS9] `resume` in a tab of a former user returns the present one", async () => {
  const browser = new FakeBrowser({ hasChannel: false });
  const tab = await browser.logInBy("ann");
  await browser.logInBy("bob");
  expect(await tab.client.resume()).toEqual({ id: "bob" });
  expect(tab.client.tokens?.accessToken).toBe(accessTokenOf("bob", "ses_2", 1));
});

test("[BS9] a login during a renewal takes precedence, and so does a logout", async () => {
  for (const meanwhile of ["login", "logout"] as const) {
    const browser = new FakeBrowser({ hasLocks: false });
    const tab = await browser.logInBy("ann");
    expire(browser, tab);
    const { promise, resolve } = Promise.withResolvers<void>();
    browser.gate = promise;
    const renewing = tab.client.resume().catch(({ code }: { code: string }) => code);
    await settle();
    browser.gate = Promise.resolve();
    if (meanwhile === "login") await browser.logInBy("bob", tab);
    else {
      browser.expired.clear();
      await tab.client.logout();
    }
    resolve();
    expect(await renewing).toEqual(meanwhile === "login" ? { id: "bob" } : null);
    expect(tab.client.tokens === null).toBe(meanwhile === "logout");
  }
});

test("[BS9] a failed renewal ends nothing", async () => {
  const browser = new FakeBrowser();
  const tab = await browser.logInBy("ann");
  expire(browser, tab);
  browser.isOffline = true;
  expect(await meOf(tab)).toBe("unavailable");
  browser.isOffline = false;
  expect(await meOf(tab)).toBe("ann");
  expect(tab.reported).not.toContain(null);
});

test("[BS10] tokens are renewed a minute before they expire", async () => {
  vi.useFakeTimers();
  const browser = new FakeBrowser();
  const tab = await browser.logInBy("ann");
  await vi.advanceTimersByTimeAsync(839_000);
  expect(browser.requests).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(browser.requests.slice(1)).toEqual(["POST /v1/auth/refresh cookie"]);
  await vi.advanceTimersByTimeAsync(840_000);
  expect(browser.requests).toHaveLength(3);
  await tab.client.logout();
  await vi.advanceTimersByTimeAsync(2_000_000);
  expect(browser.requests).toHaveLength(4);
});

test("[BS10] short-lived tokens are renewed after half of their time", async () => {
  vi.useFakeTimers();
  const browser = new FakeBrowser();
  browser.expiresIn = 60;
  await browser.logInBy("ann");
  await vi.advanceTimersByTimeAsync(29_000);
  expect(browser.requests).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(browser.requests).toHaveLength(2);
});

test("[BS10] a renewal that failed is repeated, and at once when the network returns", async () => {
  vi.useFakeTimers();
  let wake = (): void => {};
  const browser = new FakeBrowser();
  const environment = { onWake: (listener: () => void) => ((wake = listener), () => {}) };
  const tab = await browser.logInBy("ann", browser.openTab({ environment }));
  wake();
  await vi.advanceTimersByTimeAsync(0);
  expect(browser.requests).toHaveLength(1);
  browser.isOffline = true;
  await vi.advanceTimersByTimeAsync(1_000_000);
  expect(browser.requests.length).toBeGreaterThan(4);
  expect(browser.requests.length).toBeLessThan(200);
  expect(tab.reported).toHaveLength(1);
  // The machine was suspended: timers did not run.
  vi.setSystemTime(Date.now() + 60_000);
  browser.isOffline = false;
  wake();
  await vi.advanceTimersByTimeAsync(0);
  expect(tab.reported).toHaveLength(2);
});
