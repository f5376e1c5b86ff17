import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { newId } from "../../../src/lib/ids.ts";
import * as api from "../../../src/protocol/index.ts";
import { verifyVapid } from "../../support/push-browser.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { postMessage, postReply } from "../../support/worker/clients/messages.ts";
import { captureLogs } from "../../support/worker/fakes/console-capture.ts";
import { crashAt, crashOnceAt } from "../../support/worker/fakes/crashes.ts";
import {
  type FakeBrowser,
  pushOrigin,
  subscribeBrowser,
  waitForNoPush,
} from "../../support/worker/fakes/push-service.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createNotice, sendNotices } from "../../support/worker/fixtures/notices.ts";
import { hubRows, hubStub, runHubAlarmAfter, setHubConfig } from "../../support/worker/objects/hub-object.ts";

afterEach(() => {
  vi.useRealTimers();
  onFailpoint(undefined);
});

const channelId = newId("chn");
const notify = (as: TestUser, ...seqs: number[]) =>
  sendNotices(as.userId, channelId, ...seqs.map((seq) => createNotice(seq)));
const seqsOf = ({ payloads }: FakeBrowser) =>
  payloads().flatMap((payload) => (payload.type === "notification" ? payload.seq : []));
const states = async (as: TestUser) => (await hubRows(as.userId, "pushes")).map(({ state }) => state);

describe("[WP4] a push", () => {
  test("has ids only, encrypted for the browser, and is signed for its push service", async () => {
    const [ann, bob] = [await createUser("ann"), await createUser("bob")];
    await setHubConfig(ann.userId, { VAPID_SUBJECT: "mailto:admin@parley.dev" });
    const channel = await createChannelFor(bob, [ann], { isPrivate: true });
    const browser = await subscribeBrowser(ann);
    const secret = "the secret plan";
    const message = await postMessage(bob, channel, `@${ann.username} ${secret}`);
    await eventually(() =>
      browser.payloads().some((payload) => "kind" in payload && payload.kind === "mention"),
    );
    const push = browser.pushes.at(-1)!;
    const [notification] = (await expectOk(api.getNotifications, { as: ann })).items;
    expect(push.payload).toEqual({
      type: "notification",
      userId: ann.userId,
      at: notification!.createdAt,
      seq: notification!.seq,
      kind: "mention",
      channelId: channel,
      messageId: message.id,
      threadId: null,
      unreadSeqs: browser.browser.shownSeqs,
    });
    expect(api.PushPayload.parse(push.payload)).toEqual(push.payload);
    expect(push.text).toHaveLength(1_024);
    for (const text of [secret, ann.username, bob.username]) expect(push.text).not.toContain(text);
    expect(push.headers).toMatchObject({
      "Content-Encoding": "aes128gcm",
      TTL: "86400",
      Urgency: "high",
    });
    const { publicKey } = await expectOk(api.getWebPush, { as: ann });
    const { claims, publicKey: used } = await verifyVapid(
      push.headers["Authorization"]!,
      pushOrigin,
      new Date(),
    );
    expect(used).toBe(publicKey);
    expect(claims).toMatchObject({ aud: pushOrigin, sub: "mailto:admin@parley.dev" });
    expect(claims.exp! - Date.now() / 1_000).toBeLessThan(24 * 3_600);
  });

  test("is sent to each browser for each notification, in order", async () => {
    const ann = await createUser("ann");
    const browsers = [await subscribeBrowser(ann), await subscribeBrowser(ann)];
    await notify(ann, 1, 2);
    await notify(ann, 3);
    for (const browser of browsers) {
      await browser.received(3);
      expect(seqsOf(browser)).toEqual([1, 2, 3]);
      expect(browser.browser.shownSeqs).toEqual([1, 2, 3]);
    }
    expect(await states(ann)).toEqual(Array.from({ length: 6 }, () => "sent"));
    expect((await expectOk(api.getPushSubscriptions, { as: ann })).items).toMatchObject([
      { lastPushAt: expect.any(String) },
      { lastPushAt: expect.any(String) },
    ]);
  });

  test("is sent for replies, invitations and reminders too, and for each device once", async () => {
    const [ann, bob] = [await createUser("ann"), await createUser("bob")];
    const browser = await subscribeBrowser(ann);
    const channel = await createChannelFor(bob, [ann]);
    const root = await postMessage(ann, channel, "root");
    await postReply(bob, root, "a reply");
    await ann.call("POST", "/v1/reminders", {
      text: "stretch",
      at: new Date(Date.now() + 1_000).toISOString(),
    });
    await browser.received(2);
    await runHubAlarmAfter(ann.userId, 1_500);
    await browser.received(3);
    expect(browser.payloads()).toMatchObject([
      { kind: "invitation", channelId: channel },
      { kind: "thread", channelId: channel, threadId: root.id },
      { kind: "reminder", channelId: null, reminderId: expect.stringMatching(/^rem_/) },
    ]);
  });

  test("is not sent for a notification that is read when it arrives", async () => {
    const ann = await createUser("ann");
    const browser = await subscribeBrowser(ann);
    await hubStub(ann.userId).receiveNotices(channelId, [], { lastReadSeq: 5, rev: 1 });
    await notify(ann, 5, 6);
    await browser.received(1);
    await waitForNoPush();
    expect(browser.payloads()).toMatchObject([{ unreadSeqs: [3] }]);
  });
});

