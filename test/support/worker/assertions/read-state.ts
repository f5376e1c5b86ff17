import { expect } from "vitest";
import type { z } from "zod";
import type { EventEnvelope, FollowedThread, Unread } from "../../../../src/protocol/index.ts";
import type { TestUser } from "../fixtures/accounts.ts";
import { roomRows } from "../objects/room-object.ts";
import type { ChannelView } from "./channel-view.ts";
import { countUnread, countUnreadReplies, type FollowerRow, repliesOf } from "./expected-rows.ts";

/** Derives join positions, members and thread follows from the log, for members who sent no private commands. */
export function expectedMemberStates(log: EventEnvelope[]) {
  const joined = new Map<string, number>();
  const present = new Set<string>();
  const authors = new Map<string, { authorId: string; seq: number }>();
  /** By `root user`. */
  const follows = new Map<string, { following: boolean; lastReadSeq: number }>();
  for (const { type, data, seq } of log) {
    if (type === "memberJoin") {
      joined.set(data.member.userId, seq);
      present.add(data.member.userId);
    }
    if (type === "memberLeave") {
      present.delete(data.member.userId);
      for (const [key, follow] of follows)
        if (key.endsWith(data.member.userId)) follows.set(key, { ...follow, following: false });
    }
    if (type === "messageCreate") authors.set(data.message.id, { authorId: data.message.authorId, seq });
    if (type !== "threadCreate") continue;
    const { threadId, authorId } = data.message;
    const root = authors.get(threadId!)!;
    const ofRoot = `${threadId} ${root.authorId}`;
    if (!follows.has(ofRoot))
      follows.set(ofRoot, { following: present.has(root.authorId), lastReadSeq: root.seq });
    const ofReply = `${threadId} ${authorId}`;
    if (!follows.get(ofReply)?.following) follows.set(ofReply, { following: true, lastReadSeq: seq - 1 });
  }
  return { joined, present, follows };
}

interface Expected {
  channelId: string;
  log: EventEnvelope[];
  /** The log folded, as this person sees it. */
  view: ChannelView;
  /** The private commands that members sent, as `command user`. */
  privateCommands: ReadonlySet<string>;
}

/** Asserts that D1, the room and a count over the log agree on a member's unread counts, for the channel and each thread. */
export async function expectUnreadCounts(
  member: TestUser,
  { channelId, log, view, privateCommands }: Expected,
): Promise<void> {
  const { userId } = member;
  const { joined } = expectedMemberStates(log);
  const [reading] = await roomRows<{ lastReadSeq: number; level: string }>(
    channelId,
    "SELECT last_read_seq AS lastReadSeq, level FROM readers WHERE user_id = ?",
    userId,
  );
  const { seq, epoch: _, channelId: __, ...listed } = await unreadOf(member, channelId);
  expect(seq).toBe(log.length);
  expect(listed).toEqual({
    ...reading,
    ...countUnread(view, userId, listed.lastReadSeq),
    channel: view.channel,
  });
  if (!privateCommands.has(`read ${userId}`)) expect(listed.lastReadSeq).toBe(joined.get(userId));

  const rows = await followsOf(userId, channelId);
  await expectThreads(member, { channelId, view }, rows);
}

const followsOf = (userId: string, channelId: string): Promise<FollowerRow[]> =>
  roomRows<FollowerRow>(
    channelId,
    "SELECT root_id, user_id, following, last_read_seq, rev FROM followers WHERE user_id = ? ORDER BY root_id",
    userId,
  );

/** Asserts that a present or former member follows the threads that the log implies, unless they sent a private command. */
export async function expectThreadFollows(
  { userId }: TestUser,
  { channelId, log, privateCommands }: Omit<Expected, "view">,
): Promise<void> {
  const { follows, present } = expectedMemberStates(log);
  const rows = await followsOf(userId, channelId);
  if (!present.has(userId)) expect(rows.filter(({ following }) => following === 1)).toEqual([]);
  if (!privateCommands.has(`threadFollow ${userId}`)) {
    const kept = [...follows].filter(([key]) => key.endsWith(userId));
    const of = (row: FollowerRow) => `${row.root_id} ${userId}`;
    expect(rows.map((row) => [of(row), row.following === 1])).toEqual(
      kept.map(([key, { following }]) => [key, following]).sort(),
    );
    if (!privateCommands.has(`threadRead ${userId}`))
      for (const row of rows) expect(row.last_read_seq).toBe(follows.get(of(row))!.lastReadSeq);
  }
}

const unreadOf = async (member: TestUser, channelId: string): Promise<Unread> =>
  ((await member.call("GET", "/v1/users/me/unreads")).body.items as Unread[]).find(
    (item) => item.channelId === channelId,
  )!;

/** Asserts for several read positions that the room's response and D1's list equal a count over the log. */
export async function expectCountsAfterReading(
  member: TestUser,
  { channelId, log, view }: Omit<Expected, "privateCommands">,
): Promise<void> {
  const first = await unreadOf(member, channelId);
  for (const place of [0, Math.floor(log.length / 3), log.length]) {
    const { body } = await member.call("PUT", `/v1/channels/${channelId}/read`, { seq: place });
    expect(body).toEqual({ lastReadSeq: place, ...countUnread(view, member.userId, place) });
    expect(await unreadOf(member, channelId)).toEqual({ ...first, ...body });
  }
}

async function expectThreads(
  member: TestUser,
  { channelId, view }: { channelId: string; view: ChannelView },
  rows: FollowerRow[],
): Promise<void> {
  const items: z.output<typeof FollowedThread>[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const { body } = await member.call(
      "GET",
      `/v1/users/me/threads?limit=20${cursor && `&cursor=${cursor}`}`,
    );
    items.push(
      ...body.items.filter(({ message }: (typeof items)[number]) => message.channelId === channelId),
    );
    cursor = body.nextCursor;
  }
  const expected = rows
    .filter(({ following }) => following === 1)
    // A thread whose messages are all deleted is no longer listed.
    .filter(({ root_id: rootId }) => {
      const root = view.messages.get(rootId)!;
      return root.deletedAt === null || root.thread !== null;
    })
    .map(({ root_id: rootId, last_read_seq: lastReadSeq }) => ({
      message: view.messages.get(rootId)!,
      lastReadSeq,
      unread: countUnreadReplies(view, rootId, member.userId, lastReadSeq),
    }));
  const keyOf = ({ message, unread }: (typeof items)[number]) =>
    `${unread > 0 ? 1 : 0} ${repliesOf(view, message.id).at(-1)?.createdAt ?? "1970"} ${message.id}`;
  expect(items).toEqual(expected.sort((a, b) => (keyOf(a) < keyOf(b) ? 1 : -1)));
}
