import { afterEach, expect, test, vi } from "vitest";
import * as api from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import {
  createSession,
  createUser,
  testPassword,
  type TestUser,
} from "../../support/worker/fixtures/accounts.ts";
import { enableTotp } from "../../support/worker/fixtures/second-factors.ts";
import { createBotFor } from "../../support/worker/fixtures/tokens.ts";

afterEach(() => void vi.useRealTimers());

const minute = 60_000;
const scopes = ["read" as const];

/** Returns an access token of the same session, which began 16 minutes ago. */
async function laterInSession({ refreshToken }: TestUser): Promise<{ token: string }> {
  advanceClock(14 * minute);
  const { tokens } = await expectOk(api.refreshToken, { body: { refreshToken } });
  advanceClock(2 * minute);
  const as = { token: tokens.accessToken };
  expect((await callEndpoint(api.getMe, { as })).status).toBe(200);
  return as;
}

async function logIn({ username }: TestUser): Promise<{ token: string }> {
  const answer = await expectOk(api.login, { body: { login: username, password: testPassword } });
  if (!("tokens" in answer)) throw new Error("The user has a second factor");
  return { token: answer.tokens.accessToken };
}

test.each([
  ["a personal access token", api.createToken, { name: "report", scopes }],
  ["a bot", api.createBot, { username: "deploys", scopes }],
  ["a server key", api.createServerKey, { name: "shop" }],
] as const)("[PT14] %s needs a recent session; a login suffices", async (_, endpoint, body) => {
  const admin = await createUser("admin", { role: "admin" });
  const old = await laterInSession(admin);
  const problem = await expectRejected(endpoint, { as: old, body: body as never });
  expect([problem.code, problem.detail]).toEqual(["forbidden", expect.stringContaining("log in again")]);
  expect((await callEndpoint(endpoint, { as: await logIn(admin), body: body as never })).status).toBe(201);
});

test("[PT14] a token of a bot needs a recent session; its revocation does not", async () => {
  const admin = await createUser("admin", { role: "admin" });
  const { user, token } = await createBotFor(admin);
  const as = await laterInSession(admin);
  const params = { userId: user.id };
  const body = { name: "second", scopes };
  expect((await expectRejected(api.createBotToken, { as, params, body })).code).toBe("forbidden");
  await expectOk(api.revokeBotToken, { as, params: { ...params, tokenId: token.id } });
});

test("[PT14] a session that has not passed the second factor creates none of them", async () => {
  const admin = await createUser("admin", { role: "admin" });
  const { user } = await createBotFor(admin);
  const other = await createSession(admin);
  await enableTotp(admin);
  for (const [endpoint, request] of [
    [api.createToken, { body: { name: "report", scopes } }],
    [api.createBot, { body: { username: "releases", scopes } }],
    [api.createBotToken, { params: { userId: user.id }, body: { name: "second", scopes } }],
    [api.createServerKey, { body: { name: "shop" } }],
  ] as const) {
    const { code } = await expectRejected(endpoint, { as: other, ...request } as never);
    expect(`${endpoint.path} ${code}`).toBe(`${endpoint.path} second_factor_required`);
    const { status } = await callEndpoint(endpoint, { as: admin, ...request } as never);
    expect(`${endpoint.path} ${status}`).toBe(`${endpoint.path} 201`);
  }
});
