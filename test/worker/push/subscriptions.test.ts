import { createECDH } from "node:crypto";
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { configOf } from "../../../src/config.ts";
import { accountDatabase, workspaceSettings } from "../../../src/db/index.ts";
import * as api from "../../../src/protocol/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { enableTotp } from "../../support/worker/fixtures/second-factors.ts";
import { privateUrls } from "../../support/private-addresses.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { callRest } from "../../support/worker/clients/rest-client.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import {
  appleOrigin,
  openBrowser,
  pushOrigin,
  subscribeBrowser,
  waitForNoPush,
} from "../../support/worker/fakes/push-service.ts";
import {
  createSession,
  createUser,
  testPassword,
  type TestUser,
} from "../../support/worker/fixtures/accounts.ts";
import { finishJob } from "../../support/worker/fixtures/jobs.ts";
import { resetTokenOf } from "../../support/worker/fixtures/mail-tokens.ts";
import { createNotice, sendNotices } from "../../support/worker/fixtures/notices.ts";
import { newId } from "../../../src/lib/ids.ts";
import { hubRows, hubStub, hubTables, runHubAlarmAfter } from "../../support/worker/objects/hub-object.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

afterEach(() => void vi.useRealTimers());

const list = async (as: TestUser) => (await expectOk(api.getPushSubscriptions, { as })).items;
const notify = (as: TestUser) => sendNotices(as.userId, newId("chn"), createNotice(1));

describe("[WP1] a subscription", () => {
  test("is listed without its endpoint and keys, newest first", async () => {
    const ann = await createUser("ann");
    const [one, two] = [openBrowser(), openBrowser(undefined, appleOrigin)];
    const created = await ann.call("POST", "/v1/users/me/push-subscriptions", one.body());
    expect(created.status).toBe(201);
    expect(created.body).toEqual({
      id: expect.stringMatching(/^psh_/),
      host: "push.parley.dev",
      device: "unknown",
      sessionId: ann.sessionId,
      current: true,
      createdAt: expect.any(String),
      lastPushAt: null,
      expiresAt: null,
    });
    const other = await createSession(ann);
    const expirationTime = Date.now() + 86_400_000.5;
    const body = { ...two.body(), expirationTime, device: " Ann's tablet " };
    await expectOk(api.createPushSubscription, { as: other, body });
    const { text } = await ann.call("GET", "/v1/users/me/push-subscriptions");
    expect(JSON.parse(text)).toMatchObject({
      items: [
        {
          host: "web.push.apple.com",
          device: "Ann's tablet",
          current: false,
          sessionId: other.sessionId,
          expiresAt: new Date(Math.floor(expirationTime)).toISOString(),
        },
        { id: created.body.id, current: true },
      ],
      nextCursor: null,
    });
    for (const { endpoint, keys } of [one.body(), two.body()])
      for (const secret of [new URL(endpoint).pathname, keys.p256dh, keys.auth])
        expect(text).not.toContain(secret);
  });

  test("is updated by a request with the same endpoint, and moves to its session", async () => {
    const ann = await createUser("ann");
    const browser = openBrowser();
    const first = await ann.call("POST", "/v1/users/me/push-subscriptions", browser.body());
    const phone = await createSession(ann);
    const renewed = { ...openBrowser().body(), endpoint: browser.endpoint, device: "phone" };
    const second = await phone.call("POST", "/v1/users/me/push-subscriptions", renewed);
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body).toMatchObject({ id: first.body.id, device: "phone", sessionId: phone.sessionId });
    expect(await hubRows(ann.userId, "push_subscriptions")).toMatchObject([
      { p256dh: renewed.keys.p256dh, auth: renewed.keys.auth, session_id: phone.sessionId },
    ]);
    await expectOk(api.logout, { as: ann });
    expect(await list(phone)).toHaveLength(1);
  });

  test("is deleted by its user alone", async () => {
    const [ann, eve] = [await createUser("ann"), await createUser("eve")];
    const { id, pushes } = await subscribeBrowser(ann);
    const params = { pushSubscriptionId: id };
    expect(await expectRejected(api.deletePushSubscription, { as: eve, params })).toMatchObject({
      code: "not_found",
    });
    expect(await list(eve)).toEqual([]);
    await expectOk(api.deletePushSubscription, { as: ann, params });
    expect(await expectRejected(api.deletePushSubscription, { as: ann, params })).toMatchObject({
      code: "not_found",
    });
    await notify(ann);
    await waitForNoPush();
    expect(pushes).toEqual([]);
    expect(await hubRows(ann.userId, "pushes")).toEqual([]);
  });

  test("beyond the 20th replaces the one that was confirmed the longest ago", async () => {
    const ann = await createUser("ann");
    const browsers = Array.from({ length: 21 }, () => openBrowser());
    const put = (at: number) =>
      expectOk(api.createPushSubscription, { as: ann, body: { ...browsers[at]!.body(), device: `${at}` } });
    for (let at = 0; at < 20; at++) {
      advanceClock(10);
      await put(at);
    }
    advanceClock(10);
    await put(0);
    advanceClock(10);
    await put(20);
    const devices = (await list(ann)).map(({ device }) => Number(device));
    expect(devices.toSorted((a, b) => a - b)).toEqual([0, ...Array.from({ length: 19 }, (_, at) => at + 2)]);
  });

  test("whose end the browser knows is deleted at that time", async () => {
    const ann = await createUser("ann");
    const browser = openBrowser();
    const body = { ...browser.body(), expirationTime: Date.now() + 60_000 };
    await expectOk(api.createPushSubscription, { as: ann, body });
    advanceClock(60_000);
    await notify(ann);
    await waitForNoPush();
    expect(browser.pushes).toEqual([]);
    expect(await list(ann)).toEqual([]);
  });
});

