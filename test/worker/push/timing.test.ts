import { afterEach, describe, expect, test, vi } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import * as api from "../../../src/protocol/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { connectGateway } from "../../support/worker/clients/gateway-client.ts";
import { connectHub } from "../../support/worker/clients/object-sockets.ts";
import { appleOrigin, subscribeBrowser, waitForNoPush } from "../../support/worker/fakes/push-service.ts";
import { createSession, createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createNotice, createNotices, sendNotices } from "../../support/worker/fixtures/notices.ts";
import { createTokenFor } from "../../support/worker/fixtures/tokens.ts";
import {
  evictHub,
  hubRows,
  runHubAlarmAfter,
  setHubConfig,
} from "../../support/worker/objects/hub-object.ts";

afterEach(() => void vi.useRealTimers());

const channelId = newId("chn");
const notify = (as: TestUser, ...seqs: number[]) =>
  sendNotices(as.userId, channelId, ...seqs.map((seq) => createNotice(seq)));
const setClock = (instant: string) => void vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(instant) });
const states = async (as: TestUser) => (await hubRows(as.userId, "pushes")).map(({ state }) => state);
const choose = (as: TestUser, presence: string) => expectOk(api.updateUserStatus, { as, body: { presence } });
const setQuietHours = (as: TestUser, quietHours: object | null) =>
  expectOk(api.updateNotificationSettings, { as, body: { quietHours } });
const night = { start: "22:00", end: "07:00" };

/** Creates a user with this time zone, at a time, with a browser and quiet hours. */
async function userAt(instant: string, timeZone: string, quietHours: object = night) {
  setClock(instant);
  const ann = await createUser("ann");
  await expectOk(api.updateMe, { as: ann, body: { timeZone } });
  const browser = await subscribeBrowser(ann);
  await setQuietHours(ann, quietHours);
  return { ann, browser };
}

/** Sets the clock and runs the hub's alarm. */
async function runAlarmAt(as: TestUser, instant: string): Promise<void> {
  setClock(instant);
  await runHubAlarmAfter(as.userId, 0);
}

