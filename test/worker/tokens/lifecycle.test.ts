import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, describe, expect, test, vi } from "vitest";
import { accountDatabase, auditEntries, users } from "../../../src/db/index.ts";
import { accountFacts, findUser } from "../../../src/features/users/index.ts";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { newId } from "../../../src/lib/ids.ts";
import * as api from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import {
  connectGateway,
  createTicketFor,
  upgradeWithTicket,
} from "../../support/worker/clients/gateway-client.ts";
import { callRest } from "../../support/worker/clients/rest-client.ts";
import { connectChannel } from "../../support/worker/clients/socket-client.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { captureLogs } from "../../support/worker/fakes/console-capture.ts";
import { crashOnceAt } from "../../support/worker/fakes/crashes.ts";
import {
  createSession,
  createUser,
  testPassword,
  type TestUser,
} from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createBotFor, createTokenFor } from "../../support/worker/fixtures/tokens.ts";
import {
  evictHub,
  hubRows,
  hubStub,
  runHubAlarmAfter,
  setHubConfig,
} from "../../support/worker/objects/hub-object.ts";
import { evictRoom } from "../../support/worker/objects/room-object.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";
import { loadAllowanceMs } from "../../support/load-allowance.ts";

afterEach(() => {
  vi.useRealTimers();
  onFailpoint(undefined);
});

const statusOf = async (as: { token: string }): Promise<number> =>
  (await callEndpoint(api.getMe, { as })).status;

