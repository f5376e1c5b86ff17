import { type SQL, sql } from "drizzle-orm";
import type { LoggedEvent } from "../../../domain/logged-event.ts";
import type { RoomState } from "../../../domain/room-state.ts";
import type { Statement } from "../../../db/index.ts";
import type { Message, MessageAttachment } from "../../../protocol/index.ts";
import { changedEntities } from "./changed-entities.ts";
import { docNumberAt } from "./document-numbers.ts";
import { channelNumber, projectChannel, projectMembers } from "./project-channel.ts";
import { indexText, indexFileNames } from "./index-text.ts";

const linkPattern = /\bhttps?:\/\/[^\s/]/i;

const flag = (isSet: boolean): number => (isSet ? 1 : 0);

/** The state of a room that the projection reads. */
export interface IndexedRoom extends Pick<RoomState, "channel" | "message" | "memberIncludingSuspended"> {
  /** Returns the ids of the messages that were not changed since. */
  unchanged(messages: readonly Message[]): Set<string>;
}

/**
 * Builds the statements that write the entities which a batch of events changes, in their present state in the room. That is never
 * older than the events, so a message that was deleted meanwhile, or a user who was removed, does not enter the index even for a
 * moment. The channel's row must exist: the fence of the batch creates it.
 *
 * @param generation - of the rows that are written; rows of an older generation are overwritten regardless of their `rev`
 */
export function projectToIndex(
  events: readonly LoggedEvent[],
  room: IndexedRoom,
  generation: number,
): Statement[] {
  const { channel, userIds, rewritten, touched } = changedEntities(events);
  const unchanged = room.unchanged([...rewritten.values()]);
  const present = (id: string): Message[] => {
    const message = unchanged.has(id) ? rewritten.get(id) : room.message(id);
    return message ? [message] : [];
  };
  const texts = [...rewritten.keys()].flatMap(present).toSorted((one, other) => one.seq - other.seq);
  const others = [...touched].flatMap(present);
  const channelNo = channelNumber(room.channel.id);
  return [
    ...(channel ? projectChannel(room.channel) : []),
    ...projectMembers(
      channelNo,
      [...userIds].filter((userId) => room.memberIncludingSuspended(userId) !== undefined),
      [...userIds].filter((userId) => room.memberIncludingSuspended(userId) === undefined),
    ),
    ...projectMessages({ texts, others, channelNo, generation }),
  ];
}

interface ChangedMessages {
  /** Messages whose text may have changed, in order of `seq`. */
  texts: readonly Message[];
  /** Messages of which only other fields changed. */
  others: readonly Message[];
  channelNo: SQL;
  generation: number;
}

/** Inserts new messages, deletes and writes texts, then updates the fields of all messages. */
function projectMessages({ texts, others, channelNo, generation }: ChangedMessages): Statement[] {
  const deletedIds = [...texts, ...others].filter(isDeleted).map(({ id }) => id);
  const kept = texts.filter((message) => !isDeleted(message));
  return [
    ...(texts.length ? [insertNew(JSON.stringify(texts.map(rowOf)), channelNo, generation)] : []),
    ...(deletedIds.length ? [deleteTexts(JSON.stringify(deletedIds))] : []),
    ...(kept.length ? [writeTexts(JSON.stringify(kept.map(textOf)), generation)] : []),
    ...(texts.length + others.length
      ? [updateFields(JSON.stringify([...texts, ...others].map(rowOf)), generation)]
      : []),
  ];
}

const isDeleted = ({ deletedAt }: Message): boolean => deletedAt !== null;

function rowOf(message: Message) {
  const { id, rev, authorId: author, content, files, reactions, thread, threadId, pinned } = message;
  const at = Date.parse(message.createdAt);
  return {
    ...{ id, doc: docNumberAt(at), rev, author, at },
    deleted: flag(isDeleted(message)),
    file: flag(files.length > 0),
    link: flag(linkPattern.test(content)),
    reaction: flag(reactions.length > 0),
    thread: flag(threadId !== null || thread !== null),
    pinned: flag(pinned),
  };
}

function textOf({ id, rev, content, files, attachments = [] }: Message) {
  const names = files.map(({ name }) => name);
  const texts = attachments.flatMap(attachmentTexts);
  return { id, rev, ...indexText(content, ...names, ...texts), files: indexFileNames(names) };
}

/** Returns what an attachment shows as text. */
const attachmentTexts = ({ pretext, title, text, fields = [], footer }: MessageAttachment): string[] =>
  [pretext, title, text, ...fields.flatMap((field) => [field.title, field.value]), footer].filter(
    (part) => part !== undefined,
  );

/**
 * Inserts messages in the order given, each with the first free document number from that of its time on. The recursive `placed` tries
 * one number after the other: of those tried for a message, all but the last are taken.
 */
const insertNew = (rows: string, channelNo: SQL, generation: number): Statement => sql`
  INSERT INTO documents (doc, message_id, channel_no, rev, generation, author_id, created_at,
    deleted, has_file, has_link, has_reaction, in_thread, pinned)
  WITH RECURSIVE
    fresh AS MATERIALIZED (
      SELECT row_number() OVER (ORDER BY key) AS n, value AS row, value->>'doc' AS doc
      FROM json_each(${rows}) WHERE NOT EXISTS (SELECT 1 FROM documents WHERE message_id = value->>'id')
    ),
    placed (n, doc) AS (
      SELECT n, doc FROM fresh WHERE n = 1
      UNION ALL
      SELECT fresh.n, max(fresh.doc, placed.doc + 1)
      FROM placed CROSS JOIN fresh
      ON fresh.n = placed.n + (NOT EXISTS (SELECT 1 FROM documents WHERE documents.doc = placed.doc))
    )
  SELECT max(placed.doc), row->>'id', ${channelNo}, row->>'rev', ${generation}, row->>'author', row->>'at',
    row->>'deleted', row->>'file', row->>'link', row->>'reaction', row->>'thread', row->>'pinned'
  FROM fresh JOIN placed ON placed.n = fresh.n GROUP BY fresh.n`;

const deleteTexts = (ids: string): Statement => sql`
  DELETE FROM search_text WHERE rowid IN (
    SELECT doc FROM json_each(${ids}) CROSS JOIN documents ON message_id = value)`;

/** Writes texts, except those that the index has already in the same words. */
const writeTexts = (rows: string, generation: number): Statement => sql`
  INSERT OR REPLACE INTO search_text (rowid, words, stems, files)
  SELECT doc, value->>'words', value->>'stems', value->>'files'
  FROM json_each(${rows}) CROSS JOIN documents ON message_id = value->>'id'
  WHERE (generation < ${generation} OR rev <= value->>'rev')
    AND NOT EXISTS (
      SELECT 1 FROM search_text AS before WHERE before.rowid = doc AND before.words = value->>'words'
        AND before.stems = value->>'stems' AND before.files = value->>'files')`;

/** Updates the fields of messages. A row with the same or a higher `rev` stays: one `rev` of a message is always the same content. */
const updateFields = (rows: string, generation: number): Statement => sql`
  UPDATE documents SET rev = value->>'rev', generation = ${generation}, deleted = value->>'deleted',
    has_file = value->>'file', has_link = value->>'link', has_reaction = value->>'reaction',
    in_thread = value->>'thread', pinned = value->>'pinned'
  FROM json_each(${rows})
  WHERE message_id = value->>'id' AND (generation < ${generation} OR rev < value->>'rev')`;
