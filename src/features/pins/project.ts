import { isOneOf, lastOfEach, type LoggedEvent } from "../../domain/logged-event.ts";
import { deleteMany, messages, pins, type Statement, updateMany, upsertMany } from "../../db/index.ts";

/**
 * Projects pins, from the last event of each message. Deleting a message unpins it; the row of its pin is deleted by
 * `projectRemovals`.
 */
export function projectPins(events: LoggedEvent[]): Statement[] {
  const last = lastOfEach(
    events
      .filter(isOneOf("messagePin", "messageUnpin", "messageDelete", "threadDelete"))
      .map(({ type, channelId, seq, at, data }) => ({
        type,
        channelId,
        messageId: "messageId" in data ? data.messageId : data.message.id,
        pin: type === "messagePin" ? { userId: data.userId, seq, at: Date.parse(at) } : null,
      })),
    ({ messageId }) => messageId,
  );
  return [
    ...upsertMany(
      pins,
      [pins.channelId, pins.messageId],
      last.flatMap(({ channelId, messageId, pin }) => (pin ? [{ channelId, messageId, ...pin }] : [])),
    ),
    ...deleteMany(
      pins,
      last
        .filter(({ type }) => type === "messageUnpin")
        .map(({ channelId, messageId }) => ({ channelId, messageId })),
    ),
    ...updateMany(
      messages,
      messages.id,
      last.map(({ messageId, pin }) => ({ id: messageId, pinned: pin !== null })),
    ),
  ];
}
