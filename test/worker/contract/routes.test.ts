import { exports } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { endpoints, errorCatalog, errorCodes, errorsOf } from "../../../src/protocol/index.ts";

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  exports.default.fetch(new Request(`https://parley.test${path}`, { headers }));

describe("contract", () => {
  test("[ER1] is served as OpenAPI, without a session", async () => {
    const response = await get("/v1/openapi.json");
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toMatch(/^application\/json/);
    const { openapi, paths } = await response.json<{ openapi: string; paths: Record<string, object> }>();
    expect(openapi).toMatch(/^3\.1\./);
    for (const { path, method } of Object.values(endpoints)) {
      expect(paths[path.replaceAll(/:(\w+)/g, "{$1}")]).toHaveProperty(method);
    }
  });

  test("[ER1] is served as AsyncAPI, without a session", async () => {
    const response = await get("/v1/asyncapi.json");
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ asyncapi: "3.0.0" });
  });

  test("[ER1] in OpenAPI lists each endpoint's error statuses", async () => {
    const { paths } = await (
      await get("/v1/openapi.json")
    ).json<{ paths: Record<string, Record<string, { responses: object }>> }>();
    for (const endpoint of Object.values(endpoints)) {
      const { responses } = paths[endpoint.path.replaceAll(/:(\w+)/g, "{$1}")]![endpoint.method]!;
      for (const code of errorsOf(endpoint))
        expect(responses, `${endpoint.path} ${code}`).toHaveProperty(String(errorCatalog[code].status));
    }
  });
});

describe("error page", () => {
  test.each(errorCodes)("[ER1] of %s exists at the `type` of the problem", async (code) => {
    const response = await get(`/errors/${code}`, { Accept: "text/html,application/xhtml+xml,*/*;q=0.8" });
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
    expect(await response.text()).toContain(`<h1><code>${code}</code></h1>`);
  });

  test.each([
    ["text/markdown", "text/markdown"],
    ["text/markdown;q=0.9, text/html;q=0.5", "text/markdown"],
    ["text/html, text/markdown;q=0.5", "text/html"],
    ["text/markdown;q=0", "text/html"],
    ["*/*", "text/html"],
    ["application/json", "text/html"],
  ])("[ER1] for `Accept: %s` is %s", async (accept, type) => {
    const response = await get("/errors/not_found", { Accept: accept });
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe(`${type}; charset=utf-8`);
    expect(response.headers.get("Vary")).toMatch(/\bAccept\b/);
    await response.body?.cancel();
  });

  test.each(["/errors/nope", "/errors/__proto__", "/errors/%3Cscript%3E"])(
    "[ER1] is a problem at %s, which does not repeat the path",
    async (path) => {
      const response = await get(path, { Accept: "text/html" });
      expect(response.status).toBe(404);
      expect(response.headers.get("Content-Type")).toBe("application/problem+json");
      const text = await response.text();
      expect(JSON.parse(text)).toMatchObject({ code: "not_found" });
      expect(text).not.toMatch(/nope|__proto__|script/);
    },
  );

  test("[ER1] may not run scripts", async () => {
    const response = await get("/errors/not_found");
    expect(response.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
    await response.body?.cancel();
  });
});