describe("[WP5] topic and urgency", () => {
  test("the topic is that of the channel and of the user, 32 characters", async () => {
    const [ann, bob] = [await createUser("ann"), await createUser("bob")];
    const [annsBrowser, bobsBrowser] = [await subscribeBrowser(ann), await subscribeBrowser(bob)];
    for (const as of [ann, bob]) {
      await notify(as, 1);
      await sendNotices(as.userId, newId("chn"), createNotice(1));
      await notify(as, 2);
    }
    const topicsOf = async (browser: FakeBrowser) =>
      (await browser.received(3)).map(({ headers }) => headers["Topic"]!);
    const [first, other, second] = await topicsOf(annsBrowser);
    expect(first).toMatch(/^[\w-]{32}$/);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
    const bobs = await topicsOf(bobsBrowser);
    expect(bobs[0]).not.toBe(first);
  });

  test.each([
    ["mention", "high"],
    ["direct", "high"],
    ["thread", "normal"],
    ["invitation", "normal"],
    ["message", "normal"],
  ] as const)("a notification of the kind %s is of %s urgency", async (kind, urgency) => {
    const ann = await createUser("ann");
    const browser = await subscribeBrowser(ann);
    await sendNotices(ann.userId, channelId, createNotice(1, { kind }));
    const [push] = await browser.received(1);
    expect(push!.headers["Urgency"]).toBe(urgency);
  });
});

describe("[WP6] a crash", () => {
  test.each(["hub:before-push", "hub:after-push"] as const)(
    "at %s: the push is sent with the same topic after the restart",
    async (point) => {
      const ann = await createUser("ann");
      const browser = await subscribeBrowser(ann);
      const crash = crashAt(point);
      await notify(ann, 1);
      await crash;
      expect(browser.pushes).toHaveLength(point === "hub:after-push" ? 1 : 0);
      expect(await states(ann)).toEqual(["sending"]);
      await runHubAlarmAfter(ann.userId, 5_001);
      const pushes = await browser.received(point === "hub:after-push" ? 2 : 1);
      expect(new Set(pushes.map(({ headers }) => headers["Topic"])).size).toBe(1);
      expect(browser.browser.shownSeqs).toEqual([1]);
      await eventually(async () => (await states(ann))[0] === "sent");
      await runHubAlarmAfter(ann.userId, 5_001);
      await waitForNoPush();
      expect(browser.pushes.length).toBe(pushes.length);
    },
  );

  test.each(["hub:before-notify", "hub:after-notify"] as const)(
    "at %s: a repeated report of the room is pushed once",
    async (point) => {
      const ann = await createUser("ann");
      const browser = await subscribeBrowser(ann);
      crashOnceAt(point);
      const notice = createNotice(1);
      await expect(sendNotices(ann.userId, channelId, notice)).rejects.toThrow("Crashed");
      await abortAllDurableObjects();
      await sendNotices(ann.userId, channelId, notice);
      await runHubAlarmAfter(ann.userId, 5_001);
      await browser.received(1);
      expect(seqsOf(browser).every((seq) => seq === 1)).toBe(true);
      expect(browser.browser.shownSeqs).toEqual([1]);
    },
  );
});