describe("[WP10] during quiet hours", () => {
  test.each([
    ["Europe/Berlin", "2027-01-12T20:59:59.000Z", "2027-01-12T21:00:00.000Z", "2027-01-13T06:00:00.000Z"],
    ["America/New_York", "2027-01-12T02:59:59.000Z", "2027-01-12T03:00:00.000Z", "2027-01-12T12:00:00.000Z"],
    // The nights in which clocks are set forward and back.
    ["Europe/Berlin", "2027-03-27T20:59:59.000Z", "2027-03-27T21:00:00.000Z", "2027-03-28T05:00:00.000Z"],
    ["Europe/Berlin", "2027-10-30T19:59:59.000Z", "2027-10-30T20:00:00.000Z", "2027-10-31T06:00:00.000Z"],
    ["America/New_York", "2027-03-14T02:59:59.000Z", "2027-03-14T03:00:00.000Z", "2027-03-14T11:00:00.000Z"],
    ["America/New_York", "2027-11-07T01:59:59.000Z", "2027-11-07T02:00:00.000Z", "2027-11-07T12:00:00.000Z"],
  ])("%s: pushed at %s, held at %s, one summary at %s", async (zone, before, start, end) => {
    const { ann, browser } = await userAt(before, zone);
    await notify(ann, 1);
    await browser.received(1);
    setClock(start);
    await notify(ann, 2, 3);
    await evictHub(ann.userId);
    await notify(ann, 4);
    const due = (await hubRows(ann.userId, "due")).find(({ key }) => key === "push");
    expect(new Date(Number(due!["at"])).toISOString()).toBe(end);
    await runAlarmAt(ann, new Date(Date.parse(end) - 1).toISOString());
    await waitForNoPush();
    expect(browser.pushes).toHaveLength(1);
    await runAlarmAt(ann, end);
    await browser.received(2);
    expect(browser.payloads()[1]).toEqual({
      type: "summary",
      userId: ann.userId,
      at: end,
      count: 3,
    });
    expect(browser.pushes[1]!.headers["Urgency"]).toBe("normal");
    await runHubAlarmAfter(ann.userId, 60_000);
    await notify(ann, 5);
    await browser.received(3);
    expect(browser.payloads()[2]).toMatchObject({ type: "notification" });
  });

  test("nothing is sent at the end if all was read", async () => {
    const { ann, browser } = await userAt("2027-01-12T23:00:00.000Z", "Europe/Berlin");
    await notify(ann, 1, 2);
    await expectOk(api.readNotifications, { as: ann, body: {} });
    await runAlarmAt(ann, "2027-01-13T06:00:00.000Z");
    await waitForNoPush();
    expect(browser.pushes).toEqual([]);
    expect((await hubRows(ann.userId, "due")).map(({ key }) => key)).not.toContain("push");
  });

  test("days of the week are those on which they begin", async () => {
    const weekdays = { ...night, days: [1, 2, 3, 4, 5] };
    // A Friday evening.
    const { ann, browser } = await userAt("2027-01-15T21:30:00.000Z", "Europe/Berlin", weekdays);
    await notify(ann, 1);
    setClock("2027-01-16T05:00:00.000Z");
    await notify(ann, 2);
    await runAlarmAt(ann, "2027-01-16T06:00:00.000Z");
    await browser.received(1);
    expect(browser.payloads()).toMatchObject([{ type: "summary", count: 2 }]);
    setClock("2027-01-16T23:00:00.000Z");
    await notify(ann, 3);
    await browser.received(2);
  });

  test("a push that waits or failed before is held too, and counted", async () => {
    setClock("2027-01-12T20:59:00.000Z");
    const ann = await createUser("ann");
    await expectOk(api.updateMe, { as: ann, body: { timeZone: "Europe/Berlin" } });
    let answer = 503;
    const browser = await subscribeBrowser(ann, () => answer);
    await setQuietHours(ann, night);
    await notify(ann, 1);
    await eventually(async () => (await hubRows(ann.userId, "push_subscriptions"))[0]!["attempts"] === 1);
    answer = 201;
    await runAlarmAt(ann, "2027-01-12T21:00:00.000Z");
    await waitForNoPush();
    expect(browser.pushes).toHaveLength(1);
    await runAlarmAt(ann, "2027-01-13T06:00:00.000Z");
    await browser.received(2);
    expect(browser.payloads()[1]).toMatchObject({ type: "summary", count: 1 });
  });

  test("a withdrawal waits for their end", async () => {
    const { ann, browser } = await userAt("2027-01-12T20:59:00.000Z", "Europe/Berlin");
    await notify(ann, 1);
    await eventually(async () => (await states(ann))[0] === "sent");
    setClock("2027-01-12T21:05:00.000Z");
    await expectOk(api.readNotifications, { as: ann, body: {} });
    await waitForNoPush();
    expect(browser.pushes).toHaveLength(1);
    await runAlarmAt(ann, "2027-01-13T06:00:00.000Z");
    await browser.received(2);
    const [pushed] = browser.payloads();
    expect(pushed).toMatchObject({ type: "notification" });
    expect(browser.payloads()[1]).toMatchObject({ type: "read", channelId });
    expect(browser.browser.shownSeqs).toEqual([]);
  });

  test("turning them off sends the summary", async () => {
    const { ann, browser } = await userAt("2027-01-12T23:00:00.000Z", "Europe/Berlin");
    await notify(ann, 1);
    await setQuietHours(ann, null);
    await browser.received(1);
    expect(browser.payloads()).toMatchObject([{ type: "summary", count: 1 }]);
  });

  test("a new time zone of the profile applies at once", async () => {
    const { ann, browser } = await userAt("2027-01-12T23:00:00.000Z", "Europe/Berlin");
    await notify(ann, 1);
    await expectOk(api.updateMe, { as: ann, body: { timeZone: "America/New_York" } });
    await browser.received(1);
    expect(browser.payloads()).toMatchObject([{ type: "summary", count: 1 }]);
    await expectOk(api.updateMe, { as: ann, body: { timeZone: "Asia/Tokyo" } });
    setClock("2027-01-12T13:30:00.000Z");
    await notify(ann, 2);
    await waitForNoPush();
    expect(browser.pushes).toHaveLength(1);
  });

  test("without a time zone they are in UTC", async () => {
    setClock("2027-01-12T22:00:00.000Z");
    const ann = await createUser("ann");
    const browser = await subscribeBrowser(ann);
    await setQuietHours(ann, night);
    await notify(ann, 1);
    await runAlarmAt(ann, "2027-01-13T06:59:59.000Z");
    expect(browser.pushes).toEqual([]);
    await runAlarmAt(ann, "2027-01-13T07:00:00.000Z");
    await browser.received(1);
  });
});

