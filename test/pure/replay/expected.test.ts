import { describe, expect, test } from "vitest";
import type { Account } from "../../system/replay/accounts.ts";
import { expectedOf } from "../../system/replay/expected.ts";
import { ExpectedUsers } from "../../system/replay/expected-users.ts";
import type { Message } from "../../../src/protocol/index.ts";

const line = (n: number, user: string, text: string, replyTo: number | null = null) => ({
  n,
  day: "2004-11-15",
  time: "12:18",
  user,
  text,
  replyTo,
});

describe("what users should find", () => {
  const at = (seq: number) => new Date(seq * 1_000).toISOString();
  const accounts = new Map(
    ["ann", "bob", "cat"].map((name) => [name, { userId: `usr_${name}`, username: name } as Account]),
  );
  const spoken = [
    line(0, "ann", "how?"),
    line(1, "bob", "so", 0),
    line(2, "cat", "or so, @ann. `@bob`", 1),
    line(3, "ann", "thanks! mail ann@bob"),
    line(4, "bob", "(@cat, @nobody)"),
  ].map((one) => ({
    line: one,
    message: { id: `msg_${one.n}`, seq: one.n + 10, createdAt: at(one.n + 10) } as Message,
  }));
  const expected = expectedOf(spoken, accounts);
  const joined = new Map(["usr_ann", "usr_bob", "usr_cat"].map((id, index) => [id, index + 2]));

  test("a reply to a reply is in the thread of its root, and in no history", () => {
    expect(expected.history.map(({ seq }) => seq)).toEqual([10, 13, 14]);
    expect([...expected.threads]).toEqual([
      [
        "msg_0",
        {
          rootId: "msg_0",
          root: expected.messages[0],
          replies: expected.messages.slice(1, 3),
          summary: { replyCount: 2, lastReplyAt: at(12), participantIds: ["usr_bob", "usr_cat"] },
        },
      ],
    ]);
  });

  test("unread counts others' messages in the history; authors follow their threads", () => {
    const users = new ExpectedUsers(expected, accounts, joined);
    expect(users.unread("usr_ann", users.lastRead("usr_ann"))).toEqual({ unread: 1, mentions: 0 });
    expect(users.unread("usr_cat", users.lastRead("usr_cat"))).toEqual({ unread: 3, mentions: 1 });
    expect(users.unread("usr_cat", 13)).toEqual({ unread: 1, mentions: 1 });
    const follow = (lastReadSeq: number, unread: number) => [
      { rootId: "msg_0", lastReadSeq, unread, lastReplyAt: at(12) },
    ];
    expect(users.follows("usr_ann")).toEqual(follow(10, 2));
    expect(users.follows("usr_bob")).toEqual(follow(10, 1));
    expect(users.follows("usr_cat")).toEqual(follow(11, 0));
  });

  test("a reply notifies once, a mention over a thread, and nothing before a follow", () => {
    const users = new ExpectedUsers(expected, accounts, joined);
    const mentions = (userId: string) =>
      users.notifications(userId).map(({ kind, channelSeq }) => `${kind} ${channelSeq}`);
    expect(mentions("usr_ann")).toEqual(["thread 11", "mention 12"]);
    expect(mentions("usr_bob")).toEqual(["thread 12"]);
    expect(mentions("usr_cat")).toEqual(["mention 14"]);
  });

  test("reading only advances, unless it marks unread", () => {
    const users = new ExpectedUsers(expected, accounts, joined);
    const read = (seq: number, markUnread: boolean) =>
      users.read(
        { user: "cat", rootId: null, seq, markUnread, after: 5, response: { lastReadSeq: 0, unread: 0 } },
        "usr_cat",
      );
    expect(read(14, false)).toEqual({ lastReadSeq: 14, unread: 0, mentions: 0 });
    expect(read(10, false)).toEqual({ lastReadSeq: 14, unread: 0, mentions: 0 });
    expect(read(10, true)).toEqual({ lastReadSeq: 10, unread: 2, mentions: 1 });
  });
});
