import { isOneOf, lastOfEach, type LoggedEvent } from "../../domain/logged-event.ts";
import { channelMembers, deleteMany, type Statement, upsertMany } from "../../db/index.ts";

/** Each member as the last of the events about them has it: there, or gone. */
export function projectMembers(events: LoggedEvent[]): Statement[] {
  const changes = lastOfEach(
    events.filter(isOneOf("memberJoin", "memberUpdate", "memberLeave")),
    ({ data }) => data.member.userId,
  );
  const there = changes.filter(({ type }) => type !== "memberLeave");
  const gone = changes.filter(({ type }) => type === "memberLeave");
  return [
    ...upsertMany(
      channelMembers,
      [channelMembers.channelId, channelMembers.userId],
      there.map(({ channelId, data: { member } }) => ({
        channelId,
        userId: member.userId,
        role: member.role,
        joinedAt: Date.parse(member.joinedAt),
      })),
    ),
    ...deleteMany(
      channelMembers,
      gone.map(({ channelId, data: { member } }) => ({ channelId, userId: member.userId })),
    ),
  ];
}
