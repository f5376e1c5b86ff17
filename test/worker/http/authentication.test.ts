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

let world: SampleWorkspace;
/** A valid token of an ended session. */
let ended: string;

beforeAll(async () => {
  world = await createSampleWorkspace();
  const gone = await createSession(world.bob);
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
  "an unsigned token": `Bearer ${jwt({ alg: "none" })}.${jwt({ sub: world.ann.userId, sid: world.ann.sessionId })}.`,
  "a cut token": `Bearer ${world.ann.token.slice(0, -1)}`,
  "a token of 100 kB": `Bearer ${world.ann.token}${"A".repeat(100_000)}`,
  "two tokens": `Bearer ${world.ann.token} ${world.ann.token}`,
  "two headers": `Bearer ${world.ann.token}, Bearer ${world.bob.token}`,
  "another scheme": `Basic ${btoa(`${world.ann.username}:correct horse battery`)}`,
  "a token without scheme": world.ann.token,
  "a refresh token": `Bearer ${world.ann.refreshToken}`,
  "another's name under a good signature": `Bearer ${world.ann.token.replace(/\.[^.]+\./, `.${world.bob.token.split(".")[1]}.`)}`,
  "the token of an ended session": `Bearer ${ended}`,
});

describe.each(authenticatedNames)("%s", (name) => {
  test("[ER1] rejects a request without a live session with 401 before anything else", async () => {
    const { method, path } = endpoints[name]!;
    const nonsense = fillPath(path, { channelId: "%00", messageId: "x", userId: "y", sessionId: "z" });
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
    const { method, path, body } = await sampleOf(name, world);
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
    const { method, path, body } = await sampleOf(name, world);
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
      const response = await sendRaw("GET", fillPath(path, { channelId: world.channelId }), { headers });
      expect(response.webSocket).toBeNull();
      await expectProblem(response, "unauthenticated");
    }
  });
});

test("[ER1] a valid token passes in any case of its scheme and with extra spaces", async () => {
  for (const scheme of ["Bearer", "bearer", "BEARER", "Bearer   "]) {
    const response = await sendRaw("GET", "/v1/users/me", {
      headers: { Authorization: `${scheme} ${world.ann.token}` },
    });
    expect(response.status, scheme).toBe(200);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    await response.body?.cancel();
  }
});

test("[ER1] a token in the query, in a cookie or in the body does not count", async () => {
  const { token } = world.ann;
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
