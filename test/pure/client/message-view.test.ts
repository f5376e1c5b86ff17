import { expect, test } from "vitest";
import { type EventEnvelope, type Message, MessageView } from "../../../src/client/index.ts";
import { at, message as anyMessage } from "./message-fixture.ts";

const channelId = "chn_01JD0000000000000000000000";
const idOf = (seq: number): string => `msg_01JD00000000000000000000${String(seq).padStart(2, "0")}`;

const message = (seq: number, more: Partial<Message> = {}): Message =>
  anyMessage(seq, { id: idOf(seq), channelId, ...more });

const event = (type: string, seq: number, data: object): EventEnvelope =>
  ({ type, channelId, seq, at, data }) as EventEnvelope;

const reaction = (type: "reactionAdd" | "reactionRemove", seq: number, userId: string, count: number) =>
  event(type, seq, { messageId: idOf(1), emoji: "👍", userId, count });

test("a reply stays in its thread and updates its root; broadcasts also show", () => {
  const history = new MessageView();
  const thread = new MessageView({ threadId: idOf(1) });
  history.load({ items: [message(1)] });
  const summary = (replyCount: number) => ({ replyCount, lastReplyAt: at, participantIds: ["bob"] });
  const replies = [
    event("threadCreate", 2, { message: message(2, { threadId: idOf(1) }), thread: summary(1) }),
    event("threadCreate", 3, {
      message: message(3, { threadId: idOf(1), alsoInChannel: true }),
      thread: summary(2),
    }),
    event("messageCreate", 4, { message: message(4) }),
  ];
  for (const reply of replies) {
    history.apply(reply);
    thread.apply(reply);
  }
  expect(history.list().map(({ seq }) => seq)).toEqual([1, 3, 4]);
  expect(thread.list().map(({ seq }) => seq)).toEqual([2, 3]);
  expect(history.get(idOf(1))).toMatchObject({ rev: 3, thread: summary(2) });
});

test("duplicate and late events change nothing", () => {
  const view = new MessageView();
  view.load({ items: [message(1, { rev: 6, pinned: true })] });
  view.apply(event("messageUnpin", 5, { messageId: idOf(1), userId: "bob" }));
  expect(view.get(idOf(1))?.pinned).toBe(true);
  view.apply(event("messageUnpin", 7, { messageId: idOf(1), userId: "bob" }));
  view.apply(event("messagePin", 6, { messageId: idOf(1), userId: "bob" }));
  expect(view.get(idOf(1))).toMatchObject({ pinned: false, rev: 7 });
});

test("one's own reactions persist through events, which name no user", () => {
  const view = new MessageView({ userId: "ann" });
  view.load({ items: [message(1)] });
  view.apply(reaction("reactionAdd", 2, "ann", 1));
  expect(view.get(idOf(1))?.reactions).toEqual([{ emoji: "👍", count: 1, me: true }]);
  view.apply(reaction("reactionAdd", 3, "bob", 2));
  expect(view.get(idOf(1))?.reactions).toEqual([{ emoji: "👍", count: 2, me: true }]);
  view.apply(
    event("messageUpdate", 4, {
      message: message(1, { rev: 4, content: "new", reactions: [{ emoji: "👍", count: 2 }] }),
    }),
  );
  expect(view.get(idOf(1))).toMatchObject({ content: "new", reactions: [{ count: 2, me: true }] });
  view.apply(reaction("reactionRemove", 5, "ann", 1));
  expect(view.get(idOf(1))?.reactions).toEqual([{ emoji: "👍", count: 1 }]);
  view.apply(reaction("reactionRemove", 6, "bob", 0));
  expect(view.get(idOf(1))?.reactions).toEqual([]);
});

test("a tombstone keeps only the thread", () => {
  const thread = { replyCount: 1, lastReplyAt: at, participantIds: ["bob"] };
  const view = new MessageView({ userId: "ann" });
  view.load({ items: [message(1, { thread, reactions: [{ emoji: "👍", count: 1, me: true }] })] });
  view.apply(
    event("messageDelete", 5, { message: message(1, { rev: 5, content: "", deletedAt: at, thread }) }),
  );
  expect(view.get(idOf(1))).toMatchObject({ content: "", reactions: [], thread, deletedAt: at });
});
