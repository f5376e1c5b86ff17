import { beforeAll, describe, expect, test } from "vitest";
import { endpoints, getMe, login, refreshToken as refresh } from "../../../src/protocol/index.ts";
import { BrowserPage } from "../../support/worker/clients/browser-page.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { expectProblem, sendRaw } from "../../support/worker/clients/raw-requests.ts";
import { createUser, testPassword, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import {
  createSampleWorkspace,
  endpointSamples,
  fillPath,
  type SampleWorkspace,
} from "../../support/worker/fixtures/endpoint-samples.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

let workspace: SampleWorkspace;
let ann: TestUser;
beforeAll(async () => {
  workspace = await createSampleWorkspace();
  ann = await createUser("ann");
});

const accepting = Object.keys(endpoints).filter((name) => endpoints[name]!.cookieSession);
/** From the vars of wrangler.toml. */
const allowed = "http://localhost:5173";

async function loggedInPage(): Promise<BrowserPage> {
  const page = new BrowserPage();
  await page.send(login, { body: { login: ann.username, password: testPassword } });
  expect(page.cookies.size).toBe(2);
  return page;
}

/** Other origins than the server's, https://parley.test, as a browser or an attacker sends them. */
const foreign: Record<string, Record<string, string>> = {
  "of another site": { Origin: "https://evil.example" },
  "of a listed origin": { Origin: allowed },
  "of a sandboxed frame": { Origin: "null" },
  "of a subdomain": { Origin: "https://app.parley.test" },
  "of the parent domain": { Origin: "https://test" },
  "of another port": { Origin: "https://parley.test:8443" },
  "by http": { Origin: "http://parley.test" },
  "of a name that begins alike": { Origin: "https://parley.test.evil.example" },
  "of a name that ends alike": { Origin: "https://evil-parley.test" },
  "with a path": { Origin: "https://parley.test/" },
  "in upper case": { Origin: "https://PARLEY.TEST" },
  "of two origins": { Origin: "https://parley.test, https://evil.example" },
  "with an empty origin": { Origin: "" },
  "of another site by Sec-Fetch-Site": { "Sec-Fetch-Site": "cross-site" },
  "of the same site": { "Sec-Fetch-Site": "same-site" },
  "that no page sent": { "Sec-Fetch-Site": "none" },
  "with an unknown Sec-Fetch-Site": { "Sec-Fetch-Site": "same-origin, cross-site" },
};

describe.each(accepting)("[BS3] %s", (name) => {
  test.each(Object.entries(foreign))("rejects a request %s, without an effect", async (_, headers) => {
    const page = await loggedInPage();
    const { as, body } = await endpointSamples[name]!(workspace);
    const request = { as, body: name === "refreshToken" ? {} : body, headers };
    expect(await page.sendRejected(endpoints[name]!, request)).toMatchObject({ code: "forbidden" });
    expect(page.setCookies).toEqual([]);
    if (as) await expectOk(getMe, { as });
    expect((await page.send(refresh, { body: {} })).status).toBe(200);
  });

  test("rejects a request without an origin, as programs send it", async () => {
    const { as, body } = await endpointSamples[name]!(workspace);
    const response = await sendRaw(endpoints[name]!.method.toUpperCase(), endpoints[name]!.path, {
      token: as?.token,
      headers: { "Parley-Session": "cookie" },
      body: JSON.stringify(body ?? {}),
    });
    await expectProblem(response, "forbidden");
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test.each(["", "Cookie", "cookies", "cookie, cookie", "body", "1", "x".repeat(9_000)])(
    "rejects the value `%s` of the header",
    async (value) => {
      const page = await loggedInPage();
      const { as, body } = await endpointSamples[name]!(workspace);
      const problem = await page.sendRejected(endpoints[name]!, {
        as,
        body,
        headers: { "Parley-Session": value },
      });
      expect(problem).toMatchObject({ code: "validation_failed", issues: [{ path: "Parley-Session" }] });
      expect(page.setCookies).toEqual([]);
    },
  );
});

test("[BS3] a page of PUBLIC_URL is accepted, and its scheme decides the cookies", async () => {
  setWorkerConfig({ PUBLIC_URL: "https://chat.example.com" });
  const page = new BrowserPage("http://localhost:8787");
  const body = { login: ann.username, password: testPassword };
  const headers = { Origin: "https://chat.example.com" };
  expect((await page.send(login, { body, headers })).status).toBe(200);
  for (const cookie of page.setCookies) expect(cookie).toMatch(/^__Host-.*; Secure; SameSite=Strict$/);
  expect((await page.send(refresh, { body: {}, headers })).status).toBe(200);
  expect(
    (await page.send(refresh, { body: {}, headers: { Origin: "https://chat.example.org" } })).status,
  ).toBe(403);
});

test("[BS3] a browser without Sec-Fetch-Site is accepted", async () => {
  const page = await loggedInPage();
  const headers = { Origin: "https://parley.test", "Parley-Session": "cookie", ...page.cookieHeader };
  const response = await sendRaw("POST", refresh.path, { headers, body: "{}" });
  expect(response.status).toBe(200);
  await response.body?.cancel();
});

describe("[BS3] without the header, which a page of another site cannot send,", () => {
  test.each([
    ["a form", "application/x-www-form-urlencoded", "refreshToken="],
    ["a form of text", "text/plain", '{"x":"="}'],
    ["a form of parts", "multipart/form-data; boundary=x", "--x--"],
    ["a beacon", "", "{}"],
  ])("%s is rejected, and the cookie is not read", async (_, type, body) => {
    const page = await loggedInPage();
    const headers = { Origin: "https://evil.example", "Content-Type": type, ...page.cookieHeader };
    await expectProblem(await sendRaw("POST", refresh.path, { headers, body }), "unsupported_media_type");
    expect((await page.send(refresh, { body: {} })).status).toBe(200);
  });

  test.each(["https://evil.example", allowed, "https://parley.test"])(
    "JSON of %s needs a token in the body",
    async (Origin) => {
      const page = await loggedInPage();
      const headers = { Origin, ...page.cookieHeader };
      for (const body of ["{}", '{"refreshToken":""}'])
        await expectProblem(await sendRaw("POST", refresh.path, { headers, body }), "validation_failed");
    },
  );

  test("a logout needs the access token", async () => {
    const page = await loggedInPage();
    const withHeader = { "Parley-Session": "cookie", "Sec-Fetch-Site": "same-origin" };
    for (const more of [{}, withHeader] as Record<string, string>[]) {
      const headers = { Origin: "https://parley.test", ...page.cookieHeader, ...more };
      await expectProblem(await sendRaw("POST", "/v1/auth/logout", { headers }), "unauthenticated");
    }
    expect((await page.send(refresh, { body: {} })).status).toBe(200);
  });
});

test.each(accepting)("[BS3] %s: CORS grants the header and credentials to no origin", async (name) => {
  for (const Origin of [allowed, "http://localhost:8787", "https://evil.example", "null"]) {
    const response = await sendRaw("OPTIONS", fillPath(endpoints[name]!.path), {
      headers: {
        Origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type, parley-session",
      },
    });
    const { headers } = response;
    expect(headers.get("Access-Control-Allow-Headers") ?? "").not.toMatch(/parley-session|\*/i);
    expect(headers.get("Access-Control-Allow-Credentials")).toBeNull();
  }
});
