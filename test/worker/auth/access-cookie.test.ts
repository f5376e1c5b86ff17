import { beforeAll, describe, expect, test } from "vitest";
import { endpoints, sockets } from "../../../src/protocol/index.ts";
import { accessName, refreshName } from "../../support/worker/clients/browser-page.ts";
import { expectProblem, sendRaw } from "../../support/worker/clients/raw-requests.ts";
import { requestUpgrade } from "../../support/worker/clients/socket-client.ts";
import { contentPath, uploadOk } from "../../support/worker/clients/upload-client.ts";
import { createSession, createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import {
  createSampleWorkspace,
  endpointNames,
  sampleOf,
  type SampleWorkspace,
} from "../../support/worker/fixtures/endpoint-samples.ts";
import { createTokenFor } from "../../support/worker/fixtures/tokens.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

let workspace: SampleWorkspace;
beforeAll(async () => {
  workspace = await createSampleWorkspace();
});

const embeddable = endpointNames.filter((name) => endpoints[name]!.embeddable);
const cookieOf = (token: string): string => `${accessName}=${token}`;
/** The headers of an element's request, such as that of `<img>`. */
const ofElement = (token: string) => ({
  Cookie: cookieOf(token),
  "Sec-Fetch-Site": "same-origin",
  "Sec-Fetch-Mode": "no-cors",
  "Sec-Fetch-Dest": "image",
});

const statusOf = async (method: string, path: string, headers: Record<string, string>) => {
  const response = await sendRaw(method, path, { headers });
  await response.body?.cancel();
  return response.status;
};

test("[BS6] the cookie is for reads of bytes alone", () => {
  expect(embeddable).toEqual(["getFileContent", "getEmojiImage", "getJobResult"]);
  for (const name of embeddable) {
    const { method, auth, produces, action } = endpoints[name]!;
    expect({ method, auth, action, hasBytes: produces !== undefined }).toEqual({
      ...{ method: "get", auth: "user", action: undefined },
      hasBytes: true,
    });
  }
});

describe.each(embeddable)("[BS6] %s", (name) => {
  test("is authenticated by the cookie, for GET and HEAD", async () => {
    const { path, token } = await sampleOf(name, workspace);
    for (const method of ["GET", "HEAD"]) expect(await statusOf(method, path, ofElement(token!))).toBe(200);
    for (const method of ["POST", "PUT", "PATCH", "DELETE"])
      expect(await statusOf(method, path, ofElement(token!)), method).toBeGreaterThanOrEqual(400);
  });

  test.each([undefined, "same-origin", "none"])("accepts Sec-Fetch-Site: %s", async (site) => {
    const { path, token } = await sampleOf(name, workspace);
    const headers = { Cookie: cookieOf(token!), ...(site && { "Sec-Fetch-Site": site }) };
    expect(await statusOf("GET", path, headers)).toBe(200);
  });

  test.each(["cross-site", "same-site", "", "x", "same-origin,cross-site"])(
    "rejects Sec-Fetch-Site: `%s`, unless there is an `Authorization` header",
    async (site) => {
      const { path, token } = await sampleOf(name, workspace);
      const headers = { Cookie: cookieOf(token!), "Sec-Fetch-Site": site };
      await expectProblem(await sendRaw("GET", path, { headers }), "unauthenticated");
      expect(await statusOf("GET", path, { ...headers, Authorization: `Bearer ${token}` })).toBe(200);
    },
  );

  test("reads no cookie beside an `Authorization` header", async () => {
    const { path, token } = await sampleOf(name, workspace);
    for (const Authorization of ["Bearer", "Bearer x", `Basic ${btoa("a:b")}`, `Bearer ${token}x`]) {
      const headers = { ...ofElement(token!), Authorization };
      expect(await statusOf("GET", path, headers), Authorization).toBe(401);
    }
    const other = await createUser("other");
    expect(await statusOf("GET", path, { ...ofElement(other.token), Authorization: `Bearer ${token}` })).toBe(
      200,
    );
  });

  test("accepts only the access token of a live session", async () => {
    const { path, token } = await sampleOf(name, workspace);
    const gone = await createSession(workspace.ann);
    await gone.call("POST", "/v1/auth/logout");
    const program = await createTokenFor(workspace.ann, { scopes: ["read", "write", "files"] });
    const bad: Record<string, string> = {
      "an ended session": cookieOf(gone.token),
      "a personal token": cookieOf(program.as.token),
      "a refresh token": cookieOf(workspace.ann.refreshToken),
      "the refresh token's cookie": `${refreshName}=${workspace.ann.refreshToken}`,
      "two cookies": `${cookieOf(token!)}; ${cookieOf(token!)}`,
      "an empty cookie": `${accessName}=`,
      "a cut token": cookieOf(token!.slice(0, -1)),
      "a token with a space": cookieOf(`${token!.slice(0, 20)} ${token!.slice(20)}`),
      "percent signs": cookieOf("%E0%A4%A.%.%"),
      "a token of 9 kB": cookieOf(`${token}${"A".repeat(9_000)}`),
      "17,000 characters of other cookies": `${cookieOf(token!)}; a=${"x".repeat(17_000)}`,
      "a bearer token": cookieOf(`Bearer ${token}`),
    };
    for (const [what, Cookie] of Object.entries(bad))
      await expectProblem(await sendRaw("GET", path, { headers: { Cookie } }), "unauthenticated").catch(
        (error: unknown) => {
          throw new Error(`with ${what}: ${String(error)}`);
        },
      );
  });

  test("accepts the name without a prefix on a local server only", async () => {
    const { path, token } = await sampleOf(name, workspace);
    const headers = { Cookie: `parley-access=${token}` };
    expect(await statusOf("GET", path, headers)).toBe(200);
    setWorkerConfig({ ENVIRONMENT: "production" });
    await expectProblem(await sendRaw("GET", path, { headers }), "unauthenticated");
  });

  test("[BS7] nothing in it can run, and no other origin may embed it", async () => {
    const { path, token } = await sampleOf(name, workspace);
    const response = await sendRaw("GET", path, { headers: ofElement(token!) });
    const { headers } = response;
    expect(headers.get("Cross-Origin-Resource-Policy")).toBe("same-origin");
    expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(headers.get("Content-Security-Policy")).toContain("default-src 'none'");
    expect(headers.get("Content-Disposition")).toMatch(/^(inline|attachment); filename=/);
    expect(headers.get("Content-Type")).not.toMatch(/html|xml|svg|javascript/);
    expect(headers.get("Cache-Control")).toMatch(/^(no-store|private, no-cache)$/);
    expect(headers.getSetCookie()).toEqual([]);
    await response.body?.cancel();
  });
});

describe.each(
  endpointNames.filter((name) => !endpoints[name]!.embeddable && endpoints[name]!.auth !== "public"),
)("[BS6] %s", (name) => {
  test("ignores the cookie", async () => {
    const { method, path, token, body } = await sampleOf(name, workspace);
    const given = { ...(body && { body: JSON.stringify(body) }) };
    const headers = { ...ofElement(token!), ...(body && { "Content-Type": "application/json" }) };
    await expectProblem(await sendRaw(method, path, { headers, ...given }), "unauthenticated");
    const own = { ...headers, Origin: "https://parley.test", "Parley-Session": "cookie" };
    await expectProblem(await sendRaw(method, path, { headers: own, ...given }), "unauthenticated");
  });
});

test.each(Object.values(sockets).map(({ path }) => path))(
  "[BS6] the socket %s ignores the cookie",
  async (path) => {
    const { ann, channelId } = workspace;
    const headers = { Cookie: cookieOf(ann.token), Origin: "http://localhost:5173" };
    const response = await requestUpgrade(path.replace(":channelId", channelId), undefined, headers);
    await expectProblem(response, "unauthenticated");
  },
);

describe("[BS6] a file", () => {
  let ann: TestUser;
  let path: string;
  beforeAll(async () => {
    ann = await createUser("ann");
    path = contentPath(await uploadOk(ann, "0123456789", { name: "a.txt", type: "text/plain" }));
  });

  test("can be read in ranges and revalidated with the cookie", async () => {
    const range = await sendRaw("GET", path, { headers: { ...ofElement(ann.token), Range: "bytes=2-4" } });
    expect([range.status, await range.text()]).toEqual([206, "234"]);
    const etag = range.headers.get("ETag")!;
    expect(await statusOf("GET", path, { ...ofElement(ann.token), "If-None-Match": etag })).toBe(304);
  });

  test("of another user does not exist, also if the browser has stored it", async () => {
    const bob = await createUser("bob");
    const etag = (await sendRaw("HEAD", path, { headers: ofElement(ann.token) })).headers.get("ETag")!;
    const headers = { ...ofElement(bob.token), "If-None-Match": etag };
    await expectProblem(await sendRaw("GET", path, { headers }), "not_found");
  });

  test("is rejected from the end of the session on", async () => {
    const session = await createSession(ann);
    expect(await statusOf("GET", path, ofElement(session.token))).toBe(200);
    await session.call("POST", "/v1/auth/logout");
    await expectProblem(await sendRaw("GET", path, { headers: ofElement(session.token) }), "unauthenticated");
  });
});

const script = "<script>fetch('/v1/auth/refresh')</script>";
test.each([
  ["a.html", "text/html", `<!doctype html><html><body>${script}</body></html>`],
  ["a.svg", "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`],
  [
    "a.xhtml",
    "application/xhtml+xml",
    `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">${script}</html>`,
  ],
  ["a.xml", "text/xml", `<?xml version="1.0"?><?xml-stylesheet href="data:,"?><a/>`],
  ["a.js", "text/javascript", "self.addEventListener('fetch', () => {})"],
  ["a.pdf.html", "application/octet-stream", `%PDF-1.7\n${script}`],
])("[BS7] %s stays inert where a page navigates to it with the cookie", async (name, type, content) => {
  const { ann } = workspace;
  const file = await uploadOk(ann, content, { name, type });
  for (const dest of ["document", "iframe", "script", "serviceworker", "embed"]) {
    const headers = { ...ofElement(ann.token), "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": dest };
    const response = await sendRaw("GET", contentPath(file), { headers });
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toMatch(/^(text\/plain; charset=utf-8|application\/pdf)$/);
    expect(response.headers.get("Content-Disposition")).toMatch(/^attachment; /);
    expect(response.headers.get("Content-Security-Policy")).toBe("sandbox; default-src 'none'");
    expect(response.headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(response.headers.get("Cross-Origin-Resource-Policy")).toBe("same-origin");
    expect(response.headers.get("Service-Worker-Allowed")).toBeNull();
    await response.body?.cancel();
  }
});
