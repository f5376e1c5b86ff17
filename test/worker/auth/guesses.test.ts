import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { PasswordHasher } from "../../../src/password-hasher/password-hasher.ts";
import { clearRateLimits } from "../../../src/http/rate-limits.ts";
import { createTicket, getMe, login } from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { createUser, testPassword } from "../../support/worker/fixtures/accounts.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

afterEach(() => {
  vi.restoreAllMocks();
  clearRateLimits();
});

const guesses = 1_000;
const addresses = 200;
const limit = 10;

/** Guesses the password of one name concurrently. Returns the number of answers by code, and how many hashes were computed. */
async function guess(name: string): Promise<{ codes: Record<string, number>; evaluated: number }> {
  const hashed = vi.spyOn(PasswordHasher.prototype, "verify");
  const problems = await Promise.all(
    Array.from({ length: guesses }, async (_, n) => {
      const address = `198.51.${n % addresses}.${1 + (n % 250)}`;
      const { body } = await callEndpoint(login, {
        body: { login: name, password: `guess ${n}` },
        headers: { "CF-Connecting-IP": address, "X-Forwarded-For": `203.0.113.${n % 256}` },
      });
      return body.code as string;
    }),
  );
  const codes: Record<string, number> = {};
  for (const code of problems) codes[code] = (codes[code] ?? 0) + 1;
  // The hasher counts an attempt before it computes a hash, and rejects those beyond a limit.
  const evaluated = hashed.mock.settledResults.filter(({ value }) => value?.ok).length;
  hashed.mockRestore();
  return { codes, evaluated };
}

test("[RL5] of 1,000 guesses from 200 addresses at most 10 are evaluated", async () => {
  setWorkerConfig({ ENVIRONMENT: "production", LOGIN_ATTEMPTS: limit, LOGIN_ADDRESS_ATTEMPTS: 100 });
  const ann = await createUser("ann");
  const socket = await ann.connect(
    (await ann.call("POST", "/v1/channels", { name: `guessed ${ann.username}` })).body.id,
  );
  // A socket closes after a minute without a frame, and on a busy machine the guesses take longer.
  const heartbeat = setInterval(() => socket.send("ping"), 5_000);
  onTestFinished(() => clearInterval(heartbeat));
  const known = await guess(ann.username);
  const unknown = await guess(`${ann.username}-not`);
  for (const { codes, evaluated } of [known, unknown]) {
    expect(evaluated).toBe(limit);
    expect(codes["unauthenticated"]).toBe(limit);
  }
  // `unavailable`: the hashers' queues were full.
  const codesOf = ({ codes }: typeof known) => Object.keys(codes).filter((code) => code !== "unavailable");
  expect(codesOf(known).sort()).toEqual(["rate_limited", "unauthenticated"]);
  expect(codesOf(unknown).sort()).toEqual(["rate_limited", "unauthenticated"]);
  // The right password is not evaluated either; the live session continues.
  const right = await callEndpoint(login, {
    body: { login: ann.username, password: testPassword },
    headers: { "CF-Connecting-IP": "192.0.2.77" },
  });
  expect(right.status).toBe(429);
  expect(await expectOk(getMe, { as: ann })).toMatchObject({ id: ann.userId });
  await expectOk(createTicket, { as: ann });
  expect(await socket.sendCommand("messageCreate", { content: "still here" })).toMatchObject({ type: "ack" });
  socket.close();
}, 240_000);