describe("[WP2] a request to subscribe", () => {
  const attempt = async (as: TestUser, change: object) =>
    expectRejected(api.createPushSubscription, { as, body: { ...openBrowser().body(), ...change } });

  test("is rejected with an endpoint at a private address, in every notation", async () => {
    const ann = await createUser("ann");
    for (const endpoint of privateUrls(443))
      expect(await attempt(ann, { endpoint }), endpoint).toMatchObject({
        code: "validation_failed",
        issues: [{ path: "endpoint" }],
      });
    expect(await list(ann)).toEqual([]);
  });

  test.each([
    ["http", "http://push.parley.dev/1"],
    ["another port", "https://push.parley.dev:8444/1"],
    ["user information", "https://ann:secret@push.parley.dev/1"],
    ["a name without a dot", "https://push/1"],
    ["a local name", "https://push.internal/1"],
    ["another scheme", "ftp://push.parley.dev/1"],
    ["no URL", "push.parley.dev/1"],
    ["nothing", ""],
    ["10 kB", `https://push.parley.dev/${"x".repeat(10_240)}`],
  ])("is rejected with an endpoint that has %s", async (_, endpoint) => {
    const problem = await attempt(await createUser("ann"), { endpoint });
    expect(problem).toMatchObject({ code: "validation_failed", issues: [{ path: "endpoint" }] });
    expect(JSON.stringify(problem)).not.toContain("push.parley.dev/");
  });

  const pair = createECDH("prime256v1");
  pair.generateKeys();
  const point = pair.getPublicKey();
  const changed = (at: number, value: number): Buffer => {
    const bytes = Buffer.from(point);
    bytes[at] = value;
    return bytes;
  };

  test.each([
    ["a point that is not on the curve", changed(64, point[64]! ^ 1).toString("base64url")],
    ["the point at infinity", Buffer.alloc(65).toString("base64url")],
    ["zero coordinates", changed(0, 4).fill(0, 1).toString("base64url")],
    ["coordinates above the field", changed(0, 4).fill(255, 1).toString("base64url")],
    ["a compressed point", pair.getPublicKey("base64url", "compressed")],
    ["a hybrid point", changed(0, 6).toString("base64url")],
    ["64 bytes", point.subarray(0, 64).toString("base64url")],
    ["66 bytes", Buffer.concat([point, Buffer.alloc(1)]).toString("base64url")],
    ["base64 with + and /", "+/".repeat(43)],
    ["one character", "B"],
    ["nothing", ""],
  ])("is rejected with a key of %s", async (_, p256dh) => {
    const { keys } = openBrowser().body();
    const problem = await attempt(await createUser("ann"), { keys: { ...keys, p256dh } });
    expect(problem).toMatchObject({ code: "validation_failed", issues: [{ path: "keys.p256dh" }] });
  });

  test.each([
    ["15 bytes", Buffer.alloc(15).toString("base64url")],
    ["17 bytes", Buffer.alloc(17).toString("base64url")],
    ["4 kB", "A".repeat(4_096)],
    ["a number", 16],
  ])("is rejected with a secret of %s", async (_, auth) => {
    const { keys } = openBrowser().body();
    const problem = await attempt(await createUser("ann"), { keys: { ...keys, auth } });
    expect(problem).toMatchObject({ code: "validation_failed", issues: [{ path: "keys.auth" }] });
  });

  test.each([
    ["expirationTime", -1],
    ["expirationTime", 1_000],
    ["expirationTime", 9e15],
    ["unknown", 1],
  ])("is rejected with the field %s of %d", async (field, value) => {
    expect(await attempt(await createUser("ann"), { [field]: value })).toMatchObject({
      code: "validation_failed",
    });
  });

  test("accepts keys with padding, and stores them without", async () => {
    const ann = await createUser("ann");
    const { endpoint, keys } = openBrowser().body();
    const padded = { p256dh: `${keys.p256dh}=`, auth: `${keys.auth}==` };
    await expectOk(api.createPushSubscription, { as: ann, body: { endpoint, keys: padded } });
    expect(await hubRows(ann.userId, "push_subscriptions")).toMatchObject([keys]);
  });

  test("is rejected at a host that the operator does not permit", async () => {
    const ann = await createUser("ann");
    setWorkerConfig({ PUSH_HOSTS: ["push.apple.com"] });
    for (const origin of [pushOrigin, "https://push.apple.com.parley.dev", "https://evilpush.apple.com"])
      expect(await attempt(ann, { endpoint: `${origin}/1` })).toMatchObject({
        issues: [{ path: "endpoint" }],
      });
    const allowed = openBrowser(undefined, appleOrigin);
    await expectOk(api.createPushSubscription, { as: ann, body: allowed.body() });
  });

  test("is rejected for tokens", async () => {
    const ann = await createUser("ann");
    const created = await ann.call("POST", "/v1/users/me/tokens", { name: "t", scopes: ["read", "write"] });
    const { status } = await callRest("POST", "/v1/users/me/push-subscriptions", {
      token: created.body.accessToken,
      body: openBrowser().body(),
    });
    expect(status).toBe(403);
  });
});

