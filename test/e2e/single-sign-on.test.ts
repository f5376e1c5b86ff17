import { createHash, randomBytes } from "node:crypto";
import { type JWTPayload, SignJWT } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { CookieBrowser, LoginProvider } from "./support/login-provider.ts";
import { WorkerdServer } from "./support/workerd-server.ts";

const application = "http://app.localhost:5173";
const page = `${application}/after-login`;
const password = "correct horse battery";
const parallelUses = 50;

let server: WorkerdServer;
let provider: LoginProvider;

beforeAll(async () => {
  provider = await LoginProvider.listen();
  const common = {
    issuer: provider.issuer,
    clientId: "parley",
    clientSecret: provider.clientSecret,
    createAccounts: true,
  };
  server = await WorkerdServer.start({
    ALLOWED_ORIGINS: application,
    PASSWORD_REJECTION_DELAY_MS: "1",
    OIDC_PROVIDERS: JSON.stringify([
      { ...common, id: "test", name: "Test" },
      { ...common, id: "acme", name: "Acme", allowedDomains: ["acme.test"] },
      { ...common, id: "linked", name: "Linked", createAccounts: false },
      { ...common, id: "down", name: "Down", issuer: "http://127.0.0.1:1" },
    ]),
  });
  provider.serve("parley", ["test", "acme", "linked"].map(redirectUri));
  await post("/v1/auth/register", { email: "owner@parley.test", username: "olivia", password });
});
afterAll(async () => {
  await server?.remove();
  await provider?.close();
});
afterEach(() => void (provider.tamper = undefined));

