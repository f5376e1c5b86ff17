import { expect, test } from "vitest";
import type { Actor } from "../../../src/domain/actor.ts";
import type { RoomState } from "../../../src/domain/room-state.ts";
import { decideUpdateMessage } from "../../../src/features/messages/decide.ts";
import { limits, type Message } from "../../../src/protocol/index.ts";

const ann: Actor = { userId: "ann", sessionId: "one", role: "member" };

/** A room in which Ann's message has this version. */
const roomWith = (version: number): RoomState =>
  ({
    channel: { id: "here", type: "public", archivedAt: null },
    nextSeq: 9,
    at: "2026-11-22T09:30:00.000Z",
    member: () => ({ userId: "ann", role: "member", joinedAt: "" }),
    message: (): Partial<Message> => ({
      id: "it",
      authorId: "ann",
      content: "old",
      deletedAt: null,
      mentions: [],
      threadId: null,
      version,
    }),
  }) as unknown as RoomState;

test("a message has at most 1,000 versions, so that its deletion is bounded", () => {
  const edit = (version: number) =>
    decideUpdateMessage(roomWith(version), ann, { messageId: "it", content: "new" });
  const [event] = edit(limits.versions - 1).events;
  expect(event?.data).toMatchObject({ message: { version: 1_000, content: "new" } });
  expect(() => edit(limits.versions)).toThrow("at most 999 times");
});
