import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import wrangler from "../../../wrangler.toml?raw";
import { configOf } from "../../../src/config.ts";
import { clearRateLimits } from "../../../src/http/rate-limits.ts";
import { endpoints, rateClasses, rateClassOf } from "../../../src/protocol/index.ts";
import { sendRaw, sendWithBindings, buildRequest } from "../../support/worker/clients/raw-requests.ts";
import { requestUpgrade } from "../../support/worker/clients/socket-client.ts";
import { countCalls } from "../../support/worker/fakes/call-counter.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { captureLogs } from "../../support/worker/fakes/console-capture.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

beforeEach(clearRateLimits);
afterEach(() => {
  vi.useRealTimers();
  clearRateLimits();
});

const get = (who: TestUser, path = "/v1/users/me") => sendRaw("GET", path, { token: who.token });
const limitHeaders = ({ headers }: Response) =>
  ["Policy", "Limit", "Remaining", "Reset"].map((name) => headers.get(`RateLimit-${name}`));

test("[RL1] requests of a user are limited by class, before any object is called", async () => {
  setWorkerConfig({ RATE_READ_PER_MINUTE: 3 });
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  for (const left of ["2", "1", "0"])
    expect(limitHeaders(await get(ann))).toEqual(["3;w=60", "3", left, expect.stringMatching(/^(59|60)$/)]);
  let rejected: Response | undefined;
  const calls = await countCalls(async () => {
    rejected = await get(ann);
  });
  expect(calls).toMatchObject({ objects: 0, databases: 0 });
  expect(rejected!.status).toBe(429);
  expect(limitHeaders(rejected!)).toEqual(["3;w=60", "3", "0", expect.stringMatching(/^(59|60)$/)]);
  expect(Number(rejected!.headers.get("Retry-After"))).toBeGreaterThan(50);
  expect(await rejected!.json()).toMatchObject({
    code: "rate_limited",
    detail: expect.stringContaining("read"),
  });
  expect((await requestUpgrade("/v1/realtime", ann.token)).status).toBe(429);
  // Another class, another user, another window.
  expect((await sendRaw("PATCH", "/v1/users/me", { token: ann.token, body: "{}" })).status).toBe(200);
  expect((await get(bob)).status).toBe(200);
  advanceClock(60_000);
  expect((await get(ann)).status).toBe(200);
});

test("[RL1] each endpoint has a class, and an answer of each class its headers", async () => {
  const [ann] = (await createUsers("ann")) as [TestUser];
  const config = configOf(env);
  const samples: Record<string, readonly [string, string, string?]> = {
    read: ["GET", "/v1/users/me"],
    write: ["PUT", "/v1/users/me/status", "{}"],
    search: ["GET", "/v1/search/users?q=a"],
    upload: ["POST", "/v1/files?name=a.txt", "x"],
    auth: ["GET", "/v1/auth/sessions"],
    admin: ["GET", "/v1/admin/channels"],
  };
  for (const rateClass of rateClasses) {
    const [method, path, body] = samples[rateClass]!;
    const answer = await sendRaw(method, path, {
      token: ann.token,
      ...(body && { body }),
      ...(rateClass === "upload" && { headers: { "Content-Type": "text/plain" } }),
    });
    const limit = config[`RATE_${rateClass.toUpperCase() as "READ"}_PER_MINUTE`];
    expect(limitHeaders(answer).slice(0, 3), rateClass).toEqual([
      `${limit};w=60`,
      `${limit}`,
      `${limit - 1}`,
    ]);
  }
  const classes = Object.groupBy(Object.entries(endpoints), ([, endpoint]) => rateClassOf(endpoint));
  expect(Object.keys(classes).sort()).toEqual([...rateClasses].sort());
});

test("[RL1] a request counts in the class of the endpoint that handles it", async () => {
  setWorkerConfig({ RATE_WRITE_PER_MINUTE: 7, RATE_ADMIN_PER_MINUTE: 9 });
  const [ann] = (await createUsers("ann")) as [TestUser];
  const changeOf = (path: string) => sendRaw("PATCH", path, { token: ann.token, body: "{}" });
  expect(limitHeaders(await changeOf("/v1/users/me")).slice(0, 2)).toEqual(["7;w=60", "7"]);
  expect(limitHeaders(await changeOf(`/v1/users/${ann.userId}`)).slice(0, 2)).toEqual(["9;w=60", "9"]);
});

test("[RL2] the platform's verdict applies to later requests, its failure to none", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const keys: string[] = [];
  const verdicts = [true, false];
  const platform = {
    limit: async ({ key }: { key: string }) => {
      keys.push(key);
      return { success: verdicts.shift() ?? true };
    },
  };
  const ask = (who: TestUser, RATE_READ: object = platform) =>
    sendWithBindings({ RATE_READ }, buildRequest("GET", "/v1/users/me", { token: who.token }));
  expect((await ask(ann)).status).toBe(200);
  expect((await ask(ann)).status).toBe(200);
  expect((await ask(ann)).status).toBe(429);
  expect(keys).toEqual([ann.userId, ann.userId]);
  const failing = { limit: () => Promise.reject(new Error("down")) };
  const { lines } = await captureLogs(async () => {
    for (let time = 0; time < 3; time++) expect((await ask(bob, failing)).status).toBe(200);
  });
  expect(lines.filter(({ message }) => message === "rate_limit.platform_failed")).toHaveLength(3);
});

test("[RL2] the platform's limits in wrangler.toml are the defaults of the vars", () => {
  const found = [
    ...wrangler.matchAll(
      /name = "RATE_(\w+)"\nnamespace_id = "(\d+)"\nsimple = \{ limit = (\d+), period = 60 \}/g,
    ),
  ].map(([, name, id, limit]) => ({ name, id, limit: Number(limit) }));
  const defaults = configOf({ JWT_SIGNING_KEY: "x", REFRESH_TOKEN_KEY: "x".repeat(43) } as unknown as Env);
  expect(found.map(({ name, limit }) => [name, limit])).toEqual(
    rateClasses.map((rateClass) => {
      const name = rateClass.toUpperCase() as "READ";
      return [name, defaults[`RATE_${name}_PER_MINUTE`]];
    }),
  );
  expect(new Set(found.map(({ id }) => id)).size).toBe(rateClasses.length);
});

test("[RL3] without a credential requests are limited by address, in production only", async () => {
  const refuse = (address: string, headers: Record<string, string> = {}) =>
    sendRaw("GET", "/v1/users/me", {
      token: "garbage",
      headers: { "CF-Connecting-IP": address, ...headers },
    });
  const keys = (address: string) =>
    sendRaw("GET", "/.well-known/jwks.json", { headers: { "CF-Connecting-IP": address } });
  setWorkerConfig({ RATE_READ_PER_MINUTE: 2, RATE_AUTH_PER_MINUTE: 2 });
  for (let time = 0; time < 4; time++) expect((await keys("192.0.2.1")).status).toBe(200);
  setWorkerConfig({ ENVIRONMENT: "production" });
  for (const status of [200, 200, 429]) expect((await keys("192.0.2.1")).status).toBe(status);
  expect((await keys("192.0.2.2")).status).toBe(200);
  for (const status of [401, 401, 429])
    expect((await refuse("2001:db8::1", { "X-Forwarded-For": crypto.randomUUID() })).status).toBe(status);
  expect((await refuse("2001:db8::2")).status).toBe(429);
  expect((await refuse("2001:db8:0:1::1")).status).toBe(401);
});
