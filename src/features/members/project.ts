import { isOneOf, lastOfEach, type LoggedEvent } from "../../domain/logged-event.ts";
import { channelMembers, type Statement, upsertMany } from "../../db/index.ts";

/** Projects memberships, from the last event of each member. The rows of members who left are deleted by `projectRemovals`. */
export function projectMembers(events: LoggedEvent[]): Statement[] {
  const changes = lastOfEach(
    events.filter(isOneOf("memberJoin", "memberUpdate", "memberLeave")),
    ({ data }) => data.member.userId,
  );
  const current = changes.filter(({ type }) => type !== "memberLeave");
  return upsertMany(
    channelMembers,
    [channelMembers.channelId, channelMembers.userId],
    current.map(({ channelId, data: { member } }) => ({
      channelId,
      userId: member.userId,
      role: member.role,
      joinedAt: Date.parse(member.joinedAt),
    })),
  );
}
