import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  addMember,
  createChannel,
  createClient,
  createMessage,
  getPresence,
  getUnreads,
  joinChannel,
  markRead,
  type ParleyClient,
  type LogPosition,
} from "../../src/client/index.ts";
import { Device } from "./support/test-device.ts";
import { until } from "./support/wait-until.ts";
import { type Person, Workerd } from "./support/workerd-server.ts";

/** The rule requires 1 s, which the Worker's tests check; here the machine may be busy. */
const toldWithinSeconds = 2;

/** Subscriptions of one socket: few, so that a test needs few channels. */
const channelsOfSocket = 3;

let server: Workerd;
let channelId: string;
let ann: Person;
let bob: Person;
/** Two tabs of one browser share a session; the phone has its own session, without a channel. */
let browser: ParleyClient;
let tab: Device;
let otherTab: Device;
let phone: Device;
let bobs: Device;

beforeAll(async () => {
  server = await Workerd.start({ GATEWAY_CHANNELS: String(channelsOfSocket) });
  [ann, bob] = (await server.people("ann", "bob")) as [Person, Person];
  const clientOf = ({ tokens }: Person): ParleyClient => createClient({ url: server.url, tokens });
  browser = clientOf(ann);
  channelId = (await browser.call(createChannel, { body: { name: "devices" } })).id;
  const bobsClient = clientOf(bob);
  await bobsClient.call(joinChannel, { params: { channelId } });
  phone = await Device.on(clientOf(await server.another(ann)));
  tab = await Device.on(browser, channelId);
  otherTab = await Device.on(browser, channelId);
  bobs = await Device.on(bobsClient, channelId);
  // For some 200 ms after joining a client receives additional signals.
  await until("Bob to be there", () => [tab, otherTab].every(({ presenceTold }) => presenceTold.length > 0));
});
afterAll(async () => {
  for (const device of [tab, otherTab, phone, bobs]) device?.close();
  await server?.remove();
});

const watching = (): Device[] => [tab, otherTab, bobs];

/** Waits until all devices, and REST for two users, agree on a user's presence and custom status. */
async function allSee({ userId }: Person, presence: string, custom?: string): Promise<void> {
  const wanted = `${presence} ${custom}`;
  let seen: string[] = [];
  const look = async (): Promise<boolean> => {
    const overRest = await Promise.all(
      [phone, bobs].map(({ client }) => client.call(getPresence, { query: { userIds: userId } })),
    );
    seen = [...watching().map((device) => device.sees(userId)), ...overRest.map(({ items }) => items[0])].map(
      (status) => `${status?.presence} ${status?.custom?.text}`,
    );
    return seen.every((one) => one === wanted);
  };
  await until(wanted, look, toldWithinSeconds).catch(() => expect(seen).toEqual(seen.map(() => wanted)));
}

function forgetPresence(): void {
  for (const { presenceTold } of watching()) presenceTold.length = 0;
}

/** Signals since `forgetPresence`. */
const told = (): string[][] => watching().map(({ presenceTold }) => presenceTold);

async function post(device: Device, content: string) {
  const { message } = await device.room.send("messageCreate", { content });
  return message;
}

async function unreadsOf({ client }: Device) {
  const { items } = await client.call(getUnreads);
  const { unread, mentions, lastReadSeq } = items.find((item) => item.channelId === channelId)!;
  return { unread, mentions, lastReadSeq };
}

test("[PS1] [PS6] only a user's first device is announced, once; all agree", async () => {
  await allSee(ann, "online");
  await allSee(bob, "online");
  expect(watching().map(({ presentCount }) => presentCount)).toEqual([2, 2, 2]);
  expect(told()).toEqual([[`userOnline ${bob.userId}`], [`userOnline ${bob.userId}`], []]);
});

test("[TY1] typing is sent to others, not to one's other tab, and ends in time", async () => {
  tab.room.typing();
  await until("Ann's typing", () => bobs.typing.includes(ann.userId), toldWithinSeconds);
  // A room sends signals in order: Ann's typing would have arrived before Bob's.
  bobs.room.typing();
  await until(
    "Bob's typing",
    () => [tab, otherTab].every(({ typing }) => typing.length > 0),
    toldWithinSeconds,
  );
  expect([tab.typing, otherTab.typing, bobs.typing]).toEqual([[bob.userId], [bob.userId], [ann.userId]]);

  await post(tab, "hello");
  await until("the end of Ann's", () => bobs.typing.length === 0, toldWithinSeconds);
  expect(otherTab.typing).toEqual([bob.userId]);
  await until("the end of Bob's", () => watching().every(({ typing }) => typing.length === 0), 7);
});

test("[OE2] [RS3] [RS4] a read updates the user's other devices and REST, not others", async () => {
  const [first, , last] = [await post(bobs, "one"), await post(bobs, "two"), await post(bobs, "@ann three")];
  await until("three unread", async () => (await unreadsOf(phone)).unread === 3, toldWithinSeconds);
  expect(await unreadsOf(otherTab)).toMatchObject({ unread: 3, mentions: 1 });

  await tab.room.send("read", { seq: last.seq });
  const hear = (seq: number): Promise<void> =>
    until(
      `${seq} as read on all of Ann's`,
      () => [tab, otherTab, phone].every(({ readTold }) => readTold.at(-1) === seq),
      toldWithinSeconds,
    );
  await hear(last.seq);
  for (const device of [otherTab, phone])
    expect(await unreadsOf(device)).toEqual({ unread: 0, mentions: 0, lastReadSeq: last.seq });

  await phone.client.call(markRead, { params: { channelId }, body: { seq: first.seq } });
  await hear(first.seq);
  expect(await unreadsOf(tab)).toEqual({ unread: 2, mentions: 1, lastReadSeq: first.seq });
  expect(bobs.readTold).toEqual([]);
});