async function post(path: string, body: object): Promise<{ status: number; body: any }> {
  const response = await fetch(`${server.url}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

const redirectUri = (id: string): string => `${server.url}/v1/auth/oidc/${id}/callback`;

const startUrl = (id = "test", query: Record<string, string> = {}): string =>
  `${server.url}/v1/auth/oidc/${id}/start?${new URLSearchParams({ returnTo: page, ...query })}`;

/** Logs in at the provider, and returns the URL to which it sends the browser. */
async function callbackUrl(browser: CookieBrowser, user: string, id = "test", query = {}): Promise<string> {
  provider.user = user;
  return browser.follow(startUrl(id, query), redirectUri(id));
}

/** Completes a login, and returns what the application's page receives in its fragment. */
async function resultOf(browser: CookieBrowser, url: string): Promise<Record<string, string>> {
  const response = await browser.open(url);
  const location = response.headers.get("Location") ?? "";
  if (!location.startsWith(`${page}#`)) throw new Error(`${response.status} ${await response.text()}`);
  return Object.fromEntries(new URLSearchParams(location.slice(page.length + 1)));
}

async function logInAs(user: string, id = "test"): Promise<Record<string, string>> {
  const browser = new CookieBrowser();
  return resultOf(browser, await callbackUrl(browser, user, id));
}

const exchange = (code: string | undefined, more: object = {}) =>
  post("/v1/auth/oidc/exchange", { code, ...more });

let made = 0;
/** Adds a user to the provider, and returns their id there. */
function addUser(
  claims: { email?: string; email_verified?: boolean; preferred_username?: string } = {},
): string {
  const id = `subject-${++made}`;
  provider.users.set(id, { email: `person${made}@acme.test`, email_verified: true, ...claims });
  return id;
}

describe("[SO1] a login at a provider", () => {
  test("creates an account, and finds it again by the provider's id of the user", async () => {
    const user = addUser({ preferred_username: "Zoë Q." });
    const { code } = await logInAs(user);
    const first = await exchange(code);
    expect(first.status).toBe(200);
    const { user: account, tokens } = first.body;
    expect(account).toMatchObject({ username: "zoeq", role: "member", email: `person${made}@acme.test` });
    const me = await fetch(`${server.url}/v1/users/me`, {
      headers: { Authorization: `Bearer ${tokens.accessToken}` },
    });
    expect(await me.json()).toEqual(account);
    // The address at the provider may change, the subject does not.
    provider.users.set(user, { email: "renamed@acme.test", email_verified: false });
    const again = await exchange((await logInAs(user)).code);
    expect(again.body.user.id).toBe(account.id);
  });

  test("lists the providers without their secrets", async () => {
    const response = await fetch(`${server.url}/v1/auth/oidc`);
    expect(await response.json()).toMatchObject({
      items: [
        { id: "test", name: "Test" },
        { id: "acme", name: "Acme" },
        { id: "linked", name: "Linked" },
        { id: "down", name: "Down" },
      ],
      passwordLogin: true,
    });
  });

  test("reports a provider that does not answer, and an unknown one", async () => {
    const browser = new CookieBrowser();
    expect((await browser.open(startUrl("down"))).status).toBe(503);
    expect((await browser.open(startUrl("other"))).status).toBe(404);
  });
});

describe("[SO2] the state", () => {
  test("is bound to the browser by a cookie of the login", async () => {
    const browser = new CookieBrowser();
    const url = await callbackUrl(browser, addUser());
    const name = [...browser.attributes.keys()].find((cookie) => cookie.startsWith("parley-login-")) ?? "";
    expect(browser.attributes.get(name)).toMatch(/HttpOnly/);
    expect(browser.attributes.get(name)).toMatch(/SameSite=Lax/);
    const other = new CookieBrowser();
    await callbackUrl(other, addUser());
    expect((await other.open(url)).status).toBe(401);
    expect(await resultOf(browser, url)).toHaveProperty("code");
  });

  test("is rejected when it was changed or is missing", async () => {
    const browser = new CookieBrowser();
    const url = new URL(await callbackUrl(browser, addUser()));
    url.searchParams.set("state", `${url.searchParams.get("state")?.slice(0, -1)}!`);
    expect((await browser.open(url.href)).status).toBe(401);
    url.searchParams.delete("state");
    expect((await browser.open(url.href)).status).toBe(401);
  });

  test("[SO3] is used by one of 50 parallel requests, also with the cookie kept", async () => {
    const browser = new CookieBrowser();
    const url = await callbackUrl(browser, addUser());
    const answers = await Promise.all(
      Array.from({ length: parallelUses }, async () => (await browser.clone().open(url)).status),
    );
    expect(answers.filter((status) => status === 302)).toHaveLength(1);
    expect(answers.filter((status) => status === 401)).toHaveLength(parallelUses - 1);
  });
});

describe("[SO4] a response that is not the provider's answer to this login is rejected", () => {
  test.each(["another issuer", "no issuer"])("%s in the response", async (what) => {
    const browser = new CookieBrowser();
    const url = new URL(await callbackUrl(browser, addUser()));
    if (what === "no issuer") url.searchParams.delete("iss");
    else url.searchParams.set("iss", "https://evil.example");
    expect(await resultOf(browser, url.href)).toEqual({ error: "login_failed" });
  });

  const unsigned = (claims: JWTPayload): string =>
    [{ alg: "none" }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".") + ".";
  const secretKey = () => new TextEncoder().encode(provider.clientSecret);
  const otherNonce = (claims: JWTPayload) => provider.sign({ ...claims, nonce: "another" });

  test.each<[string, (claims: JWTPayload) => Promise<string> | string]>([
    ["without a signature", unsigned],
    [
      "signed by HS256 with the client's secret",
      (claims) => new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(secretKey()),
    ],
    ["with another nonce", otherNonce],
    ["without a nonce", (claims) => provider.sign({ ...claims, nonce: undefined })],
    ["for another client", (claims) => provider.sign({ ...claims, aud: "another" })],
    ["of another issuer", (claims) => provider.sign({ ...claims, iss: "https://evil.example" })],
    ["that has expired", (claims) => provider.sign({ ...claims, exp: 1_000_000_000 })],
    [
      "with a changed signature",
      async (claims) => `${(await provider.sign({ ...claims })).slice(0, -8)}AAAAAAAA`,
    ],
  ])("an ID token %s", async (_, tamper) => {
    provider.tamper = tamper;
    expect(await logInAs(addUser())).toEqual({ error: "login_failed" });
    provider.tamper = (claims) => provider.sign(claims);
    expect(await logInAs(addUser())).toHaveProperty("code");
  });

  test("a code that another browser brought into this login", async () => {
    const [victim, attacker] = [new CookieBrowser(), new CookieBrowser()];
    const stolen = new URL(await callbackUrl(attacker, addUser()));
    const url = new URL(await callbackUrl(victim, addUser()));
    url.searchParams.set("code", stolen.searchParams.get("code") ?? "");
    expect(await resultOf(victim, url.href)).toEqual({ error: "login_failed" });
  });
});

describe("[SO5] accounts are linked by a verified address", () => {
  const register = async (username: string): Promise<{ id: string; email: string; token: string }> => {
    const email = `${username}@acme.test`;
    const { body } = await post("/v1/auth/register", { email, username, password });
    return { id: body.user.id, email, token: body.tokens.accessToken };
  };

  test("an unverified address links and creates nothing", async () => {
    const { email } = await register("unverified");
    expect(await logInAs(addUser({ email, email_verified: false }))).toEqual({ error: "email_not_verified" });
    expect(await logInAs(addUser({ email_verified: false }))).toEqual({ error: "email_not_verified" });
  });

  test("an address that its account never confirmed ends the password and the sessions", async () => {
    const { id, email, token } = await register("squatted");
    const { body } = await exchange((await logInAs(addUser({ email }))).code);
    expect(body.user.id).toBe(id);
    const me = await fetch(`${server.url}/v1/users/me`, { headers: { Authorization: `Bearer ${token}` } });
    expect(me.status).toBe(401);
    expect((await post("/v1/auth/login", { login: "squatted", password })).status).toBe(401);
  });

  test("the owner keeps the password", async () => {
    const { body } = await exchange((await logInAs(addUser({ email: "owner@parley.test" }))).code);
    expect(body.user).toMatchObject({ username: "olivia", role: "owner" });
    expect((await post("/v1/auth/login", { login: "olivia", password })).status).toBe(200);
  });

  test("no account is created where the provider may not", async () => {
    expect(await logInAs(addUser(), "linked")).toEqual({ error: "no_account" });
  });

  test.each(["person@other.test", "person@sub.acme.test", "person@acme.test.evil.test"])(
    "%s is not of an accepted domain",
    async (email) => {
      expect(await logInAs(addUser({ email }), "acme")).toEqual({ error: "domain_not_allowed" });
    },
  );

  test("parallel logins of a new user make one account", async () => {
    const user = addUser();
    const codes = await Promise.all(Array.from({ length: 4 }, () => logInAs(user)));
    const accounts = await Promise.all(codes.map(async ({ code }) => (await exchange(code)).body.user?.id));
    expect(new Set(accounts).size).toBe(1);
  });
});

describe("[SO6] the code for the application", () => {
  test("is exchanged by one of 50 parallel requests", async () => {
    const { code } = await logInAs(addUser());
    const answers = await Promise.all(Array.from({ length: parallelUses }, () => exchange(code)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(parallelUses - 1);
  });

  test("needs the verifier of the application that began the login", async () => {
    const codeVerifier = randomBytes(32).toString("base64url");
    const codeChallenge = createHash("sha256").update(codeVerifier).digest("base64url");
    const codeFor = async () => {
      const browser = new CookieBrowser();
      return (await resultOf(browser, await callbackUrl(browser, addUser(), "test", { codeChallenge }))).code;
    };
    expect((await exchange(await codeFor())).status).toBe(401);
    expect((await exchange(await codeFor(), { codeVerifier: "x".repeat(43) })).status).toBe(401);
    expect((await exchange(await codeFor(), { codeVerifier })).status).toBe(200);
  });

  test("is rejected when it was changed, and no token is in a URL or in the log", async () => {
    const { code = "" } = await logInAs(addUser());
    expect((await exchange(`${code.slice(0, -4)}AAAA`)).status).toBe(401);
    const { body } = await exchange(code);
    for (const secret of [code, body.tokens.accessToken, body.tokens.refreshToken])
      expect(server.output).not.toContain(secret);
  });
});

test.each([
  "https://evil.example/",
  "//evil.example",
  "javascript:alert(1)",
  "http://app.localhost:5173@evil.example/",
])("[SO7] a login does not return to %s", async (returnTo) => {
  const response = await new CookieBrowser().open(startUrl("test", { returnTo }));
  expect(response.status).toBe(400);
});

test("[SO8] a login whose user rejects it at the provider returns to the page", async () => {
  const browser = new CookieBrowser();
  const url = new URL(await callbackUrl(browser, addUser()));
  url.searchParams.delete("code");
  url.searchParams.set("error", "access_denied");
  expect(await resultOf(browser, url.href)).toEqual({ error: "access_denied" });
});
