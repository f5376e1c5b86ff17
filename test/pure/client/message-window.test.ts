import { beforeEach, describe, expect, test } from "vitest";
import { randomInteger, randomItem, seededRandom } from "../../../scripts/support/seeded-random.ts";
import { ParleyError } from "../../../src/client/index.ts";
import { MessageWindow, type MessageWindowOptions } from "../../../src/client/message-window.ts";
import { FakeChannel, rootId } from "./fake-channel.ts";
import { at, message } from "./message-fixture.ts";

let channel: FakeChannel;
beforeEach(() => {
  channel = new FakeChannel();
});

const openWindow = (options: MessageWindowOptions = {}) =>
  new MessageWindow(channel.room, channel.call, { userId: "me", pageSize: 4, maxMessages: 10, ...options });

const seqsOf = ({ messages }: MessageWindow): number[] => messages.map(({ seq }) => seq);
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Checks that the window's content is a part of the channel without a hole, and complete where it says so. */
function expectContiguous(window: MessageWindow): void {
  const shown = seqsOf(window);
  const all = channel.messages.map(({ seq }) => seq);
  const [first = 0] = shown;
  const last = shown.at(-1) ?? 0;
  expect(shown).toEqual(all.filter((seq) => seq >= first && seq <= last));
  if (!window.hasBefore) expect(first).toBe(all[0] ?? 0);
  if (!window.hasAfter) expect(last).toBe(all.at(-1) ?? 0);
}

describe("opening", () => {
  test("at the end, and around a message", async () => {
    channel.write(20);
    const window = openWindow();
    await window.open("end");
    expect(seqsOf(window)).toEqual(range(17, 20));
    expect([window.hasBefore, window.hasAfter]).toEqual([true, false]);
    await window.open({ around: 8 });
    expect(seqsOf(window)).toEqual(range(6, 9));
    expect([window.hasBefore, window.hasAfter]).toEqual([true, true]);
  });

  test("events during the request are applied to its response", async () => {
    channel.write(6);
    channel.isHeld = true;
    const window = openWindow();
    const opening = window.open("end");
    channel.write(2);
    channel.edit(5);
    await channel.answer();
    await opening;
    expect(seqsOf(window)).toEqual(range(3, 8));
    expect(window.messages.find(({ seq }) => seq === 5)?.content).toBe("edited");
  });

  test("a response that lags behind earlier events is completed by them", async () => {
    channel.write(6);
    const window = openWindow();
    channel.write(3);
    channel.lag = 3;
    await window.open("end");
    expect(seqsOf(window)).toEqual(range(3, 9));
    expectContiguous(window);
  });

  test("events from before the page, of a room that catches up, add nothing", async () => {
    channel.write(20, { emits: false });
    const window = openWindow();
    await window.open("end");
    channel.emit("messageCreate", 7, { message: message(7) });
    expect(seqsOf(window)).toEqual(range(17, 20));
    channel.emit("messageUpdate", 20, { message: message(18, { rev: 20, content: "late" }) });
    expect(window.messages[1]?.content).toBe("late");
  });

  test("the response of an earlier opening is dropped", async () => {
    channel.write(20);
    channel.isHeld = true;
    const window = openWindow();
    const opening = [window.open({ around: 5 }), window.open("end")];
    await channel.answer(1);
    await channel.answer(0);
    await Promise.all(opening);
    expect(seqsOf(window)).toEqual(range(17, 20));
  });

  test("a failure leaves the content, and a later opening works", async () => {
    channel.write(6);
    const window = openWindow();
    await window.open("end");
    channel.nextError = new ParleyError({ code: "unavailable", status: 0, detail: "" });
    await expect(window.open({ around: 2 })).rejects.toThrow(ParleyError);
    expect(seqsOf(window)).toEqual(range(3, 6));
    channel.write(1);
    expect(seqsOf(window)).toEqual(range(3, 7));
    await window.open({ around: 2 });
    expect(seqsOf(window)).toEqual(range(1, 4));
  });

  test("stored messages are shown until then, and change with events", async () => {
    channel.write(6);
    const window = openWindow();
    window.restore(channel.messages.slice(0, 2));
    expect([seqsOf(window), window.isOpen]).toEqual([[1, 2], false]);
    channel.edit(2);
    channel.write(1);
    expect(window.messages[1]?.content).toBe("edited");
    expect(seqsOf(window)).toEqual([1, 2]);
    await window.open("end");
    expect(seqsOf(window)).toEqual([4, 5, 6, 8]);
    window.restore([]);
    expect(seqsOf(window)).toEqual([4, 5, 6, 8]);
  });
});

