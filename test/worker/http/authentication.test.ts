import { beforeAll, describe, expect, test } from "vitest";
import { endpoints, sockets, subprotocol } from "../../../src/protocol/index.ts";
import {
  buildRequest,
  expectProblem,
  sendRaw,
  sendWithBindings,
} from "../../support/worker/clients/raw-requests.ts";
import { createSession } from "../../support/worker/fixtures/accounts.ts";
import {
  authenticatedNames,
  createSampleWorkspace,
  fillPath,
  sampleOf,
  type SampleWorkspace,
} from "../../support/worker/fixtures/endpoint-samples.ts";

let workspace: SampleWorkspace;
/** A valid token of an ended session. */
let ended: string;

beforeAll(async () => {
  workspace = await createSampleWorkspace();
  const gone = await createSession(workspace.bob);
  await gone.call("POST", "/v1/auth/logout");
  ended = gone.token;
});

const jwt = (part: object) =>
  btoa(JSON.stringify(part)).replaceAll("=", "").replaceAll("+", "-").replaceAll("/", "_");

/** `Authorization` headers that do not authenticate. */
const bad = (): Record<string, string | undefined> => ({
  "no token": undefined,
  "an empty header": "",
  "no token behind the scheme": "Bearer",
  "spaces behind the scheme": "Bearer    ",
  garbage: "Bearer garbage",
  "three empty parts": "Bearer ..",
  "an unsigned token": `Bearer ${jwt({ alg: "none" })}.${jwt({ sub: workspace.ann.userId, sid: workspace.ann.sessionId })}.`,
  "a cut token": `Bearer ${workspace.ann.token.slice(0, -1)}`,
  "a token of 100 kB": `Bearer ${workspace.ann.token}${"A".repeat(100_000)}`,
  "two tokens": `Bearer ${workspace.ann.token} ${workspace.ann.token}`,
  "two headers": `Bearer ${workspace.ann.token}, Bearer ${workspace.bob.token}`,
  "another scheme": `Basic ${btoa(`${workspace.ann.username}:correct horse battery`)}`,
  "a token without scheme": workspace.ann.token,
  "a refresh token": `Bearer ${workspace.ann.refreshToken}`,
  "another's name under a good signature": `Bearer ${workspace.ann.token.replace(/\.[^.]+\./, `.${workspace.bob.token.split(".")[1]}.`)}`,
  "the token of an ended session": `Bearer ${ended}`,
});

describe.each(authenticatedNames)("%s", (name) => {
  test("[ER1] rejects a request without a live session with 401 before anything else", async () => {
    const { method, path } = endpoints[name]!;
    const nonsense = fillPath(path, {
      channelId: "%00",
      messageId: "x",
      userId: "y",
      sessionId: "z",
      tokenId: "t",
      keyId: "k",
    });
    for (const [what, Authorization] of Object.entries(bad())) {
      const headers: Record<string, string> = {
        "Content-Type": "text/plain",
        ...(Authorization !== undefined && { Authorization }),
      };
      const response = await sendRaw(method.toUpperCase(), `${nonsense}?limit=x&limit=y`, {
        headers,
        ...(method !== "get" && { body: "{" }),
      });
      await expectProblem(response, "unauthenticated").catch((error: unknown) => {
        throw new Error(`with ${what}: ${String(error)}`);
      });
    }
  });

  test("[ER1] rejects an ended session's valid request and changes nothing", async () => {
    const { method, path, body } = await sampleOf(name, workspace);
    const response = await sendRaw(method, path, {
      token: ended,
      ...(body && { body: JSON.stringify(body) }),
    });
    await expectProblem(response, "unauthenticated");
  });
});

test("[ER1] a request without a token calls no database and no object", async () => {
  const broken = new Proxy({}, { get: () => () => expect.unreachable("asked for without a token") });
  for (const name of authenticatedNames) {
    const { method, path, body } = await sampleOf(name, workspace);
    const sent = buildRequest(method, path, {
      token: "garbage",
      ...(body && { body: JSON.stringify(body) }),
    });
    await expectProblem(
      await sendWithBindings(
        { DB: broken, SEARCH: broken, FILES: broken, HUBS: broken, ROOMS: broken },
        sent,
      ),
      "unauthenticated",
    );
  }
});

describe.each(Object.values(sockets))("$path", ({ path }) => {
  test("[RM13] an upgrade without a live session is rejected with 401", async () => {
    for (const Authorization of Object.values(bad())) {
      const headers: Record<string, string> = {
        Upgrade: "websocket",
        "Sec-WebSocket-Protocol": subprotocol,
        ...(Authorization !== undefined && { Authorization }),
      };
      const response = await sendRaw("GET", fillPath(path, { channelId: workspace.channelId }), { headers });
      expect(response.webSocket).toBeNull();
      await expectProblem(response, "unauthenticated");
    }
  });
});

test("[ER1] a valid token passes in any case of its scheme and with extra spaces", async () => {
  for (const scheme of ["Bearer", "bearer", "BEARER", "Bearer   "]) {
    const response = await sendRaw("GET", "/v1/users/me", {
      headers: { Authorization: `${scheme} ${workspace.ann.token}` },
    });
    expect(response.status, scheme).toBe(200);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    await response.body?.cancel();
  }
});

test("[ER1] a token in the query, in a cookie or in the body does not count", async () => {
  const { token } = workspace.ann;
  await expectProblem(
    await sendRaw("GET", `/v1/users/me?access_token=${token}&token=${token}`),
    "unauthenticated",
  );
  await expectProblem(
    await sendRaw("GET", "/v1/users/me", { headers: { Cookie: `token=${token}; access_token=${token}` } }),
    "unauthenticated",
  );
  await expectProblem(
    await sendRaw("POST", "/v1/channels", {
      body: JSON.stringify({ name: "x", token, access_token: token }),
    }),
    "unauthenticated",
  );
});