test("[PS4] a user is away once every device is idle; dnd and custom status expire", async () => {
  forgetPresence();
  for (const { realtime } of [tab, phone, otherTab]) await realtime.setStatus({ idle: true });
  await allSee(ann, "away");
  await phone.realtime.setStatus({ idle: false });
  await allSee(ann, "online");
  await phone.realtime.setStatus({ presence: "dnd" });
  await allSee(ann, "dnd");
  await otherTab.realtime.setStatus({ presence: "auto" });
  await allSee(ann, "online");
  // No signal for each idle device: the first one is sent when all are idle.
  const changes = ["away", "online", "dnd", "online"].map((to) => `statusUpdate ${ann.userId} ${to}`);
  expect(told()).toEqual([changes, changes, changes]);
  for (const { realtime } of [tab, otherTab]) await realtime.setStatus({ idle: false });

  const expiresAt = new Date(Date.now() + 2_000).toISOString();
  await tab.realtime.setStatus({ custom: { emoji: "☕", text: "a moment", expiresAt } });
  await allSee(ann, "online", "a moment");
  await until("its end", () => bobs.sees(ann.userId)?.custom === null, 5);
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt));
  await allSee(ann, "online");
});

test("[PS3] an invisible user is offline, types unseen and gets no @here", async () => {
  const called = await post(bobs, "@here while she is seen");
  await until("the call", () => phone.notifiedOf.at(-1) === called.id, toldWithinSeconds);

  await phone.realtime.setStatus({ presence: "invisible" });
  await allSee(ann, "offline");
  expect(watching().map(({ presentCount }) => presentCount)).toEqual([1, 1, 1]);

  const typed: string[] = [];
  bobs.room.on("typing", ({ data }) => typed.push(data.userId));
  tab.room.typing();
  // Sent after the typing on the same socket: once it is answered, the room has processed the typing.
  await post(tab, "a word of the invisible");
  await post(bobs, "@here while she is not");
  const byName = await post(bobs, "@ann by name");
  const anns = [tab, otherTab, phone];
  await until(
    "the mention on each device",
    () => anns.every(({ notifiedOf }) => notifiedOf.at(-1) === byName.id),
    toldWithinSeconds,
  );
  for (const { notifiedOf } of anns) expect(notifiedOf.slice(-2)).toEqual([called.id, byName.id]);

  await phone.realtime.setStatus({ presence: "auto" });
  await allSee(ann, "online");
  expect(typed).toEqual([]);
});

test("[PS1] [PS2] a reload is not announced; leaving for good is, once, after 5 s", async () => {
  forgetPresence();
  phone.close();
  otherTab.close();
  tab.close();
  await sleep(1_500);
  tab = await Device.on(browser, channelId);
  // Until after the grace period, at whose end a disconnect would have been announced.
  await sleep(4_500);
  expect(bobs.sees(ann.userId)?.presence).toBe("online");
  expect(bobs.presenceTold).toEqual([]);

  const leftAt = performance.now();
  tab.close();
  await until("Ann to be gone", () => bobs.presenceTold.length > 0, 8);
  expect(performance.now() - leftAt).toBeGreaterThan(4_900);
  otherTab = await Device.on(browser, channelId);
  tab = await Device.on(browser, channelId);
  await allSee(ann, "online");
  expect(bobs.presenceTold).toEqual([`userOffline ${ann.userId}`, `userOnline ${ann.userId}`]);
});

test("[CL11] [CL12] a bot with more channels than a socket resumes and joins all", async () => {
  const [owner, robot] = (await server.people("owner", "robot")) as [Person, Person];
  const { call } = createClient({ url: server.url, tokens: owner.tokens });
  const bot = createClient({ url: server.url, tokens: robot.tokens });
  const post = (id: string, content: string) =>
    call(createMessage, { params: { channelId: id }, body: { content } });
  const channelWithBot = async (name: string): Promise<string> => {
    const { id } = await call(createChannel, { body: { name, isPrivate: true } });
    await post(id, "before the bot");
    await call(addMember, { params: { channelId: id }, body: { userId: robot.userId } });
    return id;
  };
  const run = async (places?: Record<string, LogPosition>) => {
    const seen: string[] = [];
    const realtime = bot.connect({ unreadsEveryMs: 0 });
    const all = realtime.subscribeAll(places && { places });
    all.on("messageCreate", ({ data }) => seen.push(data.message.content));
    await all.live();
    return { realtime, all, seen };
  };

  const ids: string[] = [];
  for (let index = 0; index < 2 * channelsOfSocket + 1; index++)
    ids.push(await channelWithBot(`robot ${index}`));
  const first = await run();
  expect(first.all.rooms.size).toBe(ids.length);
  for (const id of ids) await post(id, `live ${id}`);
  await until("every message", () => first.seen.length === ids.length);
  ids.push(await channelWithBot("robot joins"));
  await post(ids.at(-1)!, "welcome");
  await until("the channel that it was added to", () => first.seen.includes("welcome"));
  const places = JSON.parse(JSON.stringify(first.all.places)) as Record<string, LogPosition>;
  first.realtime.close();

  for (const id of ids) await post(id, `missed ${id}`);
  const late = await channelWithBot("robot was down");
  await post(late, "welcome back");
  const second = await run(places);
  const missed = [...ids.map((id) => `missed ${id}`), "welcome back"];
  await until("what was missed", () => second.seen.length >= missed.length);
  expect(second.seen.toSorted()).toEqual(missed.toSorted());
  second.realtime.close();
});