describe("growing", () => {
  test("at both ends", async () => {
    channel.write(12);
    const window = openWindow({ maxMessages: 100 });
    await window.open({ around: 6 });
    expect(seqsOf(window)).toEqual(range(4, 7));
    await window.loadBefore();
    expect([seqsOf(window), window.hasBefore]).toEqual([range(1, 7), false]);
    await window.loadAfter();
    await window.loadAfter();
    expect([seqsOf(window), window.hasAfter]).toEqual([range(1, 12), false]);
    await window.loadBefore();
    await window.loadAfter();
    expect(channel.requests).toHaveLength(4);
  });

  test("nothing is added while later messages are not loaded", async () => {
    channel.write(12);
    const window = openWindow();
    await window.open({ around: 4 });
    channel.write(1);
    channel.edit(4);
    expect(seqsOf(window)).toEqual(range(2, 5));
    expect(window.messages[2]?.content).toBe("edited");
    window.put(message(15));
    expect(seqsOf(window)).toEqual(range(2, 5));
  });

  test("events during the last page after it are added", async () => {
    channel.write(6);
    const window = openWindow();
    await window.open({ around: 3 });
    channel.isHeld = true;
    const loading = window.loadAfter();
    channel.write(2);
    await channel.answer();
    await loading;
    expect(seqsOf(window)).toEqual(range(1, 8));
    expectContiguous(window);
  });

  test("one page at a time", async () => {
    channel.write(20);
    const window = openWindow();
    await window.open({ around: 10 });
    channel.isHeld = true;
    const loading = [window.loadBefore(), window.loadBefore(), window.loadAfter()];
    await channel.answer();
    await Promise.all(loading);
    expect(channel.requests).toEqual(["around 10", "before 8"]);
  });

  test("a failure can be repeated", async () => {
    channel.write(20);
    const window = openWindow();
    await window.open("end");
    channel.nextError = new ParleyError({ code: "unavailable", status: 0, detail: "" });
    await expect(window.loadBefore()).rejects.toThrow(ParleyError);
    await window.loadBefore();
    expect(seqsOf(window)).toEqual(range(13, 20));
  });

  test("a page of earlier content is dropped", async () => {
    channel.write(40);
    const window = openWindow();
    await window.open({ around: 10 });
    channel.isHeld = true;
    const before = window.loadBefore();
    const opening = window.open("end");
    const after = window.loadAfter();
    await channel.answer(1);
    await opening;
    expect(seqsOf(window)).toEqual(range(37, 40));
    await channel.answer();
    await Promise.all([before, after]);
    expect(seqsOf(window)).toEqual(range(37, 40));
    expectContiguous(window);
  });

  test("a page requested while another place is opened does not join it", async () => {
    channel.write(40);
    const window = openWindow();
    await window.open({ around: 10 });
    channel.isHeld = true;
    const opening = window.open("end");
    const growing = window.loadAfter();
    await channel.answer(0);
    await channel.answer(0);
    await Promise.all([opening, growing]);
    expect(seqsOf(window)).toEqual(range(37, 40));
    channel.isHeld = false;
    await window.loadBefore();
    expect(seqsOf(window)).toEqual(range(33, 40));
  });
});