describe("personal access tokens", () => {
  test("[PT1] hub and D1 store no text of a token, and the list does not show it", async () => {
    const ann = await createUser("ann");
    const { accessToken, token, as } = await createTokenFor(ann);
    expect(await statusOf(as)).toBe(200);
    const secretPart = accessToken.slice(4, -44);
    const stored = JSON.stringify([
      await hubRows(ann.userId, "sessions"),
      await accountDatabase(env).select().from(auditEntries),
      (await expectOk(api.getTokens, { as: ann })).items,
    ]);
    expect(stored).toContain(token.id.slice(4));
    for (const part of [accessToken, secretPart, accessToken.slice(-43)]) expect(stored).not.toContain(part);
  });

  test("[PT6] the list shows name, scopes, channels, expiry and last use to the minute", async () => {
    const ann = await createUser("ann");
    const channelId = await createChannelFor(ann);
    const expiresAt = "2999-01-01T00:00:00.000Z";
    const { as } = await createTokenFor(ann, { scopes: ["read"], channelIds: [channelId], expiresAt });
    const list = async () => (await expectOk(api.getTokens, { as: ann })).items;
    expect(await list()).toMatchObject([
      { scopes: ["read"], channelIds: [channelId], expiresAt, lastUsedAt: null },
    ]);
    await statusOf(as);
    const [first] = await list();
    expect(Date.now() - Date.parse(first!.lastUsedAt!)).toBeLessThan(5_000);
    advanceClock(30_000);
    await statusOf(as);
    expect((await list())[0]!.lastUsedAt).toBe(first!.lastUsedAt);
    advanceClock(31_000);
    await statusOf(as);
    expect((await list())[0]!.lastUsedAt).not.toBe(first!.lastUsedAt);
  });

  test("[PT6] a token is no session in the list of sessions, and 100 sessions end none", async () => {
    const ann = await createUser("ann");
    const { as, token } = await createTokenFor(ann);
    for (let at = 0; at < 101; at++) await createSession(ann);
    expect(await statusOf(as)).toBe(200);
    const fresh = await createSession(ann);
    const { items } = await expectOk(api.getSessions, { as: fresh });
    expect(items).toHaveLength(100);
    const sessionId = token.id.replace("tok_", "ses_");
    expect(items.map(({ id }) => id)).not.toContain(sessionId);
    await expectRejected(api.endSession, { as: fresh, params: { sessionId } });
    await expectOk(api.endAllSessions, { as: fresh });
    expect(await statusOf(as)).toBe(200);
  });

  test("[PT6] only live tokens of the user can be revoked, each once", async () => {
    const [ann, bob] = [await createUser("ann"), await createUser("bob")];
    const { token, as } = await createTokenFor(ann);
    const params = { tokenId: token.id };
    for (const tokenId of [token.id, newId("tok"), "x", ann.sessionId]) {
      const { code } = await expectRejected(api.revokeToken, { as: bob, params: { tokenId } });
      expect(code).toBe("not_found");
    }
    const own = { tokenId: ann.sessionId.replace("ses_", "tok_") };
    expect((await expectRejected(api.revokeToken, { as: ann, params: own })).code).toBe("not_found");
    const tries = await Promise.all(
      Array.from({ length: 20 }, () => callEndpoint(api.revokeToken, { as: ann, params })),
    );
    expect(tries.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(await statusOf(as)).toBe(401);
    expect((await expectOk(api.getTokens, { as: ann })).items).toEqual([]);
  });

  test("[PT7] revocation closes awake and hibernated sockets and voids tickets", async () => {
    const ann = await createUser("ann");
    const channelId = await createChannelFor(ann);
    const { token, as } = await createTokenFor(ann);
    const gateway = await connectGateway(as);
    await gateway.expectSubscribed(channelId);
    const room = await connectChannel(channelId, as.token);
    const ticket = await createTicketFor(as as TestUser);
    await evictRoom(channelId);
    await evictHub(ann.userId);
    const startedAt = Date.now();
    await expectOk(api.revokeToken, { as: ann, params: { tokenId: token.id } });
    expect((await gateway.closed).code).toBe(4401);
    expect((await room.closed).code).toBe(4401);
    expect(Date.now() - startedAt).toBeLessThan(2_000 + loadAllowanceMs);
    expect((await upgradeWithTicket("/v1/realtime", ticket)).status).toBe(401);
  });

  test("[PT7] the room that holds a token's socket rejects it after revocation", async () => {
    const ann = await createUser("ann");
    const channelId = await createChannelFor(ann);
    const { token, as } = await createTokenFor(ann);
    const socket = await connectChannel(channelId, as.token);
    const path = `/v1/channels/${channelId}/messages`;
    const send = () => callRest("POST", path, { token: as.token, body: { content: "x" } });
    expect([(await send()).status, (await send()).status]).toEqual([201, 201]);
    await expectOk(api.revokeToken, { as: ann, params: { tokenId: token.id } });
    await socket.closed;
    expect((await send()).status).toBe(401);
    expect((await callRest("GET", path, { token: as.token })).status).toBe(401);
  });

  test("[PT7] an expired token is rejected at once, and its sockets close", async () => {
    const ann = await createUser("ann");
    const channelId = await createChannelFor(ann);
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const { as } = await createTokenFor(ann, { expiresAt });
    const socket = await connectChannel(channelId, as.token);
    expect(await statusOf(as)).toBe(200);
    await runHubAlarmAfter(ann.userId, 60_000);
    expect((await socket.closed).code).toBe(4401);
    expect(await statusOf(as)).toBe(401);
    expect((await expectOk(api.getTokens, { as: ann })).items).toEqual([]);
  });

  test("[PT7] a token that is not used for a year stays valid", async () => {
    const ann = await createUser("ann");
    const { as } = await createTokenFor(ann);
    await runHubAlarmAfter(ann.userId, 31 * 24 * 3_600_000);
    advanceClock(365 * 24 * 3_600_000);
    expect(await statusOf(as)).toBe(200);
  });

  test("[PT7] a suspension ends a user's tokens for good", async () => {
    const [ann, admin] = [await createUser("ann"), await createUser("boss", { role: "admin" })];
    const { as } = await createTokenFor(ann);
    const socket = await connectGateway(as);
    const params = { userId: ann.userId };
    await expectOk(api.updateUser, { as: admin, params, body: { active: false } });
    expect((await socket.closed).code).toBe(4401);
    expect(await statusOf(as)).toBe(401);
    await expectOk(api.updateUser, { as: admin, params, body: { active: true } });
    expect(await statusOf(as)).toBe(401);
  });

  test("[PT8] a change of the password keeps tokens, a reset ends them", async () => {
    const ann = await createUser("ann");
    const { as } = await createTokenFor(ann);
    const body = { currentPassword: testPassword, newPassword: "another battery staple" };
    await expectOk(api.changePassword, { as: ann, body });
    expect(await statusOf(as)).toBe(200);
    // As a reset by mail does: without a session that continues.
    const db = accountDatabase(env);
    const before = (await findUser(db, ann.userId))!;
    await db
      .update(users)
      .set({ credentialVersion: before.credentialVersion + 1, rev: before.rev + 1 })
      .where(eq(users.id, ann.userId));
    await hubStub(ann.userId).applyAccount(accountFacts((await findUser(db, ann.userId))!));
    expect(await statusOf(as)).toBe(401);
    // A later change does not bring them back.
    expect((await hubRows(ann.userId, "sessions")).length).toBe(0);
  });

  test("[PT8] a crash before the hub knows a changed password ends tokens too", async () => {
    const ann = await createUser("ann");
    const { as } = await createTokenFor(ann);
    crashOnceAt("account:after-record");
    const body = { currentPassword: testPassword, newPassword: "another battery staple" };
    await callEndpoint(api.changePassword, { as: ann, body });
    await runHubAlarmAfter(ann.userId, 5_000);
    expect(await statusOf(as)).toBe(401);
  });

  test("[PT9] one user has at most USER_TOKENS tokens, also with parallel requests", async () => {
    const ann = await createUser("ann");
    await setHubConfig(ann.userId, { USER_TOKENS: 5 });
    const body = { name: "n", scopes: ["read"] };
    const made = await Promise.all(
      Array.from({ length: 20 }, () => callEndpoint(api.createToken, { as: ann, body })),
    );
    expect(made.filter(({ status }) => status === 201)).toHaveLength(5);
    expect(made.filter(({ status }) => status === 409)).toHaveLength(15);
    const [first] = (await expectOk(api.getTokens, { as: ann })).items;
    await expectOk(api.revokeToken, { as: ann, params: { tokenId: first!.id } });
    await expectOk(api.createToken, { as: ann, body });
  });

  test("[PT1] invalid requests for tokens are rejected", async () => {
    const ann = await createUser("ann");
    const channel = newId("chn");
    for (const body of [
      {},
      { name: "n", scopes: [] },
      { name: "n", scopes: ["read", "read"] },
      { name: "n", scopes: ["root"] },
      { name: "", scopes: ["read"] },
      { name: "n", scopes: ["read"], expiresAt: "2020-01-01T00:00:00Z" },
      { name: "n", scopes: ["read"], expiresAt: "soon" },
      { name: "n", scopes: ["read"], channelIds: [] },
      { name: "n", scopes: ["read"], channelIds: ["chn_x"] },
      { name: "n", scopes: ["read"], channelIds: [channel, channel] },
      { name: "n", scopes: ["read"], channelIds: Array.from({ length: 51 }, () => newId("chn")) },
      { name: "n", scopes: ["read"], more: 1 },
    ])
      expect((await expectRejected(api.createToken, { as: ann, body })).code).toBe("validation_failed");
    const most = Array.from({ length: 50 }, () => newId("chn"));
    expect(await statusOf((await createTokenFor(ann, { channelIds: most })).as)).toBe(200);
  });

  test("[PT1] no log line and no audit entry contains a token", async () => {
    const ann = await createUser("ann");
    const secrets: string[] = [];
    const { lines } = await captureLogs(async () => {
      const { accessToken, as, token } = await createTokenFor(ann);
      secrets.push(accessToken);
      await statusOf(as);
      await callEndpoint(api.createToken, { as, body: { name: "n", scopes: ["read"] } });
      await statusOf({ token: `${accessToken.slice(0, -1)}_` });
      await connectGateway(as);
      await expectOk(api.revokeToken, { as: ann, params: { tokenId: token.id } });
      await statusOf(as);
    });
    expect(lines.length).toBeGreaterThan(0);
    for (const secret of secrets)
      for (const part of [secret, secret.slice(4, 60), secret.slice(-43)])
        expect(JSON.stringify(lines)).not.toContain(part);
  });
});

describe("bots", () => {
  test("[PT5] a bot is a user of its own, without address and password", async () => {
    const admin = await createUser("boss", { role: "admin" });
    const { user, as } = await createBotFor(admin);
    expect(user).toMatchObject({ isBot: true, role: "member", active: true });
    expect(await expectOk(api.getMe, { as })).toEqual({ ...user, email: "", emailConfirmed: false });
    const { items } = await expectOk(api.getUsers, { as: admin, query: { query: user.username } });
    expect(items).toEqual([user]);
    expect((await expectOk(api.getMe, { as: admin })).isBot).toBe(false);
    for (const login of [user.username, user.id, "x@"])
      for (const password of [testPassword, " ", "\0"])
        expect((await expectRejected(api.login, { body: { login, password } })).code).toBe("unauthenticated");
  });

  test("[PT5] only the workspace's owner and admins manage bots", async () => {
    const [ann, admin] = [await createUser("ann"), await createUser("boss", { role: "admin" })];
    const guest = await createUser("guest", { role: "guest" });
    const { user, token, as } = await createBotFor(admin);
    const params = { userId: user.id, tokenId: token.id };
    const body = { name: "n", username: "new.bot", scopes: ["read"] };
    for (const who of [ann, guest, as])
      for (const endpoint of [
        api.createBot,
        api.getBots,
        api.deactivateBot,
        api.createBotToken,
        api.getBotTokens,
        api.revokeBotToken,
      ]) {
        const rejected = await callEndpoint(endpoint, {
          as: who,
          params,
          body: endpoint.method === "post" ? body : undefined,
        });
        expect(rejected.status).toBe(403);
      }
    // A person is no bot, known or unknown.
    for (const userId of [ann.userId, newId("usr")])
      for (const endpoint of [api.deactivateBot, api.getBotTokens])
        expect((await expectRejected(endpoint, { as: admin, params: { userId } })).code).toBe("not_found");
  });

  test("[PT5] a bot becomes an admin by an admin's decision, and never the owner", async () => {
    const admin = await createUser("boss", { role: "admin" });
    const { user, as } = await createBotFor(admin, { scopes: ["read", "admin"] });
    expect((await callEndpoint(api.getAllChannelIds, { as })).status).toBe(403);
    const params = { userId: user.id };
    await expectOk(api.updateUser, { as: admin, params, body: { role: "admin" } });
    expect((await callEndpoint(api.getAllChannelIds, { as })).status).toBe(200);
    await expectRejected(api.updateUser, { as: admin, params, body: { role: "owner" } });
    await accountDatabase(env).update(users).set({ role: "owner" }).where(eq(users.id, admin.userId));
    const owner = await createSession({ ...admin, role: "owner" });
    const { code } = await expectRejected(api.updateUser, { as: owner, params, body: { role: "owner" } });
    expect(code).toBe("conflict");
    await accountDatabase(env).update(users).set({ role: "admin" }).where(eq(users.id, admin.userId));
  });

  test("[PT5] a deactivated bot's tokens end, and it gets no new ones", async () => {
    const admin = await createUser("boss", { role: "admin" });
    const { user, as } = await createBotFor(admin);
    const socket = await connectGateway(as);
    const params = { userId: user.id };
    await expectOk(api.deactivateBot, { as: admin, params });
    await expectOk(api.deactivateBot, { as: admin, params });
    expect((await socket.closed).code).toBe(4401);
    expect(await statusOf(as)).toBe(401);
    const { code } = await expectRejected(api.createBotToken, {
      as: admin,
      params,
      body: { name: "n", scopes: ["read"] },
    });
    expect(code).toBe("conflict");
  });

  test("[PT6] a bot's tokens are listed and revoked by admins", async () => {
    const admin = await createUser("boss", { role: "admin" });
    const { user, token, as } = await createBotFor(admin);
    const params = { userId: user.id };
    const second = await expectOk(api.createBotToken, {
      as: admin,
      params,
      body: { name: "two", scopes: ["read"] },
    });
    const list = async () =>
      (await expectOk(api.getBotTokens, { as: admin, params })).items.map(({ id }) => id);
    expect(await list()).toEqual([second.token.id, token.id]);
    await expectOk(api.revokeBotToken, { as: admin, params: { ...params, tokenId: token.id } });
    expect([await statusOf(as), await statusOf({ token: second.accessToken })]).toEqual([401, 200]);
    expect(await list()).toEqual([second.token.id]);
  });

  test("[PT9] a crash between account and token leaves a bot that gets a token", async () => {
    const admin = await createUser("boss", { role: "admin" });
    const body = { username: `crashed-${Date.now()}`, scopes: ["read"] };
    crashOnceAt("bot:after-insert");
    expect((await callEndpoint(api.createBot, { as: admin, body })).status).toBeGreaterThanOrEqual(500);
    expect((await expectRejected(api.createBot, { as: admin, body })).code).toBe("conflict");
    const { items } = await expectOk(api.getBots, { as: admin, query: { limit: 100 } });
    const bot = items.find(({ username }) => username === body.username)!;
    const { accessToken } = await expectOk(api.createBotToken, {
      as: admin,
      params: { userId: bot.id },
      body: { name: "n", scopes: ["read"] },
    });
    expect(await statusOf({ token: accessToken })).toBe(200);
  });

  test("[PT9] the workspace has at most WORKSPACE_BOTS bots, also with parallel requests", async () => {
    const admin = await createUser("boss", { role: "admin" });
    const pages = await expectOk(api.getBots, { as: admin, query: { limit: 100 } });
    const active = pages.items.filter((bot) => bot.active).length;
    setWorkerConfig({ WORKSPACE_BOTS: active + 3 });
    const made = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        callEndpoint(api.createBot, {
          as: admin,
          body: { username: `quota-${at}-${Date.now()}`, scopes: ["read"] },
        }),
      ),
    );
    expect(made.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(made.filter(({ status }) => status === 409)).toHaveLength(7);
  });

  test("[PT6] bots are listed in pages", async () => {
    const admin = await createUser("boss", { role: "admin" });
    for (let at = 0; at < 3; at++) await createBotFor(admin);
    const seen: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await expectOk(api.getBots, { as: admin, query: { limit: 2, ...(cursor && { cursor }) } });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual([...new Set(seen)].toSorted());
    expect(seen.length).toBeGreaterThanOrEqual(3);
  });
});
