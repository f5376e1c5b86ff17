import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { accountDatabase, auditEntries, serverKeys, users } from "../../../src/db/index.ts";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { newId } from "../../../src/lib/ids.ts";
import * as api from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { connectGateway } from "../../support/worker/clients/gateway-client.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { crashOnceAt } from "../../support/worker/fakes/crashes.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import {
  authenticatedNames,
  createSampleWorkspace,
  endpointSamples,
} from "../../support/worker/fixtures/endpoint-samples.ts";
import {
  createBotFor,
  createServerKeyFor,
  createServerUserFor,
  createTokenFor,
} from "../../support/worker/fixtures/tokens.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

let admin: TestUser;
let key: Awaited<ReturnType<typeof createServerKeyFor>>;

beforeAll(async () => {
  admin = await createUser("boss", { role: "admin" });
  key = await createServerKeyFor(admin);
});

afterEach(() => {
  vi.useRealTimers();
  onFailpoint(undefined);
});

const actAs = (userId: string) => ({ "X-Parley-As": userId });
const put = (externalId: string, body: object, as: { token: string } = key.as) =>
  callEndpoint(api.putServerUser, { as, params: { externalId }, body });

describe("keys", () => {
  test("[PT10] only admins manage keys, and only with a session", async () => {
    const ann = await createUser("ann");
    const { as: token } = await createTokenFor(admin, { scopes: ["read", "write", "files", "admin"] });
    for (const as of [ann, token, key.as]) {
      expect((await callEndpoint(api.createServerKey, { as, body: { name: "n" } })).status).toBe(403);
      expect((await callEndpoint(api.getServerKeys, { as })).status).toBe(403);
      const params = { keyId: key.key.id };
      expect((await callEndpoint(api.revokeServerKey, { as, params })).status).toBe(403);
    }
    const { items } = await expectOk(api.getServerKeys, { as: admin });
    expect(items.map(({ id }) => id)).toContain(key.key.id);
    const stored = JSON.stringify(await accountDatabase(env).select().from(serverKeys));
    expect(stored).not.toContain(key.secret.slice(30));
  });

  test("[PT10] a revoked key is rejected within 2 s", async () => {
    const { key: gone, as } = await createServerKeyFor(admin);
    const { user } = await createServerUserFor(as);
    const headers = actAs(user.id);
    expect((await callEndpoint(api.getChannels, { as, headers })).status).toBe(200);
    await expectOk(api.revokeServerKey, { as: admin, params: { keyId: gone.id } });
    await expectRejected(api.revokeServerKey, { as: admin, params: { keyId: gone.id } });
    advanceClock(2_000);
    expect((await put("any", { username: "any-one" }, as)).status).toBe(401);
    expect((await callEndpoint(api.getChannels, { as, headers })).status).toBe(401);
  });

  test("[PT9] the workspace has at most WORKSPACE_SERVER_KEYS keys", async () => {
    const { items } = await expectOk(api.getServerKeys, { as: admin });
    setWorkerConfig({ WORKSPACE_SERVER_KEYS: items.length + 2 });
    const made = await Promise.all(
      Array.from({ length: 8 }, () => callEndpoint(api.createServerKey, { as: admin, body: { name: "n" } })),
    );
    expect(made.filter(({ status }) => status === 201)).toHaveLength(2);
    expect(made.filter(({ status }) => status === 409)).toHaveLength(6);
  });
});

