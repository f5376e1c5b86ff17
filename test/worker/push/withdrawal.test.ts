import { afterEach, describe, expect, test, vi } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { newId } from "../../../src/lib/ids.ts";
import * as api from "../../../src/protocol/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { messageParams, postMessage } from "../../support/worker/clients/messages.ts";
import { crashAt } from "../../support/worker/fakes/crashes.ts";
import { appleOrigin, subscribeBrowser, waitForNoPush } from "../../support/worker/fakes/push-service.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createNotice, sendNotices, sendReadState } from "../../support/worker/fixtures/notices.ts";
import { hubRows, runHubAlarmAfter } from "../../support/worker/objects/hub-object.ts";

afterEach(() => {
  vi.useRealTimers();
  onFailpoint(undefined);
});

const [one, two] = [newId("chn"), newId("chn")];
const notify = (as: TestUser, channelId: string, ...seqs: number[]) =>
  sendNotices(as.userId, channelId, ...seqs.map((seq) => createNotice(seq)));
const states = async (as: TestUser) => (await hubRows(as.userId, "pushes")).map(({ state }) => state);
const markRead = (as: TestUser, body: object) => expectOk(api.readNotifications, { as, body });

describe("[WP9] a notification that was pushed and is read elsewhere", () => {
  test("is withdrawn on each browser that was sent it, with the same topic", async () => {
    const ann = await createUser("ann");
    const browser = await subscribeBrowser(ann);
    await notify(ann, one, 1, 2);
    await notify(ann, two, 1);
    await browser.received(3);
    const later = await subscribeBrowser(ann);
    await sendReadState(ann.userId, one, 2, 1);
    const pushes = await browser.received(4);
    expect(pushes[3]!.payload).toEqual({
      type: "read",
      userId: ann.userId,
      at: expect.any(String),
      channelId: one,
      lastReadSeq: 2,
    });
    expect(pushes[3]!.headers).toMatchObject({ Topic: pushes[0]!.headers["Topic"], Urgency: "normal" });
    expect(pushes[3]!.text).toHaveLength(1_024);
    expect(browser.browser.shownSeqs).toEqual([3]);
    await waitForNoPush();
    expect(later.pushes).toEqual([]);
    await eventually(async () => (await states(ann)).length === 1);
  });

  test.each([
    ["up to an event", { seq: 1 }],
    ["one by one", { seqs: [1] }],
    ["together with all", {}],
  ])("is withdrawn when it is read %s", async (_, body) => {
    const ann = await createUser("ann");
    const browser = await subscribeBrowser(ann);
    await notify(ann, one, 1);
    await browser.received(1);
    await markRead(ann, body);
    await browser.received(2);
    expect(browser.browser.shownSeqs).toEqual([]);
    await eventually(async () => (await states(ann)).length === 0);
    await runHubAlarmAfter(ann.userId, 60_000);
    await waitForNoPush();
    expect(browser.pushes).toHaveLength(2);
  });

  test("is withdrawn when its message is deleted", async () => {
    const [ann, bob] = [await createUser("ann"), await createUser("bob")];
    const channel = await createChannelFor(bob, [ann]);
    await eventually(async () => (await hubRows(ann.userId, "notifications")).length === 1);
    await markRead(ann, {});
    const browser = await subscribeBrowser(ann);
    const message = await postMessage(bob, channel, `@${ann.username} hello`);
    await browser.received(1);
    await expectOk(api.deleteMessage, { as: bob, params: messageParams(message) });
    await browser.received(2);
    expect(browser.browser.shownSeqs).toEqual([]);
  });

  test("is withdrawn when its reminder is completed", async () => {
    const ann = await createUser("ann");
    const browser = await subscribeBrowser(ann);
    const at = new Date(Date.now() + 1_000).toISOString();
    const { id } = await expectOk(api.createReminder, { as: ann, body: { text: "stretch", at } });
    await runHubAlarmAfter(ann.userId, 1_500);
    await browser.received(1);
    await expectOk(api.updateReminder, { as: ann, params: { reminderId: id }, body: { done: true } });
    await browser.received(2);
    expect(browser.payloads()[1]).toMatchObject({ type: "read", channelId: null, reminderId: id });
    expect(browser.browser.shownSeqs).toEqual([]);
  });

  test("stays while others of its channel are unread, which the push would replace", async () => {
    const ann = await createUser("ann");
    const browser = await subscribeBrowser(ann);
    await notify(ann, one, 1, 2);
    await browser.received(2);
    await markRead(ann, { seqs: [1] });
    await waitForNoPush();
    expect(browser.pushes).toHaveLength(2);
    await notify(ann, one, 3);
    await browser.received(3);
    expect(browser.payloads()[2]).toMatchObject({ type: "notification", unreadSeqs: [2, 4] });
    expect(browser.browser.shownSeqs).toEqual([2, 4]);
    await markRead(ann, {});
    await browser.received(4);
    expect(browser.browser.shownSeqs).toEqual([]);
    await eventually(async () => (await states(ann)).length === 0);
  });

  test("while its push is in flight is withdrawn after it", async () => {
    const ann = await createUser("ann");
    let isReleased = false;
    const browser = await subscribeBrowser(ann, async () => {
      while (!isReleased) await scheduler.wait(1);
      return 201;
    });
    await notify(ann, one, 1);
    await browser.received(1);
    await markRead(ann, {});
    isReleased = true;
    await browser.received(2);
    expect(browser.payloads().map(({ type }) => type)).toEqual(["notification", "read"]);
    await eventually(() => browser.browser.shownSeqs.length === 0);
  });

  test("is withdrawn after a crash during its push", async () => {
    const ann = await createUser("ann");
    const browser = await subscribeBrowser(ann);
    const crash = crashAt("hub:after-push");
    await notify(ann, one, 1);
    await crash;
    await markRead(ann, {});
    await browser.received(2);
    expect(browser.payloads().map(({ type }) => type)).toEqual(["notification", "read"]);
  });

  test("is withdrawn again after a crash during the withdrawal", async () => {
    const ann = await createUser("ann");
    const browser = await subscribeBrowser(ann);
    await notify(ann, one, 1);
    await eventually(async () => (await states(ann))[0] === "sent");
    const crash = crashAt("hub:after-push");
    await markRead(ann, {});
    await crash;
    await runHubAlarmAfter(ann.userId, 5_001);
    await browser.received(3);
    expect(browser.payloads().map(({ type }) => type)).toEqual(["notification", "read", "read"]);
    await eventually(async () => (await states(ann)).length === 0);
  });

  test("is not withdrawn where browsers may not receive pushes that show nothing", async () => {
    const ann = await createUser("ann");
    const browser = await subscribeBrowser(ann, undefined, appleOrigin);
    await notify(ann, one, 1);
    await eventually(async () => (await states(ann))[0] === "sent");
    await markRead(ann, {});
    await eventually(async () => (await states(ann)).length === 0);
    await waitForNoPush();
    expect(browser.pushes).toHaveLength(1);
  });

  test("that the push service did not accept is not withdrawn", async () => {
    const ann = await createUser("ann");
    const browser = await subscribeBrowser(ann, () => 503);
    await notify(ann, one, 1);
    await eventually(async () => (await hubRows(ann.userId, "push_subscriptions"))[0]!["attempts"] === 1);
    await markRead(ann, {});
    expect(await states(ann)).toEqual([]);
    await runHubAlarmAfter(ann.userId, 60_000);
    await waitForNoPush();
    expect(browser.pushes).toHaveLength(1);
  });
});

test("[WP9] whatever the order of events, browsers show what is unread at the end", async () => {
  const ann = await createUser("ann");
  const browser = await subscribeBrowser(ann);
  const channels = [one, two];
  for (let seq = 1; seq <= 24; seq++) {
    await notify(ann, channels[seq % 2]!, seq);
    if (seq % 3 === 0) await markRead(ann, { seqs: [seq] });
    if (seq % 7 === 0) await sendReadState(ann.userId, channels[seq % 2]!, seq, seq);
  }
  await markRead(ann, { seqs: [24] });
  const { items } = await expectOk(api.getNotifications, { as: ann });
  const unread = items.flatMap(({ read, seq }) => (read ? [] : seq)).toSorted((a, b) => a - b);
  await eventually(async () => (await states(ann)).every((state) => state === "sent" || state === "read"));
  await waitForNoPush();
  const shown = browser.browser.shownSeqs;
  expect(unread.filter((seq) => !shown.includes(seq))).toEqual([]);
  await markRead(ann, {});
  await eventually(() => browser.browser.shownSeqs.length === 0);
});
