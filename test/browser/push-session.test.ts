import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  type ChannelSnapshot,
  endAllSessions,
  getPushSubscriptions,
  readNotifications,
} from "../../src/client/index.ts";
import { chromiumPath } from "../e2e/support/chromium-path.ts";
import { createChannelWith, post } from "./support/channel.ts";
import { PushDevice, pushVars, subscribedKey } from "./support/push-device.ts";
import { logInAs, password, type Person, WebApp } from "./support/web-app.ts";

describe.skipIf(!chromiumPath)("the push subscription of a session", () => {
  let app: WebApp;
  let bob: Person;

  beforeAll(async () => {
    app = await WebApp.start(pushVars, { hasServiceWorker: true });
    bob = await app.createPerson("Bob");
  });
  afterEach(() => app.expectNoProblems());
  afterAll(() => app?.stop());

  interface Scene {
    ann: Person;
    channel: ChannelSnapshot;
    device: PushDevice;
    mention: (text: string) => Promise<unknown>;
  }

  /** Creates a user whose browser has notifications turned on, and no focus. */
  async function open(name: string): Promise<Scene> {
    const ann = await app.createPerson(name);
    const channel = await createChannelWith(ann, [bob]);
    const device = await PushDevice.open(app, ann);
    await device.turnOn();
    await device.focus(undefined);
    return { ann, channel, device, mention: (text) => post(bob, channel.id, `@${ann.me.username} ${text}`) };
  }

  const subscriptionsOf = async ({ client }: Person) => (await client.call(getPushSubscriptions)).items;

  test("ends when notifications are turned off, and continues when they are turned on", async () => {
    const { ann, device, mention } = await open("Ann");
    expect(await subscriptionsOf(ann)).toHaveLength(1);
    await device.focus(device.page);
    await device.page.getByRole("button", { name: "Turn off" }).click();
    await device.page.getByText("They are off.").waitFor();
    expect(await subscriptionsOf(ann)).toEqual([]);
    expect(await subscribedKey(device.page)).toBeNull();
    await mention("unseen");
    await device.page.reload();
    await device.page.getByText("They are off.").waitFor();
    expect(await subscriptionsOf(ann)).toEqual([]);
    expect(device.service.pushes).toEqual([]);
    await device.turnOn();
    await device.focus(undefined);
    await mention("seen");
    await device.deliverUntil({ type: "notification" });
    await device.expectShown([{ body: `@${ann.me.username} seen` }]);
    await device.close();
  });

  test("ends with a logout, which leaves no text in the browser", async () => {
    const { ann, channel, device, mention } = await open("Anna");
    await mention("before the logout");
    await device.deliverUntil({ type: "notification" });
    await device.expectShown([{ body: `@${ann.me.username} before the logout` }]);
    await mention("on its way");
    const late = await device.nextPush();
    await device.page.getByRole("button", { name: "Log out" }).click();
    await device.page.getByLabel(/username/i).waitFor();
    expect(await subscriptionsOf(ann)).toEqual([]);
    await expect.poll(() => subscribedKey(device.page)).toBeNull();
    await device.expectShown([]);
    // The click on the button has given the page the focus.
    await device.focus(undefined);
    await device.deliver(late);
    await device.expectShown([{ body: "New message", tag: channel.id }]);
    // The next user of the browser has chosen nothing.
    const other = await app.createPerson("Other");
    await logInAs(device.page, other);
    await device.page.goto(`${app.url}/settings/notifications`);
    await device.page.getByText("They are off.").waitFor();
    expect(await subscriptionsOf(other)).toEqual([]);
    await device.close();
  });

  test("shows no text after the session ended elsewhere, and is renewed at the login", async () => {
    const { ann, device, mention } = await open("Anne");
    await mention("before the end");
    await device.deliverUntil({ type: "notification" });
    await device.expectShown([{ body: `@${ann.me.username} before the end` }]);
    await mention("on its way");
    const late = await device.nextPush();
    await ann.client.call(endAllSessions);
    await device.page.getByLabel(/username/i).waitFor();
    await device.expectShown([]);
    await device.deliver(late);
    await device.expectShown([{ body: "New message" }]);
    await logInAs(device.page, ann);
    await ann.client.login({ login: ann.me.username, password });
    await expect.poll(() => subscriptionsOf(ann)).toHaveLength(1);
    await ann.client.call(readNotifications, { body: {} });
    await device.focus(undefined);
    await mention("after the login");
    await device.deliverUntil({ type: "notification" });
    await device.expectShown([{ body: `@${ann.me.username} after the login` }]);
    await device.close();
  });

  test("is renewed by the worker when the browser replaces it", async () => {
    const { ann, device, mention } = await open("Annika");
    await device.page.close();
    device.service.answer = (path) => (path === "/renewed" ? 201 : 410);
    await device.replaceSubscription("/renewed");
    await expect.poll(() => subscriptionsOf(ann)).toHaveLength(2);
    await mention("to the new one");
    await expect.poll(() => device.service.paths.toSorted()).toEqual(["/device", "/renewed"]);
    await device.deliverUntil({ type: "notification" });
    await device.expectShown([{ body: `@${ann.me.username} to the new one` }]);
    // The server has removed the one that the push service does not know any more.
    await expect.poll(() => subscriptionsOf(ann)).toHaveLength(1);
    await device.close();
  });

  test("is ended by the next user of the browser, who has not turned notifications on", async () => {
    const { ann, device } = await open("Anja");
    await ann.client.call(endAllSessions);
    await device.page.getByLabel(/username/i).waitFor();
    const next = await app.createPerson("Next");
    await logInAs(device.page, next);
    await expect.poll(() => subscribedKey(device.page)).toBeNull();
    expect(await subscriptionsOf(next)).toEqual([]);
    await device.close();
  });
});