describe("[WP7] an answer of the push service", () => {
  /** The time of the hub's next attempt, in ms from now. */
  const waitOf = async (as: TestUser): Promise<number> => {
    const [row] = await hubRows(as.userId, "push_subscriptions");
    return Number(row!["retry_at"]) - Date.now();
  };
  const failed = (as: TestUser, attempts: number) =>
    eventually(async () => (await hubRows(as.userId, "push_subscriptions"))[0]?.["attempts"] === attempts);

  test.each([404, 410])("with status %d ends the subscription", async (status) => {
    const ann = await createUser("ann");
    const [gone, other] = [await subscribeBrowser(ann, () => status), await subscribeBrowser(ann)];
    await notify(ann, 1);
    await eventually(async () => (await hubRows(ann.userId, "push_subscriptions")).length === 1);
    await notify(ann, 2);
    await other.received(2);
    expect(gone.pushes).toHaveLength(1);
    expect((await hubRows(ann.userId, "pushes")).map(({ subscription_id: id }) => id)).toEqual([
      other.id,
      other.id,
    ]);
  });

  test.each([400, 401, 403, 413, 302])("with status %d drops the push alone", async (status) => {
    const ann = await createUser("ann");
    let answer = status;
    const browser = await subscribeBrowser(ann, () => answer);
    await notify(ann, 1);
    await eventually(async () => browser.pushes.length === 1 && (await states(ann)).length === 0);
    answer = 201;
    await notify(ann, 2);
    await browser.received(2);
    expect(seqsOf(browser)).toEqual([1, 2]);
    expect(browser.browser.shownSeqs).toEqual([2]);
  });

  test("that rejects ten pushes in a row ends the subscription", async () => {
    const ann = await createUser("ann");
    const browser = await subscribeBrowser(ann, () => 403);
    for (let seq = 1; seq <= 10; seq++) {
      expect(await hubRows(ann.userId, "push_subscriptions")).toHaveLength(1);
      await notify(ann, seq);
      await browser.received(seq);
      await eventually(async () => (await states(ann)).length === 0);
    }
    await eventually(async () => (await hubRows(ann.userId, "push_subscriptions")).length === 0);
  });

  test.each([429, 500, 503])("with status %d is followed by growing waits", async (status) => {
    const ann = await createUser("ann");
    let answer = status;
    const browser = await subscribeBrowser(ann, () => answer);
    await notify(ann, 1);
    await failed(ann, 1);
    expect(await states(ann)).toEqual(["waiting"]);
    expect(await waitOf(ann)).toBeGreaterThan(2_000);
    expect(await waitOf(ann)).toBeLessThanOrEqual(5_000);
    await runHubAlarmAfter(ann.userId, 5_000);
    await failed(ann, 2);
    expect(await waitOf(ann)).toBeGreaterThan(4_900);
    answer = 201;
    await notify(ann, 2);
    await waitForNoPush();
    expect(browser.pushes, "pushes of one subscription wait together").toHaveLength(2);
    await runHubAlarmAfter(ann.userId, 10_000);
    await browser.received(4);
    expect(seqsOf(browser)).toEqual([1, 1, 1, 2]);
    expect(await hubRows(ann.userId, "push_subscriptions")).toMatchObject([
      { attempts: 0, failing_since: null },
    ]);
  });

  test.each([
    ["in seconds", () => "120"],
    ["as a date", () => new Date(Date.now() + 121_000).toUTCString()],
  ])("with Retry-After %s is honoured", async (_, retryAfter) => {
    const ann = await createUser("ann");
    const answer = () => new Response(null, { status: 429, headers: { "Retry-After": retryAfter() } });
    await subscribeBrowser(ann, answer);
    await notify(ann, 1);
    await failed(ann, 1);
    expect(await waitOf(ann)).toBeGreaterThan(115_000);
    expect(await waitOf(ann)).toBeLessThanOrEqual(121_000);
  });

  test("with an absurd Retry-After is repeated within a day", async () => {
    const ann = await createUser("ann");
    await subscribeBrowser(
      ann,
      () => new Response(null, { status: 503, headers: { "Retry-After": "999999999" } }),
    );
    await notify(ann, 1);
    await failed(ann, 1);
    expect(await waitOf(ann)).toBeLessThanOrEqual(24 * 3_600_000);
  });

  test("that does not come is a failure, after which the browser may have the push", async () => {
    const ann = await createUser("ann");
    await subscribeBrowser(ann, () => new TypeError("connection reset"));
    await notify(ann, 1);
    await failed(ann, 1);
    expect(await states(ann)).toEqual(["sending"]);
  });

  test("that stays away drops the push after 12 attempts, the subscription after a week", async () => {
    const ann = await createUser("ann");
    const browser = await subscribeBrowser(ann, () => 503);
    await notify(ann, 1);
    for (let attempts = 1; attempts < 12; attempts++) {
      await failed(ann, attempts);
      await runHubAlarmAfter(ann.userId, Math.max(0, await waitOf(ann)) + 1);
    }
    await failed(ann, 12);
    expect(await states(ann)).toEqual([]);
    expect(browser.pushes).toHaveLength(12);
    await runHubAlarmAfter(ann.userId, 8 * 24 * 3_600_000);
    await notify(ann, 2);
    await eventually(async () => (await hubRows(ann.userId, "push_subscriptions")).length === 0);
    expect(browser.pushes).toHaveLength(13);
  });

  test("delays no other subscription, and its log lines have neither endpoint nor key", async () => {
    const ann = await createUser("ann");
    let isReleased = false;
    const slow = await subscribeBrowser(ann, async () => {
      while (!isReleased) await scheduler.wait(1);
      return 500;
    });
    const fast = await subscribeBrowser(ann);
    const { text } = await captureLogs(async () => {
      await notify(ann, 1);
      await notify(ann, 2);
      await fast.received(2);
      expect(slow.pushes).toHaveLength(1);
      isReleased = true;
      await failed(ann, 1);
    });
    expect(text).toContain("push.accepted");
    expect(text).toContain("push.failed");
    for (const browser of [slow, fast])
      for (const secret of [
        new URL(browser.endpoint).host,
        browser.body().keys.auth,
        browser.body().keys.p256dh,
      ])
        expect(text).not.toContain(secret);
  });
});

test("[WP4] nothing is stored or sent for users without a subscription", async () => {
  const ann = await createUser("ann");
  await notify(ann, 1, 2, 3);
  expect(await hubRows(ann.userId, "pushes")).toEqual([]);
  expect((await hubRows(ann.userId, "due")).map(({ key }) => key)).toEqual(["expiry"]);
});
