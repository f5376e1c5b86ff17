import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, describe, expect, test, vi } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { unwrap } from "../../../src/rpc/rpc-result.ts";
import { accountDatabase, users } from "../../../src/db/index.ts";
import { findUser, readAccount } from "../../../src/features/users/index.ts";
import { changePassword, getMe, login } from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { crashOnceAt } from "../../support/worker/fakes/crashes.ts";
import {
  createSession,
  createUser,
  testPassword,
  type TestUser,
} from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { evictHub, hubRows, hubStub, runHubAlarmAfter } from "../../support/worker/objects/hub-object.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  onFailpoint(undefined);
});

const newPassword = "quite another one";
const change = { currentPassword: testPassword, newPassword };
const isLive = async ({ userId, sessionId }: TestUser) => (await hubStub(userId).checkSession(sessionId)).ok;
const expectations = async ({ userId }: TestUser) =>
  (await hubRows(userId, "due")).filter(({ key }) => String(key).startsWith("account:"));

describe("changePassword", () => {
  test("[AC7] ends the other sessions and their sockets, not the requesting one", async () => {
    const ann = await createUser("ann");
    const other = await createSession(ann);
    const channelId = await createChannelFor(ann);
    const [mine, theirs] = [await ann.connect(channelId), await other.connect(channelId)];
    await expectOk(changePassword, { as: ann, body: change });
    expect(await theirs.closed).toMatchObject({ code: 4401 });
    expect(mine.ws.readyState).toBe(WebSocket.OPEN);
    expect(await expectRejected(getMe, { as: other })).toMatchObject({ code: "unauthenticated" });
    expect(await expectOk(getMe, { as: ann })).toMatchObject({ id: ann.userId });
    expect(
      await expectRejected(login, { body: { login: ann.username, password: testPassword } }),
    ).toMatchObject({
      code: "unauthenticated",
    });
    expect(await expectOk(login, { body: { login: ann.username, password: newPassword } })).toMatchObject({
      user: { id: ann.userId },
    });
    expect(await expectations(ann)).toEqual([]);
    mine.close();
  });

  test("can be repeated by the remaining session, also after the hub's eviction", async () => {
    const ann = await createUser("ann");
    await expectOk(changePassword, { as: ann, body: change });
    await evictHub(ann.userId);
    await expectOk(changePassword, {
      as: ann,
      body: { currentPassword: newPassword, newPassword: testPassword },
    });
    expect(await isLive(ann)).toBe(true);
  });

  test("rejects a wrong current password and changes nothing", async () => {
    const ann = await createUser("ann");
    const before = await findUser(accountDatabase(env), ann.userId);
    const problem = await expectRejected(changePassword, {
      as: ann,
      body: { ...change, currentPassword: newPassword },
    });
    expect(problem).toMatchObject({ code: "forbidden", issues: [{ path: "currentPassword" }] });
    expect(await findUser(accountDatabase(env), ann.userId)).toEqual(before);
    expect(await expectations(ann)).toEqual([]);
  });

  test.each([
    {},
    { ...change, newPassword: "short" },
    { ...change, currentPassword: "" },
    { ...change, userId: "usr_1" },
  ])("rejects the body %j", async (body) => {
    const ann = await createUser("ann");
    expect(await expectRejected(changePassword, { as: ann, body })).toMatchObject({
      code: "validation_failed",
    });
  });

  test("rejects a request without a token", async () => {
    expect(await expectRejected(changePassword, { body: change })).toMatchObject({ code: "unauthenticated" });
  });

  test("of two concurrent changes one wins; the other's session ends", async () => {
    const ann = await createUser("ann");
    const other = await createSession(ann);
    const [first, second] = await Promise.all([
      callEndpoint(changePassword, { as: ann, body: change }),
      callEndpoint(changePassword, { as: other, body: { ...change, newPassword: "a third password" } }),
    ]);
    const statuses = [first.status, second.status];
    expect(statuses.filter((status) => status === 204)).toHaveLength(1);
    // The second request was rejected, either for its password or because its session had ended already.
    expect([409, 401, 403]).toContain(statuses.find((status) => status !== 204));
    expect([await isLive(ann), await isLive(other)]).toEqual(statuses.map((status) => status === 204));
    const won = first.status === 204 ? newPassword : "a third password";
    await expectOk(login, { body: { login: ann.username, password: won } });
  });

  test("[AC7] takes effect if the Worker crashes right after D1's commit", async () => {
    const ann = await createUser("ann");
    const other = await createSession(ann);
    const socket = await other.connect(await createChannelFor(ann));
    crashOnceAt("account:after-record");
    expect((await callEndpoint(changePassword, { as: ann, body: change })).status).toBe(500);
    expect(await isLive(other)).toBe(true);
    await evictHub(ann.userId);
    expect(await runHubAlarmAfter(ann.userId, 5_000)).toBe(true);
    expect(await isLive(other)).toBe(false);
    expect(await isLive(ann)).toBe(false);
    expect(await socket.closed).toMatchObject({ code: 4401 });
  });

  test("[AC7] takes effect if D1 commits late or can't be read when the hub checks", async () => {
    const ann = await createUser("ann");
    await hubStub(ann.userId).announceAccountChange();
    expect(await runHubAlarmAfter(ann.userId, 5_000)).toBe(true);
    expect(await isLive(ann)).toBe(true);
    await accountDatabase(env)
      .update(users)
      .set({ credentialVersion: 2, rev: 2 })
      .where(eq(users.id, ann.userId));
    const broken = vi.spyOn(env.DB, "prepare").mockImplementation(() => {
      throw new Error("D1_ERROR: no answer");
    });
    for (let outage = 0; outage < 8; outage++) expect(await runHubAlarmAfter(ann.userId, 61_000)).toBe(true);
    expect(await isLive(ann)).toBe(true);
    broken.mockRestore();
    expect(await runHubAlarmAfter(ann.userId, 61_000)).toBe(true);
    expect(await isLive(ann)).toBe(false);
    expect(await expectations(ann)).toEqual([]);
  });

  test("is checked for until no write can be in flight, then no more", async () => {
    const ann = await createUser("ann");
    await hubStub(ann.userId).announceAccountChange();
    const waits = [5_000, 5_000, 10_000, 20_000, 40_000];
    for (const wait of waits) {
      expect(await expectations(ann)).toHaveLength(1);
      expect(await runHubAlarmAfter(ann.userId, wait)).toBe(true);
    }
    expect(await expectations(ann)).toEqual([]);
  });

  test("rejects a login that verified the old password", async () => {
    const ann = await createUser("ann");
    const verified = (await readAccount(env, ann.userId))!;
    await expectOk(changePassword, { as: ann, body: change });
    const late = await hubStub(ann.userId).createSession({
      account: verified,
      device: "late",
      addressPrefix: "unknown",
    });
    expect(late).toMatchObject({ ok: false, problem: { code: "unauthenticated" } });
  });

  test("[AC7] ends a session of such a login that began before the hub's notice", async () => {
    const ann = await createUser("ann");
    const verified = (await readAccount(env, ann.userId))!;
    crashOnceAt("account:after-record");
    await callEndpoint(changePassword, { as: ann, body: change });
    const late = unwrap(
      await hubStub(ann.userId).createSession({
        account: verified,
        device: "late",
        addressPrefix: "unknown",
      }),
    );
    await runHubAlarmAfter(ann.userId, 5_000);
    expect((await hubStub(ann.userId).checkSession(late.sessionId)).ok).toBe(false);
  });
});
