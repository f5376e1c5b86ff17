import {
  createMessage,
  createThread,
  getUnreads,
  markRead,
  type ReadState,
  type Unread,
} from "../../../src/protocol/index.ts";
import type { TestUser } from "./cast.ts";
import { expectOk } from "./endpoints.ts";
import { waitForProjections, foldLog } from "./projection.ts";
import { countUnread } from "./record-rows.ts";
import { roomRows } from "./room.ts";

export const postMessage = (as: TestUser, channelId: string, content: string) =>
  expectOk(createMessage, { as, params: { channelId }, body: { content } });

export const postReplyTo = (
  as: TestUser,
  channelId: string,
  messageId: string,
  content: string,
  more: object = {},
) => expectOk(createThread, { as, params: { channelId, messageId }, body: { content, ...more } });

export const markReadUpTo = (as: TestUser, channelId: string, seq: number): Promise<ReadState> =>
  expectOk(markRead, { as, params: { channelId }, body: { seq } });

/** What D1 says is unread of this channel; undefined where it is none of the reader's. */
export async function listedUnread(as: TestUser, channelId: string): Promise<Unread | undefined> {
  const { items } = await expectOk(getUnreads, { as });
  return items.find((item) => item.channelId === channelId);
}

/** Where a member has read, and what they are notified of, as the room has it. */
export const storedReadState = async (channelId: string, { userId }: TestUser) =>
  (
    await roomRows<{ lastReadSeq: number; level: string }>(
      channelId,
      "SELECT last_read_seq AS lastReadSeq, level FROM readers WHERE user_id = ?",
      userId,
    )
  )[0];

/** The three accounts of what is unread: the room's answer, D1's list, and a count over the folded log. */
export async function unreadBySource(
  as: TestUser,
  channelId: string,
): Promise<[ReadState, ReadState, ReadState]> {
  await waitForProjections(channelId);
  const { lastReadSeq = 0 } = (await storedReadState(channelId, as)) ?? {};
  // To read where one has read already changes nothing.
  const fromRoom = await markReadUpTo(as, channelId, lastReadSeq);
  const { unread = -1, mentions = -1, lastReadSeq: listed = -1 } = (await listedUnread(as, channelId)) ?? {};
  const counted = countUnread(await foldLog(channelId), as.userId, lastReadSeq);
  return [fromRoom, { lastReadSeq: listed, unread, mentions }, { lastReadSeq, ...counted }];
}