describe("trimming", () => {
  test("keeps the latest messages while they are shown", async () => {
    channel.write(8);
    const window = openWindow();
    await window.open("end");
    channel.write(8);
    expect([seqsOf(window), window.hasBefore]).toEqual([range(7, 16), true]);
    await window.loadBefore();
    expectContiguous(window);
  });

  test("keeps the earliest messages while those are shown", async () => {
    channel.write(12);
    const window = openWindow();
    await window.open("end");
    await window.loadBefore();
    await window.loadBefore();
    expect([seqsOf(window), window.keep, window.hasAfter]).toEqual([range(1, 10), "start", true]);
    channel.write(1);
    expect(seqsOf(window)).toEqual(range(1, 10));
    await window.loadAfter();
    expect([seqsOf(window), window.keep, window.hasAfter]).toEqual([range(4, 13), "end", false]);
    channel.write(1);
    expect(seqsOf(window)).toEqual(range(5, 14));
    expectContiguous(window);
  });

  test("a new message that the full window drops makes it incomplete at its end", async () => {
    channel.write(10);
    const window = openWindow({ pageSize: 10 });
    await window.open("end");
    window.keep = "start";
    channel.write(1);
    expect([seqsOf(window), window.hasAfter]).toEqual([range(1, 10), true]);
  });

  test("messages that arrive during the page before them leave no hole", async () => {
    channel.write(20);
    const window = openWindow({ pageSize: 10 });
    await window.open("end");
    channel.isHeld = true;
    const loading = window.loadBefore();
    channel.write(3);
    await channel.answer();
    await loading;
    expectContiguous(window);
    expect(seqsOf(window)).toEqual(range(1, 10));
  });
});

describe("messages of responses", () => {
  test("are shown before their event, once", async () => {
    channel.write(2);
    const window = openWindow();
    await window.open("end");
    window.put(message(3));
    expect(seqsOf(window)).toEqual([1, 2, 3]);
    channel.write(1);
    expect(seqsOf(window)).toEqual([1, 2, 3]);
  });

  test("stay although a page was read before they were written", async () => {
    channel.write(2);
    channel.isHeld = true;
    const window = openWindow();
    const opening = window.open("end");
    channel.write(1, { emits: false });
    window.put(message(3));
    await channel.answer();
    await opening;
    expect(seqsOf(window)).toEqual([1, 2, 3]);
  });

  test("from before the loaded ones are not added", async () => {
    channel.write(20);
    const window = openWindow();
    await window.open("end");
    window.put(message(3));
    window.put(message(18, { rev: 30, content: "new" }));
    expect(seqsOf(window)).toEqual(range(17, 20));
    expect(window.messages[1]?.content).toBe("new");
  });
});

describe("a replaced log", () => {
  test("is opened at its end", async () => {
    channel.write(6);
    const window = openWindow();
    await window.open({ around: 2 });
    channel.replaceLog();
    channel.write(2, { emits: false });
    channel.room.emit("reset", { seq: 2, epoch: "e2" });
    await channel.answer();
    expect([seqsOf(window), window.hasBefore, window.hasAfter]).toEqual([[1, 2], false, false]);
    channel.write(1);
    expect(seqsOf(window)).toEqual([1, 2, 3]);
  });

  test("its events do not join the messages of the old one", async () => {
    channel.write(6);
    const window = openWindow();
    await window.open("end");
    channel.replaceLog();
    channel.head = 20;
    channel.write(2, { emits: false });
    channel.isHeld = true;
    channel.room.emit("reset", { seq: 22, epoch: "e2" });
    channel.write(1);
    window.put(message(24));
    await window.loadBefore();
    expect(seqsOf(window)).toEqual(range(3, 6));
    await channel.answer();
    expect(seqsOf(window)).toEqual([21, 22, 23, 24]);
  });

  test("a failed request is repeated when the room is live", async () => {
    channel.write(6);
    const window = openWindow();
    await window.open("end");
    channel.replaceLog();
    channel.write(1, { emits: false });
    channel.nextError = new ParleyError({ code: "unavailable", status: 0, detail: "" });
    channel.room.emit("reset", { seq: 1, epoch: "e2" });
    await channel.answer();
    expect(seqsOf(window)).toEqual(range(3, 6));
    channel.room.emit("state", "live");
    await channel.answer();
    expect(seqsOf(window)).toEqual([1]);
    channel.room.emit("state", "live");
    expect(channel.requests).toEqual(["end", "end", "end"]);
  });
});

