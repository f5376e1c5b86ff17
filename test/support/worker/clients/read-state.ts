import { getUnreads, markRead, type ReadState, type Unread } from "../../../../src/protocol/index.ts";
import { foldLog } from "../assertions/channel-view.ts";
import { countUnread } from "../assertions/expected-rows.ts";
import type { TestUser } from "../fixtures/accounts.ts";
import { waitForProjections } from "../objects/projection.ts";
import { roomRows } from "../objects/room-object.ts";
import { expectOk } from "./endpoint-client.ts";

export const markReadUpTo = (as: TestUser, channelId: string, seq: number): Promise<ReadState> =>
  expectOk(markRead, { as, params: { channelId }, body: { seq } });

/** Returns the channel's entry in the user's list of unread counts, which D1 serves; undefined if it is not listed. */
export async function listedUnread(as: TestUser, channelId: string): Promise<Unread | undefined> {
  const { items } = await expectOk(getUnreads, { as });
  return items.find((item) => item.channelId === channelId);
}

/** Returns a member's read position and notification level as the room stores them. */
export const storedReadState = async (channelId: string, { userId }: TestUser) =>
  (
    await roomRows<{ lastReadSeq: number; level: string }>(
      channelId,
      "SELECT last_read_seq AS lastReadSeq, level FROM readers WHERE user_id = ?",
      userId,
    )
  )[0];

/** Returns the unread counts by their three sources: the room's response, D1's list and a count over the folded log. */
export async function unreadBySource(
  as: TestUser,
  channelId: string,
): Promise<[ReadState, ReadState, ReadState]> {
  await waitForProjections(channelId);
  const { lastReadSeq = 0 } = (await storedReadState(channelId, as)) ?? {};
  // Marking the current position as read changes nothing.
  const fromRoom = await markReadUpTo(as, channelId, lastReadSeq);
  const { unread = -1, mentions = -1, lastReadSeq: listed = -1 } = (await listedUnread(as, channelId)) ?? {};
  const counted = countUnread(await foldLog(channelId), as.userId, lastReadSeq);
  return [fromRoom, { lastReadSeq: listed, unread, mentions }, { lastReadSeq, ...counted }];
}