describe("users of an application", () => {
  test("[PT11] 50 parallel requests with one id create one user", async () => {
    const externalId = "parallel";
    const body = { username: "parallel.one", displayName: "One", email: "one@parley.test" };
    const answers = await Promise.all(Array.from({ length: 50 }, () => put(externalId, body)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(49);
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    const rows = await accountDatabase(env).select().from(users).where(eq(users.usernameKey, "parallel.one"));
    expect(rows).toHaveLength(1);
  });

  test("[PT11] a repeated request updates the given fields and no others", async () => {
    const { externalId, user } = await createServerUserFor(key.as, {
      displayName: "First Name",
      email: "first@parley.test",
    });
    const { username } = user;
    expect((await put(externalId, { username })).body).toEqual(user);
    const changed = await put(externalId, {
      username,
      displayName: "Second Name",
      role: "guest",
      email: null,
    });
    expect(changed.status).toBe(200);
    expect(changed.body).toEqual({ ...user, displayName: "Second Name", role: "guest", email: "" });
    const { items } = await expectOk(api.searchUsers, { as: admin, query: { q: "Second Name" } });
    expect(items.map(({ user: found }: any) => found?.id ?? "")).toBeDefined();
    expect(JSON.stringify(items)).toContain(user.id);
    // The address is free again.
    await createServerUserFor(key.as, { email: "first@parley.test" });
  });

  test("[PT11] a name or address of another user is a conflict that names the field", async () => {
    const ann = await createUser("ann");
    const taken = await put("taken-name", { username: ann.username });
    expect([taken.status, taken.body.issues[0].path]).toEqual([409, "username"]);
    const { externalId, user } = await createServerUserFor(key.as);
    const address = await put(externalId, { username: user.username, email: `${ann.username}@parley.test` });
    expect([address.status, address.body.issues[0].path]).toEqual([409, "email"]);
    const renamed = await put(externalId, { username: "something-else" });
    expect([renamed.status, renamed.body.issues[0].path]).toEqual([409, "username"]);
    expect((await put(externalId, { username: user.username })).body).toEqual(user);
  });

  test("[PT11] a deactivated user's sessions end, and a request lets them in again", async () => {
    const { externalId, user } = await createServerUserFor(key.as);
    const params = { externalId };
    const mint = () => callEndpoint(api.createServerUserToken, { as: key.as, params, body: {} });
    const { accessToken, expiresAt } = (await mint()).body;
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(3_600_000);
    const socket = await connectGateway({ token: accessToken });
    await expectOk(api.deactivateServerUser, { as: key.as, params });
    await expectOk(api.deactivateServerUser, { as: key.as, params });
    expect((await socket.closed).code).toBe(4401);
    expect((await callEndpoint(api.getMe, { as: { token: accessToken } })).status).toBe(401);
    expect((await mint()).status).toBe(403);
    await put(externalId, { username: user.username, displayName: "Still away" });
    expect((await mint()).status).toBe(403);
    await put(externalId, { username: user.username, active: true });
    expect((await mint()).status).toBe(201);
  });

  test("[PT11] a crash after the insertion leaves a user that the next request finds", async () => {
    crashOnceAt("server-user:after-insert");
    const body = { username: "crashed.user" };
    expect((await put("crashed", body)).status).toBeGreaterThanOrEqual(500);
    expect((await put("crashed", body)).status).toBe(200);
  });

  test("[PT11] tokens of users expire and are limited to 100", async () => {
    const { externalId } = await createServerUserFor(key.as);
    const params = { externalId };
    const mint = async (expiresInSeconds: number) =>
      (await expectOk(api.createServerUserToken, { as: key.as, params, body: { expiresInSeconds } }))
        .accessToken;
    const statusOf = async (token: string) => (await callEndpoint(api.getMe, { as: { token } })).status;
    for (const expiresInSeconds of [0, 59, 86_401, 1.5, "60"])
      await expectRejected(api.createServerUserToken, { as: key.as, params, body: { expiresInSeconds } });
    const short = await mint(60);
    const long = await mint(86_400);
    for (let at = 0; at < 99; at++) await mint(3_600);
    expect([await statusOf(short), await statusOf(long)]).toEqual([401, 200]);
    advanceClock(86_400_000);
    expect(await statusOf(long)).toBe(401);
  });

  test("[PT11] ids of any text stay apart", async () => {
    const ids = ["a b", "a%20b", "ä", "../users", "x".repeat(128), "🙂"];
    const made = new Set<string>();
    for (const [at, id] of ids.entries()) {
      const { status, body } = await put(id, { username: `any-text-${at}` });
      expect(status, id).toBe(201);
      made.add(body.id);
    }
    expect(made.size).toBe(ids.length);
    expect((await put("x".repeat(129), { username: "too-long" })).status).toBe(404);
  });
});

describe("acting for a user", () => {
  test("[PT12] endpoints of channels act for the user, but not those of sessions", async () => {
    const { externalId, user } = await createServerUserFor(key.as);
    const { accessToken } = await expectOk(api.createServerUserToken, {
      as: key.as,
      params: { externalId },
      body: {},
    });
    // The sample workspace with the application's user in Ann's place.
    const workspace = await createSampleWorkspace();
    const channelId = await createChannelFor(workspace.ann);
    const call = (method: string, path: string, body?: unknown) =>
      workspace.ann.call(method, path, body, { Authorization: `Bearer ${accessToken}` });
    await workspace.ann.call("POST", `/v1/channels/${channelId}/members`, { userId: user.id, role: "owner" });
    const { body } = await call("POST", `/v1/channels/${channelId}/messages`, { content: "mine" });
    const here = { ...workspace, channelId, messageId: body.id };
    here.ann = { ...workspace.ann, userId: user.id, token: accessToken, call };
    const headers = actAs(user.id);
    let acted = 0;
    for (const name of authenticatedNames) {
      const endpoint = api.endpoints[name]!;
      const isChannel = endpoint.path.startsWith("/v1/channels") || endpoint.path === "/v1/dms";
      const scope = api.scopeOf(endpoint);
      // No key may do what needs a session, such as creating the secret of a webhook, whichever channel it belongs to.
      const mayAct = isChannel && scope !== "session";
      const { as, ...sample } = await endpointSamples[name]!(mayAct ? here : workspace);
      // The sample of another user, who has other rights.
      if (mayAct && as?.token !== accessToken) continue;
      // A key has no scope for what deletes a channel for good.
      if (mayAct && scope === "admin") continue;
      const answer = await callEndpoint(endpoint, { ...sample, as: key.as, headers });
      if (!mayAct) expect([name, answer.status]).toEqual([name, 403]);
      else {
        expect([name, answer.status, answer.text]).toEqual([name, endpoint.status, answer.text]);
        acted++;
      }
    }
    expect(acted).toBeGreaterThan(25);
    const read = await callEndpoint(api.getMessage, {
      as: key.as,
      headers,
      params: { channelId, messageId: here.messageId },
    });
    expect(read.body.authorId).toBe(user.id);
  });

  test("[PT12] a key acts for no user but those of an application", async () => {
    const ann = await createUser("ann");
    const bot = await createBotFor(admin);
    const { externalId, user } = await createServerUserFor(key.as);
    const risen = await createServerUserFor(key.as);
    await expectOk(api.updateUser, { as: admin, params: { userId: risen.user.id }, body: { role: "admin" } });
    const responses = await Promise.all(
      [ann.userId, admin.userId, bot.user.id, risen.user.id, newId("usr"), "usr_x", ""].map((userId) =>
        callEndpoint(api.getChannels, { as: key.as, headers: actAs(userId) }),
      ),
    );
    for (const { status } of responses) expect(status).toBe(403);
    // Whether a user exists makes no difference.
    const details = responses.slice(0, 5).map(({ body }) => body.detail);
    expect(new Set(details).size).toBe(1);
    for (const endpoint of [api.createServerUserToken, api.deactivateServerUser]) {
      const params = { externalId: risen.externalId };
      const body = endpoint.method === "post" ? {} : undefined;
      expect((await expectRejected(endpoint, { as: key.as, params, body })).code).toBe("forbidden");
    }
    expect((await put(risen.externalId, { username: risen.user.username, role: "guest" })).status).toBe(403);
    expect((await callEndpoint(api.getChannels, { as: key.as, headers: actAs(user.id) })).status).toBe(200);
    await expectOk(api.deactivateServerUser, { as: key.as, params: { externalId } });
    advanceClock(2_000);
    expect((await callEndpoint(api.getChannels, { as: key.as, headers: actAs(user.id) })).status).toBe(403);
  });

  test("[PT12] a key acts again for a user who was deactivated and let in again", async () => {
    const { externalId, user } = await createServerUserFor(key.as);
    const list = () => callEndpoint(api.getChannels, { as: key.as, headers: actAs(user.id) });
    expect((await list()).status).toBe(200);
    await expectOk(api.deactivateServerUser, { as: key.as, params: { externalId } });
    await put(externalId, { username: user.username, active: true });
    advanceClock(2_000);
    expect((await list()).status).toBe(200);
  });

  test("[PT12] the audit log names the key", async () => {
    const { externalId, user } = await createServerUserFor(key.as);
    await expectOk(api.deactivateServerUser, { as: key.as, params: { externalId } });
    const read = () =>
      accountDatabase(env).select().from(auditEntries).where(eq(auditEntries.objectId, user.id));
    await eventually(async () => (await read()).length === 2, "both entries");
    const entries = await read();
    expect(entries.map(({ action }) => action).toSorted()).toEqual(["account.register", "account.suspend"]);
    for (const { detail } of entries) expect(detail).toMatchObject({ serverKeyId: key.key.id });
  });
});