describe("[WP11] while the status is dnd", () => {
  test("nothing is sent; at its end one summary, and later ones as usual", async () => {
    const ann = await createUser("ann");
    const browser = await subscribeBrowser(ann);
    await choose(ann, "dnd");
    await notify(ann, 1, 2, 3);
    await waitForNoPush();
    await runHubAlarmAfter(ann.userId, 60_000);
    expect(browser.pushes).toEqual([]);
    await choose(ann, "auto");
    await browser.received(1);
    expect(browser.payloads()).toMatchObject([{ type: "summary", count: 3 }]);
    await notify(ann, 4);
    await browser.received(2);
    expect(browser.payloads()[1]).toMatchObject({ type: "notification", seq: 4 });
    await waitForNoPush();
    expect(browser.pushes).toHaveLength(2);
  });

  test("what waited before is held, and dnd that ends in quiet hours stays quiet", async () => {
    const { ann, browser } = await userAt("2027-01-12T23:00:00.000Z", "Europe/Berlin");
    await choose(ann, "dnd");
    await notify(ann, 1);
    await choose(ann, "auto");
    await notify(ann, 2);
    await waitForNoPush();
    expect(browser.pushes).toEqual([]);
    await runAlarmAt(ann, "2027-01-13T06:00:00.000Z");
    await browser.received(1);
    expect(browser.payloads()).toMatchObject([{ type: "summary", count: 2 }]);
  });

  test("a summary is closed once it is read, except at push services that forbid it", async () => {
    const ann = await createUser("ann");
    const [browser, apple] = [
      await subscribeBrowser(ann),
      await subscribeBrowser(ann, undefined, appleOrigin),
    ];
    await choose(ann, "dnd");
    await notify(ann, 1, 2);
    await choose(ann, "auto");
    await Promise.all([browser.received(1), apple.received(1)]);
    expect(browser.browser.summary).toBe(2);
    await expectOk(api.readNotifications, { as: ann, body: { seqs: [1] } });
    await waitForNoPush();
    expect(browser.pushes).toHaveLength(1);
    await expectOk(api.readNotifications, { as: ann, body: {} });
    await browser.received(2);
    expect(browser.payloads()[1]).toMatchObject({ type: "summary", count: 0 });
    expect(browser.pushes[1]!.headers["Topic"]).toBe(browser.pushes[0]!.headers["Topic"]);
    await waitForNoPush();
    expect(apple.pushes).toHaveLength(1);
    expect(await hubRows(ann.userId, "push_subscriptions")).toMatchObject([
      { summary_state: null },
      { summary_state: null },
    ]);
  });
});

describe("[WP8] while the user is active on a device", () => {
  test("a push waits, and is not sent if the notification is read meanwhile", async () => {
    const ann = await createUser("ann");
    const browser = await subscribeBrowser(ann);
    const socket = await connectHub(await createSession(ann));
    await notify(ann, 1, 2);
    await waitForNoPush();
    await expectOk(api.readNotifications, { as: ann, body: { seqs: [1] } });
    await runHubAlarmAfter(ann.userId, 9_000);
    await waitForNoPush();
    expect(browser.pushes).toEqual([]);
    await runHubAlarmAfter(ann.userId, 1_100);
    await browser.received(1);
    expect(browser.payloads()).toMatchObject([{ seq: 2, unreadSeqs: [2] }]);
    socket.close();
  });

  test("a push does not wait if the device is idle, or belongs to a program", async () => {
    const ann = await createUser("ann");
    const browser = await subscribeBrowser(ann);
    const socket = await connectHub(await createSession(ann));
    await socket.sendCommand("statusUpdate", { idle: true });
    const program = await connectGateway((await createTokenFor(ann)).as);
    await notify(ann, 1);
    await browser.received(1);
    await socket.sendCommand("statusUpdate", { idle: false });
    await notify(ann, 2);
    await waitForNoPush();
    expect(browser.pushes).toHaveLength(1);
    socket.close();
    program.close();
  });

  test("a push does not wait with pushWhenActive", async () => {
    const ann = await createUser("ann");
    const browser = await subscribeBrowser(ann);
    const socket = await connectHub(await createSession(ann));
    await expectOk(api.updateNotificationSettings, { as: ann, body: { pushWhenActive: true } });
    await notify(ann, 1);
    await browser.received(1);
    socket.close();
  });

  test("a notification that is read before it is sent is dropped without a device, too", async () => {
    const ann = await createUser("ann");
    const browser = await subscribeBrowser(ann, () => 503);
    await notify(ann, 1, 2);
    await eventually(async () => (await hubRows(ann.userId, "push_subscriptions"))[0]!["attempts"] === 1);
    await expectOk(api.readNotifications, { as: ann, body: {} });
    expect(await states(ann)).toEqual([]);
    await runHubAlarmAfter(ann.userId, 60_000);
    await waitForNoPush();
    expect(browser.pushes).toHaveLength(1);
  });
});

