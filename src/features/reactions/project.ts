import { isOneOf, lastOfEach, type LoggedEvent } from "../../domain/logged-event.ts";
import { deleteMany, messages, reactions, type Statement, updateMany, upsertMany } from "../../db/index.ts";

/**
 * Projects reactions, from the last event of each user and emoji, and the counts by emoji of their messages. A deleted message has none; its
 * rows are deleted by `projectRemovals`.
 */
export function projectReactions(events: LoggedEvent[]): Statement[] {
  const changes = events.filter(isOneOf("reactionAdd", "reactionRemove"));
  const last = lastOfEach(changes, ({ data }) => `${data.messageId} ${data.userId} ${data.emoji}`);
  const added = last.filter(({ type }) => type === "reactionAdd");
  const removed = last.filter(({ type }) => type === "reactionRemove");
  const deleted = events.filter(isOneOf("messageDelete", "threadDelete")).map(({ data }) => data.message.id);
  const counts = lastOfEach(
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
    ...updateMany(messages, messages.id, counts),
  ];
}