describe("[WP3] a subscription ends with its session", () => {
  const endings: Record<string, (ann: TestUser) => Promise<unknown>> = {
    logout: (ann) => expectOk(api.logout, { as: ann }),
    "the end of one session": async (ann) =>
      expectOk(api.endSession, { as: await createSession(ann), params: { sessionId: ann.sessionId } }),
    "the end of all sessions": async (ann) => expectOk(api.endAllSessions, { as: await createSession(ann) }),
    "a new password": async (ann) =>
      expectOk(api.changePassword, {
        as: await createSession(ann),
        body: { currentPassword: testPassword, newPassword: "another battery" },
      }),
    "a password reset": async (ann) =>
      expectOk(api.resetPassword, {
        body: { token: await resetTokenOf(ann), newPassword: "another battery" },
      }),
    "an admin who ends the sessions": async ({ userId }) =>
      expectOk(api.endUserSessions, {
        as: await createUser("admin", { role: "admin" }),
        params: { userId },
      }),
    suspension: async ({ userId }) =>
      expectOk(api.updateUser, {
        as: await createUser("admin", { role: "admin" }),
        params: { userId },
        body: { active: false },
      }),
    "its idle limit": ({ userId }) => runHubAlarmAfter(userId, configOf(env).SESSION_IDLE_MS + 1_000),
  };

  test.each(Object.keys(endings))("by %s", async (name) => {
    const ann = await createUser("ann");
    const { pushes } = await subscribeBrowser(ann);
    await notify(ann);
    await vi.waitFor(() => expect(pushes).toHaveLength(1));
    await endings[name]!(ann);
    expect(await hubRows(ann.userId, "push_subscriptions")).toEqual([]);
    expect(await hubRows(ann.userId, "pushes")).toEqual([]);
    await notify(ann);
    await waitForNoPush();
    expect(pushes).toHaveLength(1);
  });

  test("[WP14] by erasure of the account", async () => {
    const ann = await createUser("ann");
    const { pushes } = await subscribeBrowser(ann);
    const body = { messages: "delete" };
    const { job } = await expectOk(api.eraseUser, { as: ann, params: { userId: ann.userId }, body });
    expect(await finishJob(job)).toBe("done");
    expect(await hubTables(ann.userId)).toEqual(["erased"]);
    await notify(ann);
    await waitForNoPush();
    expect(pushes).toEqual([]);
  });

  test("and those of other sessions stay", async () => {
    const ann = await createUser("ann");
    const phone = await createSession(ann);
    const [own, other] = [await subscribeBrowser(ann), await subscribeBrowser(phone)];
    await expectOk(api.logout, { as: ann });
    await notify(ann);
    await other.received(1);
    expect(own.pushes).toEqual([]);
  });

  test("or once it lacks the second factor that the workspace requires", async () => {
    const [ann, admin] = [await createUser("ann"), await createUser("admin", { role: "admin" })];
    await enableTotp(admin);
    const { pushes } = await subscribeBrowser(ann);
    await expectOk(api.updateWorkspace, { as: admin, body: { requireSecondFactor: true } });
    await eventually(async () => {
      await runDurableObjectAlarm(hubStub(admin.userId));
      return (await hubRows(ann.userId, "workspace_policy")).length > 0;
    });
    await notify(ann);
    await eventually(async () => (await hubRows(ann.userId, "push_subscriptions")).length === 0);
    expect(pushes).toEqual([]);
    await accountDatabase(env).delete(workspaceSettings);
  });

  test("an expired session gets nothing, even before the alarm deletes it", async () => {
    const ann = await createUser("ann");
    const { pushes } = await subscribeBrowser(ann);
    advanceClock(configOf(env).SESSION_IDLE_MS + 1_000);
    await notify(ann);
    await waitForNoPush();
    expect(pushes).toEqual([]);
  });
});

