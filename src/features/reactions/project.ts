import { isOneOf, lastOfEach, type LoggedEvent } from "../../domain/logged-event.ts";
import { deleteMany, messages, reactions, type Statement, updateMany, upsertMany } from "../../db/index.ts";

/** Who reacts with what, as the last event of each has it, and the kinds that each message then bears; none once it is deleted. */
export function projectReactions(events: LoggedEvent[]): Statement[] {
  const changes = events.filter(isOneOf("reactionAdd", "reactionRemove"));
  const last = lastOfEach(changes, ({ data }) => `${data.messageId} ${data.userId} ${data.emoji}`);
  const added = last.filter(({ type }) => type === "reactionAdd");
  const removed = last.filter(({ type }) => type === "reactionRemove");
  const deleted = events.filter(isOneOf("messageDelete", "threadDelete")).map(({ data }) => data.message.id);
  const kinds = lastOfEach(
    [
      ...changes.map(({ data, projectionData }) => ({
        id: data.messageId,
        reactions: projectionData?.reactions ?? [],
      })),
      ...deleted.map((id) => ({ id, reactions: [] })),
    ],
    ({ id }) => id,
  );
  return [
    ...upsertMany(
      reactions,
      [reactions.messageId, reactions.userId, reactions.emoji],
      added.map(({ channelId, seq, at, data: { messageId, userId, emoji } }) => ({
        messageId,
        userId,
        emoji,
        channelId,
        seq,
        at: Date.parse(at),
      })),
    ),
    ...deleteMany(
      reactions,
      removed.map(({ data: { messageId, userId, emoji } }) => ({ messageId, userId, emoji })),
    ),
    ...deleteMany(
      reactions,
      deleted.map((messageId) => ({ messageId })),
    ),
    ...updateMany(messages, messages.id, kinds),
  ];
}
