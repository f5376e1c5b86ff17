import { type SQL, sql } from "drizzle-orm";
import { isOneOf, lastOfEach, type LoggedEvent } from "../../domain/logged-event.ts";
import {
  type Database,
  deleteMany,
  files,
  mentions,
  messages,
  messageVersions,
  type Statement,
  updateMany,
  upsertMany,
} from "../../db/index.ts";
import { limits, type Message } from "../../protocol/index.ts";
import { extrasOf, type MessageExtras } from "./extras.ts";
import { isInChannelHistory } from "./message.ts";

/**
 * Projects message events into D1. An event holds the complete message, so a batch writes each message once, from its last event. The
 * history gets earlier texts from the events, never from the current row, so that a repeated batch changes nothing. Reactions, pins and
 * threads are written by the projections of those features; here their events only raise `rev`. The versions and mentions of a deleted
 * message are deleted by `projectRemovals`.
 */
export function projectMessages(
  events: LoggedEvent[],
  _db: Database,
  { versionBytes }: { versionBytes: number },
): Statement[] {
  const changed = events.filter(
    isOneOf(
      "messageCreate",
      "messageUpdate",
      "messageDelete",
      "threadCreate",
      "threadUpdate",
      "threadDelete",
    ),
  );
  const latest = lastOfEach(
    changed.map(({ data }) => data.message),
    ({ id }) => id,
  );
  const edited = changed.filter(({ type }) => type === "messageUpdate" || type === "threadUpdate");
  return [
    ...upsertMany(messages, [messages.id], latest.map(toRow)),
    ...updateMany(
      files,
      files.id,
      latest.flatMap(({ channelId, files: attached }) => attached.map(({ id }) => ({ id, channelId }))),
    ),
    ...versionStatements(events),
    ...trimVersions(latest, versionBytes),
    ...mentionStatements(
      latest,
      edited.map(({ channelId, data }) => ({ channelId, seq: data.message.seq })),
    ),
    ...revStatements(events),
  ];
}

const toRow = (message: Message) => ({
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
  threadId: message.threadId,
  inChannel: isInChannelHistory(message),
  files: message.files,
  mentions: message.mentions,
  extras: storedExtras(message),
});

/** Returns null for a message without optional fields, as nearly all are. */
function storedExtras(message: Message): MessageExtras | null {
  const extras = extrasOf(message);
  return Object.keys(extras).length > 0 ? extras : null;
}

function versionStatements(events: LoggedEvent[]): Statement[] {
  const edits = events.filter(isOneOf("messageUpdate", "threadUpdate"));
  return upsertMany(
    messageVersions,
    [messageVersions.messageId, messageVersions.version],
    edits.flatMap(({ data, projectionData }) => {
      if (!projectionData?.previous) return [];
      const { version, content, at } = projectionData.previous;
      return [{ messageId: data.message.id, version, content, at: Date.parse(at) }];
    }),
  );
}

const largestVersionBytes = 4 * limits.contentLength;

/**
 * Deletes the oldest versions of a message beyond `maxBytes`. The result depends only on the versions, not on how they were batched.
 */
const trimVersions = (latest: Message[], maxBytes: number): Statement[] =>
  latest
    .filter(({ version, deletedAt }) => deletedAt === null && (version - 1) * largestVersionBytes > maxBytes)
    .map(
      ({ id }) => sql`DELETE FROM message_versions WHERE message_id = ${id} AND version <= (
        SELECT max(version) FROM (SELECT version, sum(octet_length(content)) OVER (ORDER BY version DESC) AS kept
          FROM message_versions WHERE message_id = ${id}) WHERE kept > ${maxBytes})`,
    );

/**
 * Replaces the mentions of edited messages and inserts those of new ones: of users other than the author, in messages that the channel's
 * history shows.
 */
function mentionStatements(latest: Message[], edited: { channelId: string; seq: number }[]): Statement[] {
  return [
    ...deleteMany(mentions, edited),
    ...upsertMany(
      mentions,
      [mentions.userId, mentions.channelId, mentions.seq],
      latest.flatMap((message) =>
        isInChannelHistory(message)
          ? message.mentions
              .filter((userId) => userId !== message.authorId)
              .map((userId) => ({ userId, channelId: message.channelId, seq: message.seq }))
          : [],
      ),
    ),
  ];
}

/** The message that an event annotates (with a reaction, a pin or a reply) without being a message event of it; null for none. */
function annotatedMessageId(event: LoggedEvent): string | null {
  const { data } = event;
  if ("messageId" in data) return data.messageId;
  return event.type === "threadCreate" || event.type === "threadDelete" ? event.data.message.threadId : null;
}

function revStatements(events: LoggedEvent[]): Statement[] {
  const touched = lastOfEach(
    events.flatMap((event) => {
      const id = annotatedMessageId(event);
      return id === null ? [] : [{ id, rev: event.seq }];
    }),
    ({ id }) => id,
  );
  if (touched.length === 0) return [];
  const set: SQL = sql`UPDATE messages SET rev = max(messages.rev, changed.value->>'$.rev') FROM json_each(${JSON.stringify(touched)}) AS changed WHERE messages.id = changed.value->>'$.id'`;
  return [set];
}