describe("[WP13] Web Push", () => {
  test("has a key that does not depend on the isolate, a point of P-256", async () => {
    const as = await createUser("ann");
    const { publicKey } = await expectOk(api.getWebPush, { as });
    expect(publicKey).toMatch(/^B[\w-]{86}$/);
    expect((await expectOk(api.getWebPush, { as })).publicKey).toBe(publicKey);
    const other = createECDH("prime256v1");
    other.generateKeys();
    expect(other.computeSecret(publicKey!, "base64url").length).toBe(32);
  });

  test("that is off has no key, and no subscriptions are accepted", async () => {
    const as = await createUser("ann");
    setWorkerConfig({ WEB_PUSH: "off" });
    expect(await expectOk(api.getWebPush, { as })).toEqual({ publicKey: null });
    expect(
      await expectRejected(api.createPushSubscription, { as, body: openBrowser().body() }),
    ).toMatchObject({ code: "conflict" });
    expect(await list(as)).toEqual([]);
  });

  test("is on in production only with a contact", async () => {
    const as = await createUser("ann");
    setWorkerConfig({ ENVIRONMENT: "production", WEB_PUSH: undefined });
    expect((await expectOk(api.getWebPush, { as })).publicKey).toBeNull();
    setWorkerConfig({ VAPID_SUBJECT: "mailto:admin@parley.dev" });
    expect((await expectOk(api.getWebPush, { as })).publicKey).not.toBeNull();
    const vars = { JWT_SIGNING_KEY: "x", REFRESH_TOKEN_KEY: "x".repeat(43), WEB_PUSH: "on" };
    const parse = (more: object) => configOf({ ...vars, ...more } as unknown as Env);
    expect(() => parse({})).toThrow("VAPID_SUBJECT");
    expect(() => parse({ VAPID_SUBJECT: "admin@parley.dev" })).toThrow("VAPID_SUBJECT");
    expect(parse({ PUBLIC_URL: "https://parley.dev" }).WEB_PUSH).toBe("on");
  });
});
