import { isOneOf, lastOfEach, type LoggedEvent } from "../../core/logged-event.ts";
import { deleteMany, messages, messageVersions, type Statement, upsertMany } from "../../db/index.ts";

/**
 * Events bear the whole message, so a batch writes each message once, as its last event has it. Old text goes to the
 * history from the event, never from the row as it stands, so that running twice changes nothing.
 */
export function projectMessages(events: LoggedEvent[]): Statement[] {
  const changed = events.filter(isOneOf("messageCreate", "messageUpdate", "messageDelete"));
  const latest = lastOfEach(
    changed.map(({ data }) => data.message),
    ({ id }) => id,
  );
  const edits = changed.filter(isOneOf("messageUpdate"));
  return [
    ...upsertMany(
      messages,
      [messages.id],
      latest.map((message) => ({
        id: message.id,
        channelId: message.channelId,
        seq: message.seq,
        rev: message.rev,
        authorId: message.authorId,
        content: message.content,
        createdAt: Date.parse(message.createdAt),
        updatedAt: Date.parse(message.updatedAt),
        deletedAt: message.deletedAt === null ? null : Date.parse(message.deletedAt),
        version: message.version,
      })),
    ),
    ...upsertMany(
      messageVersions,
      [messageVersions.messageId, messageVersions.version],
      edits.flatMap(({ data, forSinks }) =>
        forSinks?.previous
          ? [
              {
                messageId: data.message.id,
                version: forSinks.previous.version,
                content: forSinks.previous.content,
                at: Date.parse(forSinks.previous.at),
              },
            ]
          : [],
      ),
    ),
    ...deleteMany(
      messageVersions,
      latest.filter(({ deletedAt }) => deletedAt !== null).map(({ id }) => ({ messageId: id })),
    ),
  ];
}
