import type { UserNotice, UserEvent } from "../../../src/domain/notice.ts";
import type { UserEventEnvelope } from "../../../src/protocol/index.ts";
import { hubStub } from "./hubs.ts";
import { createNotice } from "./notices.ts";
import type { TestSocket } from "./socket.ts";

/** That the user came to the channel, or went, as a room tells it of its event `seq`. */
export function createMemberNotice(
  userId: string,
  channelId: string,
  seq: number,
  type: "memberJoin" | "memberLeave",
  more: Partial<UserNotice> = {},
): UserNotice {
  const member = { userId, role: "member" as const, joinedAt: new Date(0).toISOString() };
  const own: UserEvent = { type, data: { channelId, member } };
  return createNotice(seq, { kind: null, messageId: null, own, ...more });
}

/** Tells a user's hub where they have read, as a room does. */
export const sendReadState = (
  userId: string,
  channelId: string,
  lastReadSeq: number,
  rev: number,
): Promise<void> => hubStub(userId).receiveNotices(channelId, [], { lastReadSeq, rev }) as Promise<void>;

/** The user's own events that came over a socket, in order. */
export const userEventsOf = (socket: TestSocket): UserEventEnvelope[] =>
  socket.seen.filter((item): item is UserEventEnvelope => "seq" in item && !("channelId" in item));

export const typesOf = (items: readonly { type: string }[]): string[] => items.map(({ type }) => type);

/** Where the log of the user's own events stood when the socket was taken. */
export function helloPosition(socket: TestSocket): { seq: number; epoch: string } {
  const [hello] = socket.seen;
  if (hello?.type !== "hello") throw new Error("No hello came first");
  const { seq, epoch } = hello.data;
  if (seq === undefined || epoch === undefined) throw new Error("A hello without a place");
  return { seq, epoch };
}
