import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  type ChannelSnapshot,
  deleteMessage,
  getPushSubscriptions,
  getWebPush,
  type Message,
  readNotifications,
  updateUserStatus,
} from "../../src/client/index.ts";
import { chromiumPath } from "../e2e/support/chromium-path.ts";
import { type ReceivedPush, verifyVapid } from "../support/push-browser.ts";
import { createChannelWith, post } from "./support/channel.ts";
import { PushDevice, pushVars, subscribedKey } from "./support/push-device.ts";
import { messagesOf, type Person, WebApp } from "./support/web-app.ts";

describe.skipIf(!chromiumPath)("pushes to the service worker", () => {
  let app: WebApp;
  let ann: Person;
  let bob: Person;
  let channel: ChannelSnapshot;
  let device: PushDevice;

  beforeAll(async () => {
    app = await WebApp.start(pushVars, { hasServiceWorker: true });
    ann = await app.createPerson("Ann");
    bob = await app.createPerson("Bob");
    channel = await createChannelWith(ann, [bob]);
    device = await PushDevice.open(app, ann);
  });
  afterEach(() => app.expectNoProblems());
  afterAll(async () => {
    await device?.close();
    await app?.stop();
  });

  const textOf = (text: string): string => `@${ann.me.username} ${text}`;
  const mention = (text: string) => post(bob, channel.id, textOf(text));
  const shown = (text: string, unread = 1) => ({
    title: `Bob in #${channel.name}${unread > 1 ? ` (${unread} new)` : ""}`,
    body: textOf(text),
    tag: channel.id,
  });
  /** Mentions Ann, and delivers the push. */
  async function mentionAndPush(text: string): Promise<Message & { push: ReceivedPush }> {
    const message = await mention(text);
    return { ...message, push: await device.deliverUntil({ messageId: message.id }) };
  }
  /** Marks all as read on another device, and delivers the push that withdraws the notifications. */
  async function readElsewhere(): Promise<void> {
    await ann.client.call(readNotifications, { body: {} });
    await device.deliverUntil({ type: "read", channelId: channel.id });
  }

  test("are turned on in the settings, encrypted and signed, and shown with their text", async () => {
    await device.turnOn();
    const { publicKey } = await ann.client.call(getWebPush);
    expect(await subscribedKey(device.page)).toBe(publicKey);
    const { items } = await ann.client.call(getPushSubscriptions);
    expect(items).toMatchObject([{ host: new URL(device.service.origin).host }]);
    await device.focus(undefined);
    const { push } = await mentionAndPush("shall we start?");
    const authorization = push.headers["authorization"] ?? "";
    const proof = await verifyVapid(authorization, device.service.origin, new Date());
    expect(proof).toMatchObject({ publicKey, claims: { sub: "mailto:admin@example.com" } });
    expect(push.payload).toMatchObject({ type: "notification", kind: "mention", channelId: channel.id });
    expect(push.text).not.toContain("start");
    await device.expectShown([shown("shall we start?")]);
    await readElsewhere();
    await device.expectShown([]);
  });

  test("show nothing while a page of Parley has the focus", async () => {
    await device.focus(device.page);
    await mentionAndPush("in sight");
    await device.focus(undefined);
    await mentionAndPush("out of sight");
    // Pushes are handled in order, so that the first one was handled before the second one is shown.
    await device.expectShown([shown("out of sight", 2)]);
    await readElsewhere();
    await device.expectShown([]);
  });

  test("a page of the origin that is not the application does not count as one", async () => {
    const other = await app.openTab(device.context, "/v1/health");
    await device.focus(other);
    const { seq } = await mentionAndPush("beside a file");
    await device.expectShown([shown("beside a file")]);
    // A click shows the message in the page of the application.
    await device.click();
    await messagesOf(device.page).getByText("beside a file").waitFor();
    expect(new URL(device.page.url()).pathname).toBe(`/c/${channel.id}/${seq}`);
    expect(await device.openedPaths()).toEqual([]);
    await device.expectShown([]);
    await other.close();
  });

  test("without an open page: shown, replaced, withdrawn, opened by a click", async () => {
    await device.page.close();
    await device.focus(undefined);
    await ann.client.call(readNotifications, { body: {} });
    await mentionAndPush("one");
    await device.expectShown([shown("one")]);
    await mentionAndPush("two");
    await device.expectShown([shown("two", 2)]);
    await readElsewhere();
    await device.expectShown([]);
    const { seq } = await mentionAndPush("three");
    await device.expectShown([shown("three")]);
    await device.click();
    await device.expectShown([]);
    expect(await device.openedPaths()).toEqual([`/c/${channel.id}/${seq}`]);
    await readElsewhere();
  });

  test("a message that was deleted before its push arrives shows nothing", async () => {
    const { id } = await mention("a mistake");
    const push = await device.nextPush();
    expect(push.payload).toMatchObject({ messageId: id });
    await bob.client.call(deleteMessage, { params: { channelId: channel.id, messageId: id } });
    await device.deliver(push);
    await device.deliverUntil({ type: "read" });
    await mentionAndPush("meant so");
    await device.expectShown([shown("meant so")]);
    await readElsewhere();
    await device.expectShown([]);
  });

  test("a push closes what was read before it, also if it shows nothing itself", async () => {
    await mentionAndPush("read elsewhere");
    await device.expectShown([shown("read elsewhere")]);
    await ann.client.call(readNotifications, { body: {} });
    const withdrawal = await device.nextPush();
    expect(withdrawal.payload.type).toBe("read");
    const { id } = await mention("another mistake");
    const push = await device.nextPush();
    expect(push.payload).toMatchObject({ messageId: id });
    await bob.client.call(deleteMessage, { params: { channelId: channel.id, messageId: id } });
    // A push service keeps only the last push of a channel for a browser that was offline.
    await device.deliver(push);
    await device.expectShown([]);
    await device.deliverUntil({ type: "read" });
  });

  test("what arrived during dnd is one summary, which closes when all is read", async () => {
    await ann.client.call(updateUserStatus, { body: { presence: "dnd" } });
    await mention("quiet one");
    await mention("quiet two");
    await ann.client.call(updateUserStatus, { body: { presence: "auto" } });
    await device.deliverUntil({ type: "summary", count: 2 });
    await device.expectShown([{ title: "Parley", body: "2 unread notifications", tag: "summary" }]);
    await ann.client.call(readNotifications, { body: {} });
    await device.deliverUntil({ type: "summary", count: 0 });
    await device.expectShown([]);
  });

  test("a server that does not respond delays a notification without its text by seconds", async () => {
    const { id } = await mention("in a tunnel");
    const push = await device.nextPush();
    expect(push.payload).toMatchObject({ messageId: id });
    app.network.makeSilent();
    const startMs = performance.now();
    await device.deliver(push);
    await device.expectShown([{ title: "Parley", body: "New message" }]);
    expect(performance.now() - startMs).toBeLessThan(12_000);
    app.network.stabilize();
  });
});