describe("a thread", () => {
  test("opens at its last replies, and grows", async () => {
    channel.beginThread();
    channel.write(9);
    const window = openWindow({ threadId: rootId });
    await window.open("end");
    expect([seqsOf(window), window.hasBefore, window.hasAfter]).toEqual([range(7, 10), true, false]);
    await window.loadBefore();
    expect(seqsOf(window)).toEqual(range(3, 10));
  });

  test("keeps its root up to date, also while later replies are not loaded", async () => {
    channel.beginThread();
    channel.write(9);
    const window = openWindow({ threadId: rootId });
    await window.open({ around: 4 });
    expect(window.root?.thread?.replyCount).toBe(9);
    channel.write(1);
    expect(window.root?.thread?.replyCount).toBe(10);
    channel.emit("reactionAdd", 12, { messageId: rootId, emoji: "👍", userId: "me", count: 1 });
    expect(window.root?.reactions).toEqual([{ emoji: "👍", count: 1, me: true }]);
    channel.head = 12;
    const root = message(1, { id: rootId, rev: 13, content: "", deletedAt: at });
    channel.emit("messageDelete", 13, { message: root });
    expect(window.root?.deletedAt).toBe(at);
    expect(seqsOf(window)).not.toContain(1);
  });

  test("a page that was read before a change of the root does not undo it", async () => {
    channel.beginThread();
    channel.write(9);
    const window = openWindow({ threadId: rootId });
    await window.open("end");
    channel.isHeld = true;
    const loading = window.loadBefore();
    channel.write(1);
    await channel.answer();
    await loading;
    expect(window.root?.thread?.replyCount).toBe(10);
    expect(seqsOf(window)).toEqual(range(3, 11));
  });

  test("ignores messages of the channel", async () => {
    channel.beginThread();
    channel.write(2);
    const window = openWindow({ threadId: rootId });
    await window.open("end");
    channel.emit("messageCreate", 9, { message: message(9) });
    expect(seqsOf(window)).toEqual([2, 3]);
  });
});

describe("the end of a window", () => {
  test("a stopped window changes no more", async () => {
    channel.write(4);
    let changes = 0;
    const window = openWindow({ changed: () => changes++ });
    channel.isHeld = true;
    const opening = window.open("end");
    window.stop();
    await channel.answer();
    await opening;
    channel.write(1);
    channel.room.emit("reset", { seq: 5, epoch: "e2" });
    expect([seqsOf(window), changes, channel.requests.length]).toEqual([[], 0, 1]);
  });

  test("each change makes a new array", async () => {
    channel.write(2);
    const window = openWindow();
    await window.open("end");
    const before = window.messages;
    channel.write(1);
    expect(window.messages).not.toBe(before);
    expect(before).toHaveLength(2);
  });
});

test("any order of events, pages and openings leaves no hole (seed 7)", async () => {
  const generator = seededRandom(7);
  const random = (end: number): number => randomInteger(generator, end);
  const window = openWindow();
  channel.write(30);
  await window.open("end");
  const pending: Promise<unknown>[] = [];
  for (let step = 0; step < 3_000; step++) {
    channel.isHeld = random(2) === 0;
    channel.lag = random(4) === 0 ? random(5) : 0;
    const actions = [
      () => channel.write(1 + random(3)),
      () => channel.edit(randomItem(generator, channel.messages)?.seq ?? 1),
      () => pending.push(window.loadBefore()),
      () => pending.push(window.loadAfter()),
      () => pending.push(window.open(random(3) === 0 ? "end" : { around: random(channel.head) + 1 })),
      () => void (window.keep = random(2) === 0 ? "start" : "end"),
      () => channel.answer(random(2)),
    ];
    await randomItem(generator, actions)?.();
    await new Promise((resolve) => setImmediate(resolve));
    expectContiguous(window);
  }
  await channel.answer();
  await Promise.all(pending);
  expectContiguous(window);
});
