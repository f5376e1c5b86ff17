import { isOneOf, lastOfEach, type LoggedEvent } from "../../domain/logged-event.ts";
import { deleteRowsOfMembers, deleteRowsOfMessages, type Statement } from "../../db/index.ts";

/**
 * Deletes the rows of members who left and of messages that were deleted, from all tables for which `channelTables` says so. It
 * runs after the projections of the features, which may write such rows in the same batch.
 */
export function projectRemovals(events: LoggedEvent[]): Statement[] {
  const memberships = lastOfEach(
    events.filter(isOneOf("memberJoin", "memberUpdate", "memberLeave")),
    ({ data }) => data.member.userId,
  );
  const left = memberships
    .filter(({ type }) => type === "memberLeave")
    .map(({ channelId, data: { member } }) => ({ channelId, userId: member.userId }));
  const deleted = events
    .filter(isOneOf("messageDelete", "threadDelete"))
    .map(({ channelId, data: { message } }) => ({ id: message.id, channelId, seq: message.seq }));
  return [...deleteRowsOfMembers(left), ...deleteRowsOfMessages(deleted)];
}
