import { isOneOf, lastOfEach, type LoggedEvent } from "../../domain/logged-event.ts";
import { channelMembers, deleteMany, type Statement, upsertMany } from "../../db/index.ts";

/** Projects memberships, from the last event of each member. */
export function projectMembers(events: LoggedEvent[]): Statement[] {
  const changes = lastOfEach(
    events.filter(isOneOf("memberJoin", "memberUpdate", "memberLeave")),
    ({ data }) => data.member.userId,
  );
  const current = changes.filter(({ type }) => type !== "memberLeave");
  const removed = changes.filter(({ type }) => type === "memberLeave");
  return [
    ...upsertMany(
      channelMembers,
      [channelMembers.channelId, channelMembers.userId],
      current.map(({ channelId, data: { member } }) => ({
        channelId,
        userId: member.userId,
        role: member.role,
        joinedAt: Date.parse(member.joinedAt),
      })),
    ),
    ...deleteMany(
      channelMembers,
      removed.map(({ channelId, data: { member } }) => ({ channelId, userId: member.userId })),
    ),
  ];
}
