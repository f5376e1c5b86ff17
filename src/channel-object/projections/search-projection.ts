import { sql } from "drizzle-orm";
import { failpoint } from "../../lib/failpoint.ts";
import { describeError } from "../../lib/log-line.ts";
import { type SearchIndex, type Statement, writeBatch } from "../../db/index.ts";
import { projectToIndex, replaceChannel } from "../../features/search/index.ts";
import type { LogRow } from "../../durable/event-log.ts";
import { type LogIdentity, writeFenced } from "./fenced-batch.ts";
import type { IndexGeneration } from "./index-generation.ts";
import type { StoredRoomState } from "../stored-room-state.ts";

/** A room, and its place in the search index. */
export interface Indexing {
  index: SearchIndex;
  room: StoredRoomState;
  /** As it is when it is asked. */
  life: () => LogIdentity;
  generations: IndexGeneration;
  /** Before what the index has of an older generation is doubted: so that it will be removed, whoever dies. */
  onNewGeneration: () => void;
}

/** So many rows of an older generation go in one batch. */
const leftoversAtOnce = 500;

/** As `projectToRecord`, for the search index. */
export function indexEvents(
  indexing: Indexing,
  channelId: string,
  rows: readonly LogRow[],
  from: number,
): Promise<number> {
  const { index, room, generations } = indexing;
  return writeFenced(
    {
      fence: "search_channels.indexed_seq",
      write: (events, at, to) => {
        const { generation } = generations;
        const statements = [fence(indexing, at, to), ...projectToIndex(events, room, generation)];
        failpoint("room:before-index");
        return writeBatch(index, statements);
      },
      park: (seq, at, error) =>
        writeBatch(index, [
          fence(indexing, at, seq),
          sql`INSERT OR IGNORE INTO search_dead_letters (channel_id, seq, error, parked_at)
            VALUES (${channelId}, ${seq}, ${describeError(error)}, ${Date.now()})`,
        ]),
      place: () => readIndexCheckpoint(indexing),
      passed: () => failpoint("room:after-index"),
    },
    channelId,
    rows,
    from,
  );
}

/** As the record's. Rows are as the room has them now, so the index also says where the log ended when they were taken. */
function fence({ life, generations }: Indexing, from: number, to: number): Statement {
  const { channelId, epoch, head } = life();
  const { generation } = generations;
  return sql`
    INSERT INTO search_channels (channel_id, epoch, generation, indexed_seq, head)
    SELECT ${channelId}, ${epoch}, ${generation}, CASE WHEN coalesce((
      SELECT indexed_seq = ${from} AND epoch = ${epoch} AND generation = ${generation}
      FROM search_channels WHERE channel_id = ${channelId}), ${from} = 0) THEN ${to} END, ${head}
    WHERE true
    ON CONFLICT (channel_id) DO UPDATE SET indexed_seq = excluded.indexed_seq, head = excluded.head`;
}

interface Place {
  epoch: string;
  generation: number;
  seq: number;
  head: number;
}

/**
 * Where the index stands in this log: 0 if it has nothing of it. What it has of another life or generation of the log, or of
 * what lies beyond the head of one that was restored to an earlier moment, stays for now, to be written over from 0 on.
 */
export async function readIndexCheckpoint(indexing: Indexing): Promise<number> {
  const { index, room, life, generations } = indexing;
  const [seen] = await index.all<Place>(
    sql`SELECT epoch, generation, indexed_seq AS seq, head FROM search_channels WHERE channel_id = ${life().channelId}`,
  );
  if (!seen) return 0;
  const { channelId, epoch, head } = life();
  const isOurs = seen.epoch === epoch && seen.head <= head;
  if (isOurs && seen.generation === generations.generation) return seen.seq;
  if (!isOurs || seen.generation > generations.generation) generations.begin(head, seen.generation);
  indexing.onNewGeneration();
  await writeBatch(index, [
    // Fails whole, as a late batch does, unless the index still stands there.
    sql`UPDATE search_channels SET epoch = ${epoch}, generation = ${generations.generation}, head = ${head},
        indexed_seq = CASE WHEN epoch = ${seen.epoch} AND generation = ${seen.generation} AND indexed_seq = ${seen.seq} THEN 0 END
      WHERE channel_id = ${channelId}`,
    sql`DELETE FROM search_dead_letters WHERE channel_id = ${channelId}`,
    ...replaceChannel(room.channel, room.members.allIds()),
  ]);
  return 0;
}

/** Removes some of what the index has of older generations; tells whether that was all. */
export async function removeStaleEntries({ index, life, generations }: Indexing): Promise<boolean> {
  const { channelId, epoch } = life();
  const { generation } = generations;
  const leftovers = sql`SELECT doc FROM documents WHERE channel_no = (
      SELECT no FROM search_channels WHERE channel_id = ${channelId} AND epoch = ${epoch} AND generation = ${generation})
    AND generation < ${generation} ORDER BY generation, doc LIMIT ${leftoversAtOnce}`;
  const results = await writeBatch(index, [
    sql`DELETE FROM search_text WHERE rowid IN (${leftovers})`,
    sql`DELETE FROM documents WHERE doc IN (${leftovers}) RETURNING doc`,
  ]);
  failpoint("room:after-leftovers");
  return (results[1]?.results.length ?? 0) < leftoversAtOnce;
}