describe("[WP12] bounds", () => {
  test("more than 50 pushes that wait become one summary", async () => {
    const ann = await createUser("ann");
    const browser = await subscribeBrowser(ann);
    const socket = await connectHub(await createSession(ann));
    await sendNotices(ann.userId, channelId, ...createNotices(1, 50));
    expect(await states(ann)).toHaveLength(50);
    await notify(ann, 51, 52);
    expect(await states(ann)).toHaveLength(1);
    await runHubAlarmAfter(ann.userId, 10_100);
    await browser.received(2);
    expect(browser.payloads()).toMatchObject([
      { type: "notification", seq: 52 },
      { type: "summary", count: 51 },
    ]);
    await waitForNoPush();
    expect(browser.pushes).toHaveLength(2);
    socket.close();
  });

  test("requests of one user an hour are limited; what waits is sent later", async () => {
    const ann = await createUser("ann");
    await setHubConfig(ann.userId, { USER_PUSHES_PER_HOUR: 4 });
    const browser = await subscribeBrowser(ann);
    await notify(ann, 1, 2, 3);
    await browser.received(2);
    await waitForNoPush();
    expect(browser.pushes).toHaveLength(2);
    await runHubAlarmAfter(ann.userId, 31 * 60_000);
    await browser.received(3);
    await waitForNoPush();
    expect(browser.pushes).toHaveLength(3);
  });

  test("a browser is remembered to show at most 100 notifications", async () => {
    const ann = await createUser("ann");
    const browser = await subscribeBrowser(ann);
    for (let first = 1; first <= 101; first += 25) {
      await sendNotices(ann.userId, channelId, ...createNotices(first, 25));
      await browser.received(first + 24);
    }
    await eventually(async () => (await states(ann)).length === 100);
    const last = browser.payloads().at(-1)!;
    expect(last).toMatchObject({ unreadSeqs: Array.from({ length: 20 }, (_, at) => 106 + at) });
    expect(browser.pushes.at(-1)!.text).toHaveLength(1_024);
  });

  test("a push that could not be sent for a day is dropped", async () => {
    const ann = await createUser("ann");
    let answer = 503;
    const browser = await subscribeBrowser(ann, () => answer);
    await notify(ann, 1);
    await eventually(async () => (await hubRows(ann.userId, "push_subscriptions"))[0]!["attempts"] === 1);
    answer = 201;
    await runHubAlarmAfter(ann.userId, 24 * 3_600_000 + 10_000);
    await waitForNoPush();
    expect(browser.pushes).toHaveLength(1);
    expect(await states(ann)).toEqual([]);
  });
});

describe("[WP10] notification settings", () => {
  const defaults = { quietHours: null, pushWhenActive: false };
  const get = (as: TestUser) => expectOk(api.getNotificationSettings, { as });

  test("have defaults; a change keeps what it does not name", async () => {
    const ann = await createUser("ann");
    expect(await get(ann)).toEqual(defaults);
    const quietHours = { ...night, days: [0, 6] };
    expect(await setQuietHours(ann, quietHours)).toEqual({ ...defaults, quietHours });
    const body = { pushWhenActive: true };
    expect(await expectOk(api.updateNotificationSettings, { as: ann, body })).toEqual({
      quietHours,
      pushWhenActive: true,
    });
    await evictHub(ann.userId);
    expect(await get(await createSession(ann))).toEqual({ quietHours, pushWhenActive: true });
    expect(await setQuietHours(ann, null)).toEqual({ quietHours: null, pushWhenActive: true });
    expect(await get(await createUser("bob"))).toEqual(defaults);
  });

  test.each([
    ["quietHours.start", { ...night, start: "24:00" }],
    ["quietHours.start", { ...night, start: "7:00" }],
    ["quietHours.end", { ...night, end: "07:60" }],
    ["quietHours.end", { start: "22:00" }],
    ["quietHours.days", { ...night, days: [] }],
    ["quietHours.days.0", { ...night, days: [7] }],
    ["quietHours.days.0", { ...night, days: [1.5] }],
    ["quietHours.days", { ...night, days: [1, 1] }],
    ["quietHours", { ...night, timeZone: "Europe/Berlin" }],
    ["quietHours", "22:00-07:00"],
  ])("[ER2] reject the field %s: %j", async (path, quietHours) => {
    const ann = await createUser("ann");
    const problem = await expectRejected(api.updateNotificationSettings, { as: ann, body: { quietHours } });
    expect(problem).toMatchObject({ code: "validation_failed", issues: [{ path }] });
    expect(await hubRows(ann.userId, "notification_settings")).toEqual([]);
  });
});
