import {
  createMessage,
  createThread,
  getUnreads,
  markRead,
  type ReadState,
  type Unread,
} from "../../../src/protocol/index.ts";
import type { Person } from "./cast.ts";
import { ok } from "./endpoints.ts";
import { allRecorded, viewOfLog } from "./projection.ts";
import { unreadAfter } from "./record-rows.ts";
import { rowsOf } from "./room.ts";

export const say = (as: Person, channelId: string, content: string) =>
  ok(createMessage, { as, params: { channelId }, body: { content } });

export const answer = (
  as: Person,
  channelId: string,
  messageId: string,
  content: string,
  more: object = {},
) => ok(createThread, { as, params: { channelId, messageId }, body: { content, ...more } });

export const read = (as: Person, channelId: string, seq: number): Promise<ReadState> =>
  ok(markRead, { as, params: { channelId }, body: { seq } });

/** What D1 says is unread of this channel; undefined where it is none of the reader's. */
export async function unreadInList(as: Person, channelId: string): Promise<Unread | undefined> {
  const { items } = await ok(getUnreads, { as });
  return items.find((item) => item.channelId === channelId);
}

/** Where a member has read, and what they are notified of, as the room has it. */
export const readingOf = async (channelId: string, { userId }: Person) =>
  (
    await rowsOf<{ lastReadSeq: number; level: string }>(
      channelId,
      "SELECT last_read_seq AS lastReadSeq, level FROM readers WHERE user_id = ?",
      userId,
    )
  )[0];

/** The three accounts of what is unread: the room's answer, D1's list, and a count over the folded log. */
export async function unreadThrice(
  as: Person,
  channelId: string,
): Promise<[ReadState, ReadState, ReadState]> {
  await allRecorded(channelId);
  const { lastReadSeq = 0 } = (await readingOf(channelId, as)) ?? {};
  // To read where one has read already changes nothing.
  const fromRoom = await read(as, channelId, lastReadSeq);
  const { unread = -1, mentions = -1, lastReadSeq: listed = -1 } = (await unreadInList(as, channelId)) ?? {};
  const counted = unreadAfter(await viewOfLog(channelId), as.userId, lastReadSeq);
  return [fromRoom, { lastReadSeq: listed, unread, mentions }, { lastReadSeq, ...counted }];
}
