import { Agent, request } from "node:http";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { deriveRefreshToken, parseRefreshToken } from "../../src/features/auth/refresh-tokens.ts";
import { newId, randomToken } from "../../src/lib/ids.ts";
import { testSecrets } from "../support/test-secrets.ts";
import { expectAlike, measure, measurementTimeoutMs, pairs, warmUp } from "./support/timing.ts";
import { type TestUser, WorkerdServer } from "./support/workerd-server.ts";

vi.setConfig({ testTimeout: measurementTimeoutMs });

/** The guesses that an account permits within its window. */
const guessesOfName = 10;
const names = Math.ceil((pairs + warmUp) / guessesOfName);
const password = "correct horse battery";
const setupToken = "a-setup-token-of-the-tests";

let server: WorkerdServer;
let ann: TestUser;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

// In production, where addresses are known: names that logged in from an address before are exempt from its limit.
beforeAll(async () => {
  server = await WorkerdServer.start({
    ENVIRONMENT: "production",
    REGISTRATION: "open",
    SETUP_TOKEN: setupToken,
    LOGIN_ADDRESS_ATTEMPTS: "100000",
    REGISTER_ADDRESS_ATTEMPTS: "100000",
    PASSWORD_CPU_PERCENT: "100",
    PASSWORD_BUSY_CPU_PERCENT: "100",
  });
  [ann] = (await server.createUsers("ann")) as [TestUser];
}, 120_000);
afterAll(async () => {
  agent.destroy();
  await server?.remove();
});

interface Answer {
  status: number;
  /** Without the request's id. */
  text: string;
  ms: number;
}

function post(path: string, body: object, address = "198.51.100.1"): Promise<Answer> {
  const json = JSON.stringify(body);
  const headers = {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(json),
    "CF-Connecting-IP": address,
  };
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const sent = request(`${server.url}${path}`, { method: "POST", agent, headers }, async (response) => {
      let text = "";
      for await (const chunk of response) text += chunk;
      const ms = performance.now() - began;
      const { statusCode: status = 0, headers: received } = response;
      const {
        date: _,
        "x-request-id": __,
        "ratelimit-remaining": ___,
        "ratelimit-reset": ____,
        ...rest
      } = received;
      resolve({ status, text: `${JSON.stringify(rest)} ${text.replace(/req_\w+/, "")}`, ms });
    });
    sent.once("error", reject);
    sent.end(json);
  });
}

/** Measures pairs of requests, whose answers must have the same bytes. */
async function compare(name: string, path: string, known: () => object, unknown: () => object) {
  const texts = new Set<string>();
  const once = async (body: object) => {
    const { status, text, ms } = await post(path, body);
    expect([name, status]).toEqual([name, 401]);
    texts.add(text);
    return ms;
  };
  expectAlike(
    name,
    await measure(
      () => once(known()),
      () => once(unknown()),
    ),
  );
  expect([...texts]).toHaveLength(1);
}

/** Returns each name in turn. */
const inTurn = (list: readonly string[]) => {
  let at = 0;
  return () => list[at++ % list.length]!;
};

test("[AC8] the duration of a login does not distinguish an unknown name", async () => {
  const made = Array.from({ length: names }, (_, at) => `person-${at}`);
  for (const username of made) {
    const body = { email: `${username}@parley.test`, username, password, setupToken };
    expect((await post("/v1/auth/register", body, "203.0.113.1")).status).toBe(201);
  }
  const [known, unknown] = [inTurn(made), inTurn(made.map((name) => `stranger-${name}`))];
  const guess = "a wrong password";
  await compare(
    "login",
    "/v1/auth/login",
    () => ({ login: known(), password: guess }),
    () => ({ login: unknown(), password: guess }),
  );
});

/** A token that the server could have issued, for any session. */
const tokenOf = (userId: string, sessionId: string): string =>
  deriveRefreshToken(testSecrets.REFRESH_TOKEN_KEY, { userId, sessionId, generation: 0 }, randomToken(16));

test("[AC8] the duration of a refresh does not distinguish an ended session", async () => {
  const { tokens } = await server.createSession(ann);
  const ended = parseRefreshToken(tokens.refreshToken)!;
  const { status } = await fetch(`${server.url}/v1/auth/logout`, {
    method: "POST",
    headers: { Authorization: `Bearer ${tokens.accessToken}` },
  });
  expect(status).toBe(204);
  const missing = tokenOf(ended.userId, newId("ses"));
  await compare(
    "refresh, ended",
    "/v1/auth/refresh",
    () => ({ refreshToken: tokens.refreshToken }),
    () => ({ refreshToken: missing }),
  );
});
