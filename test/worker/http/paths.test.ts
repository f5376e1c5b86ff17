import { beforeAll, describe, expect, test } from "vitest";
import { endpoints, sockets } from "../../../src/protocol/index.ts";
import {
  buildRequest,
  expectProblem,
  sendRaw,
  sendWithBindings,
} from "../../support/worker/clients/raw-requests.ts";
import {
  createSampleWorkspace,
  endpointNames,
  fillPath,
  sampleOf,
  type SampleWorkspace,
} from "../../support/worker/fixtures/endpoint-samples.ts";

let workspace: SampleWorkspace;
beforeAll(async () => {
  workspace = await createSampleWorkspace();
});

const allMethods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
const paths = [...new Set([...Object.values(endpoints), ...Object.values(sockets)].map(({ path }) => path))];
/**
 * The catalogue's methods for a path with its parameters filled in. A literal segment matches a parameter of
 * another path too.
 */
const methodsOf = (path: string): string[] => {
  const fits = (pattern: string) =>
    new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll(/:\w+/g, "[^/]+")}$`).test(path);
  const found = [
    ...Object.values(endpoints).map(({ method, path: pattern }) => [method.toUpperCase(), pattern] as const),
    ...Object.values(sockets).map(({ path: pattern }) => ["GET", pattern] as const),
  ];
  return [...new Set(found.filter(([, pattern]) => fits(pattern)).map(([method]) => method))];
};

describe.each(paths)("%s", (pattern) => {
  test("[ER2] an unsupported method is a 405 that lists the supported ones", async () => {
    const { channelId, messageId, bob, ann } = workspace;
    const path = fillPath(pattern, {
      channelId,
      messageId,
      userId: bob.userId,
      sessionId: ann.sessionId,
      code: "not_found",
    });
    const has = methodsOf(path);
    for (const method of [...allMethods, "PROPFIND", "LOCK"].filter((each) => !has.includes(each))) {
      for (const token of [ann.token, undefined]) {
        const response = await sendWithBindings({}, buildRequest(method, path, { token }));
        expect(new Set(response.headers.get("Allow")?.split(", ")), `${method} ${path}`).toEqual(
          new Set([...has, ...(has.includes("GET") ? ["HEAD"] : [])]),
        );
        await expectProblem(response, "method_not_allowed");
      }
    }
  });

  test("[ER2] OPTIONS is a 204 without body, information or effect", async () => {
    const response = await sendRaw("OPTIONS", fillPath(pattern, { channelId: workspace.privateId }), {
      token: workspace.eve.token,
    });
    expect(response.status).toBe(204);
    expect(await response.text()).toBe("");
    expect(response.headers.get("X-Request-Id")).toMatch(/^req_/);
  });
});

test.each(endpointNames.filter((name) => endpoints[name]!.method === "get"))(
  "[ER2] HEAD of %s responds as GET, without the body",
  async (name) => {
    const { path, token } = await sampleOf(name, workspace);
    const [head, get] = [await sendRaw("HEAD", path, { token }), await sendRaw("GET", path, { token })];
    expect(head.status).toBe(get.status);
    expect(await head.text()).toBe("");
    await get.body?.cancel();
    expect(head.headers.get("Content-Type")).toBe(get.headers.get("Content-Type"));
    expect(head.headers.get("Cache-Control")).toBe(get.headers.get("Cache-Control"));
    expect(head.headers.get("X-Request-Id")).toMatch(/^req_/);
  },
);

test("[ER1] [ER2] HEAD of a rejected request has its status and headers", async () => {
  expect((await sendRaw("HEAD", "/v1/users/me")).status).toBe(401);
  expect((await sendRaw("HEAD", "/v1/users/me")).headers.get("WWW-Authenticate")).toBe("Bearer");
  expect((await sendRaw("HEAD", "/v1/nowhere")).status).toBe(404);
  expect((await sendRaw("HEAD", "/v1/auth/login")).status).toBe(405);
});

test.each([
  "/",
  "/v1",
  "/v1/",
  "/v2/health",
  "/nowhere",
  "/v1/nowhere",
  "/V1/health",
  "/v1/Health",
  "/v1/health/",
  "//v1/health",
  "/v1//health",
  "/v1/health//",
  "/v1/health/x",
  "/v1/health;x=1",
  "/v1/health%00",
  "/v1/health%20",
  "/v1/health%2F",
  "/v1%2Fhealth",
  "/v1/health.json",
  "/v1/health%0A",
  "/v1/%C0%AE%C0%AE/health",
  "/v1/..;/v1/health",
  "/v1/\\health/x",
  "/%",
  "/%zz",
  "/v1/%",
  "/v1/%ff",
  "/*",
  "/v1/*",
  "/favicon.ico",
  "/robots.txt",
  "/.env",
  "/.git/config",
  "/.dev.vars",
  "/wp-login.php",
  "/errors",
  "/errors/",
  "/errors/not_found/x",
  "/.well-known/",
  "/v1/channels/",
  "/v1/users/me/",
  "/v1/auth",
  "/__proto__",
  "/constructor",
  `/${"a".repeat(8_000)}`,
  `/${"a/".repeat(2_000)}`,
  "/cdn-cgi/x",
  "/😀",
  "/v1/openapi.yaml",
  "/v1xopenapi.json",
  "/v1/openapixjson",
])("[ER2] %s is a 404, by any method", async (path) => {
  for (const method of allMethods) {
    const problem = await expectProblem(
      await sendRaw(method, path, { token: workspace.ann.token }),
      "not_found",
    );
    expect(problem.detail).toBe("No such path");
  }
});

test.each([
  "/v1/./health",
  "/v1/nowhere/../health",
  "/v1/%2e/health",
  "/v1/x/%2E%2e/health",
  "/v1/health?",
  "/v1/health#x",
  "/v1/health?a=b?c",
  "/v1\\health",
  "/v1/h%65alth",
])("[ER2] %s is /v1/health by the rules of URLs, or a 404", async (path) => {
  const response = await sendRaw("GET", path);
  expect([200, 404]).toContain(response.status);
  if (response.status === 404) await expectProblem(response, "not_found");
  else expect(await response.json()).toMatchObject({ status: "ok" });
});

test("[ER2] dots and escapes lead to no channel that the user may not read", async () => {
  const { eve, channelId, privateId } = workspace;
  const spellings = [
    `/v1/channels/${channelId}/../${privateId}`,
    `/v1/channels/${channelId}/%2e%2e/${privateId}/messages`,
    `/v1/channels/${channelId}%2f..%2f${privateId}`,
    `/v1/channels/%63hn_${privateId.slice(4)}`,
    `/v1/channels/${channelId}/messages/../../${privateId}/events`,
    `//v1/channels/${privateId}`,
  ];
  for (const path of spellings)
    await expectProblem(await sendRaw("GET", path, { token: eve.token }), "not_found");
});

test("[ER2] no header and no parameter overrides the method or the path", async () => {
  const { ann, channelId, messageId } = workspace;
  const path = `/v1/channels/${channelId}/messages/${messageId}`;
  const headers = {
    "X-HTTP-Method-Override": "DELETE",
    "X-HTTP-Method": "DELETE",
    "X-Method-Override": "DELETE",
    "X-Original-URL": "/v1/users/me",
    "X-Rewrite-URL": "/v1/users/me",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Prefix": "/x",
    Forwarded: "host=evil.example",
  };
  for (const method of ["GET", "PATCH"]) {
    const response = await sendRaw(method, `${path}?_method=DELETE`, {
      token: ann.token,
      headers: { ...headers, "Content-Type": "application/json" },
      ...(method === "PATCH" && { body: '{"content":"still here"}' }),
    });
    expect(await response.json(), method).toMatchObject({ id: messageId, deletedAt: null });
    expect(JSON.stringify([...response.headers])).not.toContain("evil");
  }
});
