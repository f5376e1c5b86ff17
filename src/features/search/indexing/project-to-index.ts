import { type SQL, sql } from "drizzle-orm";
import type { LoggedEvent } from "../../../domain/logged-event.ts";
import type { RoomState } from "../../../domain/room-state.ts";
import type { Statement } from "../../../db/index.ts";
import type { Message } from "../../../protocol/index.ts";
import { changedEntities } from "./changed-entities.ts";
import { docNumberAt } from "./document-numbers.ts";
import { channelNumber, projectChannel, projectMembers } from "./project-channel.ts";
import { indexText, indexFileNames } from "./index-text.ts";

const address = /\bhttps?:\/\/[^\s/]/i;

const flag = (is: boolean): number => (is ? 1 : 0);

/** What is asked of a room, besides the events. */
export interface IndexedRoom extends Pick<RoomState, "channel" | "message" | "memberOrSuspended"> {
  /** Those of these messages that are still as they were then. */
  unchanged(messages: readonly Message[]): Set<string>;
}

/**
 * What the events concern, as the room has it now: never older than the events, so that what was deleted meanwhile, or who
 * was removed, is not in the index even for a moment. `generation`: of the rows that are written; those of an older one are
 * overwritten whatever they say. Their channel's row is there: the batch's fence made it.
 */
export function projectToIndex(
  events: readonly LoggedEvent[],
  room: IndexedRoom,
  generation: number,
): Statement[] {
  const { channel, userIds, rewritten, touched } = changedEntities(events);
  const same = room.unchanged([...rewritten.values()]);
  const now = (id: string): Message[] => {
    const message = same.has(id) ? rewritten.get(id) : room.message(id);
    return message ? [message] : [];
  };
  const texts = [...rewritten.keys()].flatMap(now).toSorted((one, other) => one.seq - other.seq);
  const others = [...touched].flatMap(now);
  const noOfChannel = channelNumber(room.channel.id);
  return [
    ...(channel ? projectChannel(room.channel) : []),
    ...projectMembers(
      noOfChannel,
      [...userIds].filter((userId) => room.memberOrSuspended(userId) !== undefined),
      [...userIds].filter((userId) => room.memberOrSuspended(userId) === undefined),
    ),
    ...projectMessages({ texts, others, noOfChannel, generation }),
  ];
}

interface Written {
  texts: readonly Message[];
  others: readonly Message[];
  noOfChannel: SQL;
  generation: number;
}

/** New messages get their places, texts go and come, and what is said of each message is put beside it. */
function projectMessages({ texts, others, noOfChannel, generation }: Written): Statement[] {
  const gone = [...texts, ...others].filter(isDeleted).map(({ id }) => id);
  const there = texts.filter((message) => !isDeleted(message));
  return [
    ...(texts.length ? [insertNew(JSON.stringify(texts.map(rowOf)), noOfChannel, generation)] : []),
    ...(gone.length ? [removeTexts(JSON.stringify(gone))] : []),
    ...(there.length ? [putTexts(JSON.stringify(there.map(textOf)), generation)] : []),
    ...(texts.length + others.length
      ? [update(JSON.stringify([...texts, ...others].map(rowOf)), generation)]
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
    link: flag(address.test(content)),
    reaction: flag(reactions.length > 0),
    thread: flag(threadId !== null || thread !== null),
    pinned: flag(pinned),
  };
}

function textOf({ id, rev, content, files }: Message) {
  const names = files.map(({ name }) => name);
  return { id, rev, ...indexText(content, ...names), files: indexFileNames(names) };
}

/**
 * Each gets the first free number from that of its time on, in the order given. `placed` tries one number after the other:
 * of those tried for a message, all but the last were taken.
 */
const insertNew = (rows: string, noOfChannel: SQL, generation: number): Statement => sql`
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
  SELECT max(placed.doc), row->>'id', ${noOfChannel}, row->>'rev', ${generation}, row->>'author', row->>'at',
    row->>'deleted', row->>'file', row->>'link', row->>'reaction', row->>'thread', row->>'pinned'
  FROM fresh JOIN placed ON placed.n = fresh.n GROUP BY fresh.n`;

const removeTexts = (ids: string): Statement => sql`
  DELETE FROM search_text WHERE rowid IN (
    SELECT doc FROM json_each(${ids}) CROSS JOIN documents ON message_id = value)`;

/** A text that is there as it is to be is not written again. */
const putTexts = (rows: string, generation: number): Statement => sql`
  INSERT OR REPLACE INTO search_text (rowid, words, stems, files)
  SELECT doc, value->>'words', value->>'stems', value->>'files'
  FROM json_each(${rows}) CROSS JOIN documents ON message_id = value->>'id'
  WHERE (generation < ${generation} OR rev <= value->>'rev')
    AND NOT EXISTS (
      SELECT 1 FROM search_text AS before WHERE before.rowid = doc AND before.words = value->>'words'
        AND before.stems = value->>'stems' AND before.files = value->>'files')`;

/** A message of one `rev` is always the same. */
const update = (rows: string, generation: number): Statement => sql`
  UPDATE documents SET rev = value->>'rev', generation = ${generation}, deleted = value->>'deleted',
    has_file = value->>'file', has_link = value->>'link', has_reaction = value->>'reaction',
    in_thread = value->>'thread', pinned = value->>'pinned'
  FROM json_each(${rows})
  WHERE message_id = value->>'id' AND (generation < ${generation} OR rev < value->>'rev')`;
