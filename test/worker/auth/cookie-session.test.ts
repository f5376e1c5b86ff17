import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { configOf } from "../../../src/config.ts";
import { deriveRefreshToken } from "../../../src/features/auth/index.ts";
import { newId } from "../../../src/lib/ids.ts";
import {
  answerSecondFactor,
  beginSecondFactor,
  type Endpoint,
  endpoints,
  getMe,
  getSessions,
  login,
  logout,
  refreshToken as refresh,
} from "../../../src/protocol/index.ts";
import { UserHub } from "../../../src/user-object/user-hub.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { accessName, BrowserPage, refreshName } from "../../support/worker/clients/browser-page.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { createUser, testPassword, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import {
  createSampleWorkspace,
  endpointSamples,
  type SampleWorkspace,
} from "../../support/worker/fixtures/endpoint-samples.ts";
import { codeOf, enableTotp, nextStep } from "../../support/worker/fixtures/second-factors.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

let workspace: SampleWorkspace;
beforeAll(async () => {
  workspace = await createSampleWorkspace();
});

const returnsTokens = ({ response }: Endpoint): boolean =>
  response !== undefined && JSON.stringify(z.toJSONSchema(response)).includes('"refreshToken"');

/** The endpoints that start or renew a session. */
const starting = Object.keys(endpoints).filter((name) => returnsTokens(endpoints[name]!));

/** Logs a user in by a page, and returns the page and the access token. */
async function logInByPage(user: TestUser, page = new BrowserPage()) {
  const { status, body } = await page.send(login, { body: { login: user.username, password: testPassword } });
  expect(status).toBe(200);
  return { page, token: body.tokens.accessToken as string };
}

const refreshBy = async (page: BrowserPage) => {
  const { status, body, text } = await page.send(refresh, { body: {} });
  expect(status, text).toBe(200);
  return body.tokens.accessToken as string;
};

test("[BS1] the header is accepted exactly where tokens are returned, and by logout", () => {
  expect(starting).toEqual([
    "register",
    "login",
    "refreshToken",
    "answerSecondFactor",
    "loginWithPasskey",
    "exchangeProviderCode",
  ]);
  const accepting = Object.keys(endpoints).filter((name) => endpoints[name]!.cookieSession);
  expect(accepting.toSorted()).toEqual([...starting, "logout"].toSorted());
});

describe.each(starting)("%s", (name) => {
  const endpoint = endpoints[name]!;

  test("[BS1] returns the refresh token in a cookie, and none in the body", async () => {
    const page = new BrowserPage();
    let { body } = await endpointSamples[name]!(workspace);
    if (name === "refreshToken") {
      page.cookies.set(refreshName, String(body!["refreshToken"]));
      body = {};
    }
    const { status, body: answer, headers, text } = await page.send(endpoint, { body });
    expect(status, text).toBe(endpoint.status);
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(answer.tokens.refreshToken).toBe("");
    const refreshToken = page.cookies.get(refreshName)!;
    expect(refreshToken).toMatch(/^usr_\w+\.ses_\w+\.\d+\.[\w-]{43}\.[\w-]{22}$/);
    expect(text).not.toContain(refreshToken);
    expect(page.cookies.get(accessName)).toBe(answer.tokens.accessToken);
    await expectOk(getMe, { as: { token: await refreshBy(page) } });
    expect(page.cookies.get(refreshName)).not.toBe(refreshToken);
  });

  test("[BS1] without the header sets no cookie, whatever cookies arrive", async () => {
    const { page } = await logInByPage(workspace.eve);
    const { body } = await endpointSamples[name]!(workspace);
    const { body: answer, headers } = await callEndpoint(endpoint, {
      body,
      headers: { Origin: "https://parley.test", ...page.cookieHeader },
    });
    expect(answer.tokens.refreshToken).toMatch(/^usr_/);
    expect(headers.getSetCookie()).toEqual([]);
    await refreshBy(page);
  });
});

test("[BS1] a challenge of the second factor sets no cookie; its answer does", async () => {
  const ann = await createUser("ann");
  const { secret } = await enableTotp(ann);
  const page = new BrowserPage();
  const { body } = await page.send(login, { body: { login: ann.username, password: testPassword } });
  expect(body.mfa.methods).toContain("totp");
  expect(page.setCookies).toEqual([]);
  nextStep();
  const answer = { token: body.mfa.token, method: "totp", code: await codeOf(secret) };
  const { body: begun } = await page.send(answerSecondFactor, { body: answer });
  expect(begun.tokens.refreshToken).toBe("");
  await refreshBy(page);
});

test("[BS1] a second factor that is passed in place of a session replaces the cookies", async () => {
  const ann = await createUser("ann");
  const { page, token } = await logInByPage(ann);
  const { secret } = await enableTotp({ token });
  const former = page.clone();
  const { body } = await page.send(beginSecondFactor, { as: { token } });
  nextStep();
  await page.send(answerSecondFactor, {
    body: { token: body.mfa.token, method: "totp", code: await codeOf(secret) },
  });
  await refreshBy(page);
  expect(await former.sendRejected(refresh, { body: {} })).toMatchObject({ code: "unauthenticated" });
});

describe("[BS2] the cookies", () => {
  test("by https belong to the host alone, and no script can read them", async () => {
    const { page } = await logInByPage(workspace.bob);
    const attributes = "Path=/; HttpOnly; Secure; SameSite=Strict";
    expect(page.setCookies.map((cookie) => cookie.replace(/=[^;]+/, "=…"))).toEqual([
      `${refreshName}=…; Max-Age=2592000; ${attributes}`,
      `${accessName}=…; Max-Age=900; ${attributes}`,
    ]);
  });

  test("of a local server without TLS have no prefix and no `Secure`", async () => {
    const { page } = await logInByPage(workspace.bob, new BrowserPage("http://localhost:8787"));
    expect([...page.cookies.keys()]).toEqual(["parley-refresh", "parley-access"]);
    for (const cookie of page.setCookies) expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
    await refreshBy(page);
  });

  test("are not set in production without TLS", async () => {
    setWorkerConfig({ ENVIRONMENT: "production" });
    const page = new BrowserPage("http://localhost:8787");
    const body = { login: workspace.bob.username, password: testPassword };
    expect(await page.sendRejected(login, { body })).toMatchObject({ code: "forbidden" });
    expect(page.setCookies).toEqual([]);
  });

  test.each([
    [{ SESSION_IDLE_MS: 10 ** 12, SESSION_MAX_MS: 10 ** 13 }, 34_560_000],
    [{ SESSION_IDLE_MS: 10 ** 12, SESSION_MAX_MS: 86_400_000 }, 86_400],
    [{ SESSION_IDLE_MS: 1_500 }, 2],
  ])("last as long as an unused session lives: %j", async (vars, seconds) => {
    setWorkerConfig(vars);
    const { page } = await logInByPage(workspace.bob);
    expect(page.setCookies[0]).toContain(`; Max-Age=${seconds};`);
  });
});

describe("[BS4] a refresh token in a cookie", () => {
  test("rotates; the use of an old one ends the session and removes the cookies", async () => {
    const { page } = await logInByPage(workspace.bob);
    const stolen = page.clone();
    const token = await refreshBy(page);
    await expectOk(getMe, { as: { token } });
    advanceClock(10_500);
    expect(await stolen.sendRejected(refresh, { body: {} })).toMatchObject({ code: "unauthenticated" });
    expect([...stolen.cookies]).toEqual([]);
    expect(await expectRejected(getMe, { as: { token } })).toMatchObject({ code: "unauthenticated" });
    expect(await page.sendRejected(refresh, { body: {} })).toMatchObject({ code: "unauthenticated" });
    expect([...page.cookies]).toEqual([]);
  });

  test("gives the same successor again after a lost response, and to tabs at once", async () => {
    const { page } = await logInByPage(workspace.bob);
    const tabs = Array.from({ length: 20 }, () => page.clone());
    await Promise.all(tabs.map(refreshBy));
    const successors = new Set(tabs.map(({ cookies }) => cookies.get(refreshName)));
    expect(successors.size).toBe(1);
    advanceClock(60_000);
    await refreshBy(page);
    expect(page.cookies.get(refreshName)).toBe([...successors][0]);
  });

  test("may be accompanied by an empty token in the body, and by no other", async () => {
    const { page } = await logInByPage(workspace.bob);
    expect((await page.send(refresh, { body: { refreshToken: "" } })).status).toBe(200);
    for (const body of [{ refreshToken: page.cookies.get(refreshName) }, { refreshToken: "x" }])
      expect(await page.sendRejected(refresh, { body })).toMatchObject({
        code: "validation_failed",
        issues: [{ path: "refreshToken" }],
      });
    await refreshBy(page);
  });

  test.each<[string, (token: string) => string]>([
    ["no cookie", () => ""],
    ["an empty cookie", () => `${refreshName}=`],
    ["only a name", () => refreshName],
    ["two of the same name", (token) => `${refreshName}=${token}; ${refreshName}=${token}`],
    ["two of the same name, one empty", (token) => `${refreshName}=; ${refreshName}=${token}`],
    ["the name without its prefix", (token) => `parley-refresh=${token}`],
    ["another name that ends alike", (token) => `x${refreshName}=${token}`],
    ["the name in lower case", (token) => `${refreshName.toLowerCase()}=${token}`],
    ["quotes", (token) => `${refreshName}="${token}"`],
    ["percent signs", (token) => `${refreshName}=%ff${token}`],
    ["an encoded value", (token) => `${refreshName}=${token.replaceAll("_", "%5F")}`],
    ["a cut value", (token) => `${refreshName}=${token.slice(0, -1)}`],
    ["a value of 4 kB", (token) => `${refreshName}=${token}${"x".repeat(4_000)}`],
    ["17,000 characters of other cookies", (token) => `${refreshName}=${token}; a=${"x".repeat(17_000)}`],
    ["10,000 separators", (token) => `${";".repeat(10_000)}${refreshName}=${token}x`],
    ["prototype names", () => "__proto__=1; constructor=2; toString=3"],
    [
      "another key",
      () =>
        `${refreshName}=${deriveRefreshToken(
          `${configOf(env).REFRESH_TOKEN_KEY.slice(0, -1)}A`,
          { userId: newId("usr"), sessionId: newId("ses"), generation: 0 },
          "salt",
        )}`,
    ],
  ])("with %s is `unauthenticated`, and calls no hub", async (_, cookieOf) => {
    const { page } = await logInByPage(workspace.bob);
    const token = page.cookies.get(refreshName)!;
    const rotate = vi.spyOn(UserHub.prototype, "rotateRefreshToken");
    const tossed = new BrowserPage();
    const problem = await tossed.sendRejected(refresh, { body: {}, headers: { Cookie: cookieOf(token) } });
    expect(problem).toMatchObject({ code: "unauthenticated" });
    expect(tossed.setCookies).toHaveLength(2);
    for (const cookie of tossed.setCookies) expect(cookie).toMatch(/^__Host-parley-\w+=; Max-Age=0; Path=\//);
    expect(rotate).not.toHaveBeenCalled();
    await refreshBy(page);
  });

  test("among other cookies is found", async () => {
    const { page } = await logInByPage(workspace.bob);
    const token = page.cookies.get(refreshName)!;
    const headers = { Cookie: `a=1;b="2"; ${"c=; ".repeat(1_000)}${refreshName}=${token};d` };
    expect((await page.send(refresh, { body: {}, headers })).status).toBe(200);
  });

  test("keeps its cookies while the hub does not answer", async () => {
    const { page } = await logInByPage(workspace.bob);
    const failing = vi.spyOn(UserHub.prototype, "rotateRefreshToken").mockRejectedValue(new Error("down"));
    expect((await page.send(refresh, { body: {} })).status).toBeGreaterThanOrEqual(500);
    expect(page.setCookies).toEqual([]);
    failing.mockRestore();
    await refreshBy(page);
  });
});

describe("[BS5] the end of a session", () => {
  test("by logout removes both cookies", async () => {
    const { page, token } = await logInByPage(workspace.bob);
    const copy = page.clone();
    expect((await page.send(logout, { as: { token } })).status).toBe(204);
    expect([...page.cookies]).toEqual([]);
    expect(await copy.sendRejected(refresh, { body: {} })).toMatchObject({ code: "unauthenticated" });
  });

  test("by logout without the header sets no cookie", async () => {
    const { page, token } = await logInByPage(workspace.bob);
    const { headers } = await callEndpoint(logout, { as: { token }, headers: page.cookieHeader });
    expect(headers.getSetCookie()).toEqual([]);
  });

  test("by logout keeps the cookies of a later login in the browser", async () => {
    const { page, token } = await logInByPage(workspace.ann);
    const former = page.clone();
    await logInByPage(workspace.bob, page);
    // Delayed on the way: the logout of the former session arrives with the cookies of the later one.
    const { status } = await page.send(logout, { as: { token } });
    expect([204, 401]).toContain(status);
    expect(page.setCookies).toEqual([]);
    await expectOk(getMe, { as: { token: await refreshBy(page) } });
    expect(await former.sendRejected(refresh, { body: {} })).toMatchObject({ code: "unauthenticated" });
  });

  test("a rejected login keeps the cookies", async () => {
    const { page } = await logInByPage(workspace.bob);
    const body = { login: workspace.bob.username, password: "wrong password" };
    expect(await page.sendRejected(login, { body })).toMatchObject({ code: "unauthenticated" });
    expect(page.setCookies).toEqual([]);
    await refreshBy(page);
  });

  test("comes by a login that replaces its cookie, of the same user or another", async () => {
    const [ann, bob] = [await createUser("ann"), await createUser("bob")];
    const first = await logInByPage(ann);
    const second = await logInByPage(ann, first.page);
    const isEnded = async (token: string) => (await callEndpoint(getMe, { as: { token } })).status === 401;
    await eventually(() => isEnded(first.token), "the end of the first session");
    const third = await logInByPage(bob, second.page);
    await eventually(() => isEnded(second.token), "the end of the second session");
    expect((await expectOk(getSessions, { as: { token: third.token } })).items).toHaveLength(2);
    const counted = env.DB.prepare(
      "SELECT count(*) AS count FROM audit_entries WHERE action = 'session.end' AND actor_id = ?",
    ).bind(ann.userId);
    await eventually(async () => (await counted.first("count")) === 2, "the audit entries");
  });

  test("of the replaced session may fail without an effect on the login", async () => {
    const { page, token } = await logInByPage(workspace.ann);
    const failing = vi.spyOn(UserHub.prototype, "endSession").mockRejectedValue(new Error("down"));
    await logInByPage(workspace.bob, page);
    await eventually(async () => failing.mock.calls.length > 0, "the attempt");
    failing.mockRestore();
    await expectOk(getMe, { as: { token } });
    await refreshBy(page);
  });

  test("a made-up cookie at a login calls no other hub", async () => {
    const ended = vi.spyOn(UserHub.prototype, "endSession");
    const page = new BrowserPage();
    const claims = { userId: workspace.ann.userId, sessionId: workspace.ann.sessionId, generation: 0 };
    const key = `${configOf(env).REFRESH_TOKEN_KEY.slice(0, -1)}A`;
    page.cookies.set(refreshName, deriveRefreshToken(key, claims, "salt"));
    await logInByPage(workspace.bob, page);
    await expectOk(getMe, { as: workspace.ann });
    expect(ended).not.toHaveBeenCalled();
  });
});
