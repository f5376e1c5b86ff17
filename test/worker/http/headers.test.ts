import { beforeAll, describe, expect, test } from "vitest";
import { endpoints } from "../../../src/protocol/index.ts";
import {
  buildRequest,
  expectProblem,
  sendRaw,
  sendWithBindings,
} from "../../support/worker/clients/raw-requests.ts";
import {
  authenticatedNames,
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

/** From the vars of wrangler.toml. */
const allowed = "http://localhost:5173";
const lookalikes = [
  "null",
  "*",
  "",
  "http://localhost:5174",
  "http://localhost",
  "https://localhost:5173",
  "http://localhost:51733",
  "http://localhost:5173.evil.example",
  "http://localhost:5173@evil.example",
  "http://evil.example/http://localhost:5173",
  "http://evil-localhost:5173",
  "http://sub.localhost:5173",
  "http://LOCALHOST:5173",
  "http://localhost:5173/",
  "http://localhost:5173, http://evil.example",
  "http://localhost:8787,http://localhost:5173",
  "ws://localhost:5173",
  "http://127.0.0.1:5173",
  "http://[::1]:5173",
  "file://",
  "chrome-extension://abc",
  "undefined",
];

describe.each(endpointNames)("%s", (name) => {
  test("[ER1] success and errors have their own request id and the security headers", async () => {
    const { method, path, token, body } = await sampleOf(name, workspace);
    const claimed = "req_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    const options = {
      headers: { "X-Request-Id": claimed, "Content-Type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    };
    const answers = [
      await sendRaw(method, path, { token, ...options }),
      await sendRaw(method, path, { ...options, ...(body && { body: "{" }) }),
      await sendRaw("PUT", `${path}/nowhere`, options),
    ];
    const ids = answers.map(({ headers }) => headers.get("X-Request-Id"));
    expect(new Set([...ids, claimed]).size).toBe(4);
    for (const { headers } of answers) {
      expect(headers.get("X-Request-Id")).toMatch(/^req_[0-9A-HJKMNP-TV-Z]{26}$/);
      expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
      expect(headers.get("X-Frame-Options")).toBe("SAMEORIGIN");
      expect(headers.get("Referrer-Policy")).toBe("no-referrer");
      expect(headers.get("Strict-Transport-Security")).toBe("max-age=63072000; includeSubDomains");
      expect(headers.get("Content-Security-Policy")).toContain("default-src 'none'");
      expect(headers.get("X-Powered-By")).toBeNull();
    }
    await Promise.all(answers.map((answer) => answer.body?.cancel()));
  });
});

test.each(authenticatedNames)(
  "[ER1] %s: responses have no-store, or no-cache if they have an `ETag`",
  async (name) => {
    const { method, path, token, body } = await sampleOf(name, workspace);
    const response = await sendRaw(method, path, { token, ...(body && { body: JSON.stringify(body) }) });
    expect(response.status).toBe(endpoints[name]!.status);
    const { partial, etag } = endpoints[name]!;
    const cacheControl = partial || etag ? "private, no-cache" : "no-store";
    expect(response.headers.get("Cache-Control")).toBe(cacheControl);
    await response.body?.cancel();
    const { path: sampledPath } = endpoints[name]!;
    const elsewhere = await sendRaw(
      method,
      `${fillPath(sampledPath, { channelId: "x", messageId: "x", userId: "x", sessionId: "x" })}?nowhere=1`,
      { token, ...(body && { body: "{" }) },
    );
    // An endpoint without parameters ignores the query, and succeeds.
    expect(elsewhere.headers.get("Cache-Control")).toBe(elsewhere.ok ? cacheControl : "no-store");
    await elsewhere.body?.cancel();
  },
);

test("[ER1] responses with tokens and to failed attempts have no-store", async () => {
  for (const name of ["register", "login", "refreshToken"]) {
    const { method, path, body } = await sampleOf(name, workspace);
    for (const sent of [JSON.stringify(body), "{}"]) {
      const response = await sendRaw(method, path, { body: sent });
      expect(response.headers.get("Cache-Control"), name).toBe("no-store");
      await response.body?.cancel();
    }
  }
});

describe("CORS", () => {
  test("[ER1] a page of a listed origin may read responses and their headers", async () => {
    const { ann } = workspace;
    const headers = { Origin: allowed };
    for (const path of [
      "/v1/users/me",
      "/v1/nowhere",
      "/v1/users/me?x=%ff",
      `/v1/channels/x`,
      "/v1/health",
      `/v1/channels/${workspace.channelId}/realtime`,
    ]) {
      for (const token of [ann.token, undefined]) {
        const response = await sendRaw("GET", path, { token, headers });
        expect(response.headers.get("Access-Control-Allow-Origin"), path).toBe(allowed);
        expect(response.headers.get("Access-Control-Expose-Headers")).toMatch(/X-Request-Id.*Retry-After/);
        expect(response.headers.get("Access-Control-Allow-Credentials")).toBeNull();
        expect(response.headers.get("Vary")).toMatch(/\bOrigin\b/);
        await response.body?.cancel();
      }
    }
  });

  test.each(lookalikes)("[ER1] a page of `%s` may not, and caches keep the two apart", async (origin) => {
    for (const [method, path] of [
      ["GET", "/v1/health"],
      ["GET", "/v1/users/me"],
      ["GET", "/v1/openapi.json"],
      ["OPTIONS", "/v1/channels"],
      ["GET", "/v1/nowhere"],
    ] as const) {
      const response = await sendWithBindings(
        {},
        buildRequest(method, path, { headers: { Origin: origin, "Access-Control-Request-Method": "POST" } }),
      );
      expect(response.headers.get("Access-Control-Allow-Origin")).toBeNull();
      expect(response.headers.get("Vary")).toMatch(/\bOrigin\b/);
      await response.body?.cancel();
    }
  });

  test("[ER1] cacheable responses vary by Origin, also without one", async () => {
    for (const path of [
      "/v1/openapi.json",
      "/v1/asyncapi.json",
      "/.well-known/jwks.json",
      "/errors/not_found",
    ]) {
      const response = await sendRaw("GET", path);
      expect(response.headers.get("Cache-Control"), path).toMatch(/^public/);
      expect(response.headers.get("Vary"), path).toMatch(/\bOrigin\b/);
      await response.body?.cancel();
    }
  });

  test("[ER1] a preflight lists the contract's methods and headers, without session", async () => {
    const methods = new Set(Object.values(endpoints).map(({ method }) => method.toUpperCase()));
    for (const { path } of Object.values(endpoints)) {
      const response = await sendRaw("OPTIONS", fillPath(path, { channelId: "x" }), {
        headers: {
          Origin: allowed,
          "Access-Control-Request-Method": "PATCH",
          "Access-Control-Request-Headers": "authorization, content-type, x-evil",
        },
      });
      expect(response.status).toBe(204);
      expect(response.headers.get("Access-Control-Allow-Origin")).toBe(allowed);
      expect(new Set(response.headers.get("Access-Control-Allow-Methods")!.split(","))).toEqual(methods);
      expect(response.headers.get("Access-Control-Allow-Headers")!.toLowerCase().split(",")).toEqual([
        "authorization",
        "content-type",
        "content-digest",
        "if-none-match",
        "if-range",
        "range",
      ]);
    }
  });
});

test("[ER1] a wrong configuration is named in the log, not in the response", async () => {
  const problem = await expectProblem(
    await sendWithBindings(
      { JWT_SIGNING_KEY: "not a key, hunter2" },
      buildRequest("GET", "/v1/users/me", { token: workspace.ann.token }),
    ),
    "internal",
  );
  expect(JSON.stringify(problem)).not.toMatch(/hunter2|JWT_SIGNING_KEY/);
  await expectProblem(
    await sendWithBindings({ SESSION_IDLE_MS: "hunter2" }, buildRequest("GET", "/v1/health")),
    "internal",
  );
});
