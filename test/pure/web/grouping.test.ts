import { beforeAll, afterAll, describe, expect, test } from "vitest";
import type { Message } from "../../../src/client/index.ts";
import { message } from "../client/message-fixture.ts";
import { type LinesOptions, linesOf } from "../../../web/src/messages/grouping.ts";

const at = (time: string): Partial<Message> => ({ createdAt: `2026-11-${time}:00.000Z` });
const deleted: Partial<Message> = { deletedAt: "2026-11-23T00:00:00.000Z", content: "" };
const thread = (replyCount: number): Partial<Message> => ({
  thread: { replyCount, lastReplyAt: null, participantIds: [] },
});

/** The lines as text: `day`, `unread`, a message's `seq`, with `+` if it continues the one before. */
const shown = (messages: readonly Message[], options: Partial<LinesOptions> = {}): string =>
  linesOf(messages, { lastReadSeq: null, userId: "me", ...options })
    .map((line) =>
      line.kind === "message" ? `${line.isContinued ? "+" : ""}${line.message.seq}` : line.kind,
    )
    .join(" ");

const zone = process.env["TZ"];
beforeAll(() => {
  process.env["TZ"] = "Asia/Tokyo";
});
afterAll(() => {
  if (zone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zone;
});

describe("days", () => {
  test("a line before the first message of each day in the reader's zone", () => {
    // Midnight in Tokyo is 15:00 in UTC.
    const messages = [message(1, at("22T14:58")), message(2, at("22T15:01")), message(3, at("23T14:59"))];
    expect(shown(messages)).toBe("day 1 day 2 3");
  });

  test("another zone has other days", () => {
    process.env["TZ"] = "America/New_York";
    const messages = [message(1, at("22T14:58")), message(2, at("22T15:01")), message(3, at("23T05:00"))];
    expect(shown(messages)).toBe("day 1 +2 day 3");
    process.env["TZ"] = "Asia/Tokyo";
  });

  test("a time that is slightly out of order repeats no day", () => {
    const messages = [message(1, at("22T14:59")), message(2, at("22T15:00")), message(3, at("22T14:59"))];
    const lines = linesOf(messages, { lastReadSeq: null, userId: "me" });
    expect(new Set(lines.map(({ key }) => key)).size).toBe(lines.length);
    expect(shown(messages)).toBe("day 1 day 2 +3");
  });

  test("a day whose messages are all left out has no line", () => {
    const messages = [message(1, at("20T01:00")), message(2, { ...at("21T01:00"), ...deleted })];
    expect(shown(messages)).toBe("day 1");
  });

  test("no messages have no lines", () => {
    expect(shown([], { lastReadSeq: 0 })).toBe("");
  });
});

describe("the line before unread messages", () => {
  const messages = [1, 2, 3].map((seq) => message(seq));

  test("before the first message behind the read position", () => {
    expect(shown(messages, { lastReadSeq: 1 })).toBe("day 1 unread 2 +3");
    expect(shown(messages, { lastReadSeq: 0 })).toBe("day unread 1 +2 +3");
  });

  test("none if everything is read, or without a position", () => {
    expect(shown(messages, { lastReadSeq: 3 })).toBe("day 1 +2 +3");
    expect(shown(messages, { lastReadSeq: null })).toBe("day 1 +2 +3");
  });

  test("never before an own message", () => {
    const mixed = [message(1), message(2, { authorId: "me" }), message(3)];
    expect(shown(mixed, { lastReadSeq: 1 })).toBe("day 1 2 unread 3");
    expect(shown(messages, { lastReadSeq: 1, userId: "ann" })).toBe("day 1 +2 +3");
  });

  test("never before a deleted message", () => {
    const mixed = [message(1), message(2, { ...deleted, ...thread(1) }), message(3)];
    expect(shown(mixed, { lastReadSeq: 1 })).toBe("day 1 2 unread 3");
  });

  test("below the line of a new day", () => {
    const two = [message(1, at("20T01:00")), message(2, at("21T01:00"))];
    expect(shown(two, { lastReadSeq: 1 })).toBe("day 1 day unread 2");
  });

  test("none before the first loaded message if earlier ones are not loaded", () => {
    expect(shown(messages, { lastReadSeq: 0, hasBefore: true })).toBe("day 1 +2 +3");
    expect(shown(messages, { lastReadSeq: 1, hasBefore: true })).toBe("day 1 unread 2 +3");
  });
});

describe("messages below one name", () => {
  const pair = (first: Partial<Message>, second: Partial<Message>) =>
    shown([message(1, first), message(2, second)]);

  test.each<[string, Partial<Message>, Partial<Message>]>([
    ["one author at once", {}, {}],
    ["less than five minutes apart", at("22T10:00"), at("22T10:04")],
    ["one sender of a bot", { sender: { name: "CI" } }, { sender: { name: "CI" } }],
    ["replies in the pane of their thread", { threadId: "msg_9" }, { threadId: "msg_9" }],
    ["an edited message", {}, { version: 2 }],
    ["the root of a thread", thread(2), {}],
  ])("continued: %s", (_, first, second) => {
    expect(pair(first, second)).toBe("day 1 +2");
  });

  test.each<[string, Partial<Message>, Partial<Message>]>([
    ["another author", {}, { authorId: "bob" }],
    ["five minutes apart", at("22T10:00"), at("22T10:05")],
    ["another name of a bot", { sender: { name: "CI" } }, { sender: { name: "CD" } }],
    ["another icon of a bot", { sender: { icon: ":a:" } }, { sender: { icon: ":b:" } }],
    ["a reply that is also in the channel", {}, { threadId: "msg_9", alsoInChannel: true }],
    ["a message behind such a reply", { threadId: "msg_9", alsoInChannel: true }, {}],
    ["an action", {}, { kind: "me" }],
    ["a message behind an action", { kind: "me" }, {}],
    ["a deleted message with a thread", {}, { ...deleted, ...thread(1) }],
    ["a message behind a deleted one with a thread", { ...deleted, ...thread(1) }, {}],
  ])("not continued: %s", (_, first, second) => {
    expect(pair(first, second)).toBe("day 1 2");
  });
});

describe("deleted messages", () => {
  test("are left out without a thread, and interrupt nothing", () => {
    expect(shown([message(1), message(2, deleted), message(3)])).toBe("day 1 +3");
  });

  test("stay while their thread has replies", () => {
    expect(shown([message(1, { ...deleted, ...thread(3) })])).toBe("day 1");
    expect(shown([message(1, { ...deleted, ...thread(0) })])).toBe("");
  });
});
