import { sql } from "drizzle-orm";
import type { LoggedEvent } from "../../domain/logged-event.ts";
import { type SearchIndex, searchIndex, type Statement, writeBatch } from "../../db/index.ts";
import type { LogRow } from "../../durable/event-log.ts";
import type { Projection } from "../../durable/projection-sink.ts";
import { projectToIndex, replaceChannel } from "../../features/search/index.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { describeError } from "../../lib/log-line.ts";
import { type FencedTarget, type LogIdentity, logIdentityOf, writeFenced } from "./fenced-batch.ts";
import type { IndexGeneration } from "./index-generation.ts";
import type { ProjectionContext } from "./projection-context.ts";
import type { StaleIndexCleanup } from "./stale-index-cleanup.ts";

interface StoredCheckpoint {
  epoch: string;
  generation: number;
  seq: number;
  /** Where the log ended when the index was last written. */
  head: number;
}

/**
 * Writes the room's log to the search index. Each event is written exactly once (`writeFenced`). Search may lag behind D1 by
 * about a second, so batches are larger and rarer.
 */
export class SearchProjection implements Projection<LogRow>, FencedTarget {
  readonly name = "search";
  readonly fenceColumn = "search_channels.indexed_seq";
  readonly batchIntervalMs = 1_000;
  readonly initialDelayMs = 250;
  readonly feed;
  readonly #context: ProjectionContext;
  readonly #generations: IndexGeneration;
  readonly #cleanup: StaleIndexCleanup;

  constructor(context: ProjectionContext, generations: IndexGeneration, cleanup: StaleIndexCleanup) {
    this.#context = context;
    this.#generations = generations;
    this.#cleanup = cleanup;
    this.feed = context.room.log;
  }

  get #index(): SearchIndex {
    return searchIndex(this.#context.env);
  }

  async deliver(rows: LogRow[], from: number): Promise<number> {
    const reached = await writeFenced(this, this.#context.room.channel.id, rows, from);
    // An index that was restored to an earlier moment may contain stale rows that had been deleted already.
    if (reached < from) this.#cleanup.schedule(Date.now());
    return reached;
  }

  readCheckpoint(): Promise<number> {
    return this.storedCheckpoint();
  }

  writeEvents(events: LoggedEvent[], from: number, to: number): Promise<unknown> {
    const { room } = this.#context;
    const { generation } = this.#generations;
    const statements = [
      fence(logIdentityOf(room), generation, from, to),
      ...projectToIndex(events, room, generation),
    ];
    failpoint("room:before-index");
    return writeBatch(this.#index, statements);
  }

  storeDeadLetter(seq: number, from: number, error: string): Promise<unknown> {
    const log = logIdentityOf(this.#context.room);
    return writeBatch(this.#index, [
      fence(log, this.#generations.generation, from, seq),
      sql`INSERT OR IGNORE INTO search_dead_letters (channel_id, seq, error, parked_at)
        VALUES (${log.channelId}, ${seq}, ${describeError(error)}, ${Date.now()})`,
    ]);
  }

  /**
   * Reads the index's checkpoint. Rows of another epoch or generation, or of a log that was restored to an earlier moment, stay
   * searchable for now: the checkpoint becomes 0, the log is indexed again over them, and what is stale then is deleted by
   * `StaleIndexCleanup`, which is scheduled first so that a crash in between loses nothing.
   */
  async storedCheckpoint(): Promise<number> {
    const { room } = this.#context;
    const generations = this.#generations;
    const [stored] = await this.#index.all<StoredCheckpoint>(
      sql`SELECT epoch, generation, indexed_seq AS seq, head FROM search_channels WHERE channel_id = ${room.channel.id}`,
    );
    if (!stored) return 0;
    const { channelId, epoch, head } = logIdentityOf(room);
    const isSameLog = stored.epoch === epoch && stored.head <= head;
    if (isSameLog && stored.generation === generations.generation) return stored.seq;
    if (!isSameLog || stored.generation > generations.generation) generations.begin(head, stored.generation);
    this.#cleanup.schedule(Date.now());
    await writeBatch(this.#index, [
      // Fails as a whole, as a late batch does, unless the checkpoint is still the one that was read.
      sql`UPDATE search_channels SET epoch = ${epoch}, generation = ${generations.generation}, head = ${head},
          indexed_seq = CASE WHEN epoch = ${stored.epoch} AND generation = ${stored.generation} AND indexed_seq = ${stored.seq} THEN 0 END
        WHERE channel_id = ${channelId}`,
      sql`DELETE FROM search_dead_letters WHERE channel_id = ${channelId}`,
      ...replaceChannel(room.channel, room.members.allIds()),
    ]);
    return 0;
  }

  afterBatch(): void {
    failpoint("room:after-index");
  }
}

/**
 * The statement that lets a batch pass only if the index's checkpoint is `from` of this epoch and generation. It stores the log's
 * head as well, because rows are written as the room has them now, which may be newer than `to`.
 */
function fence(
  { channelId, epoch, head }: LogIdentity,
  generation: number,
  from: number,
  to: number,
): Statement {
  return sql`
    INSERT INTO search_channels (channel_id, epoch, generation, indexed_seq, head)
    SELECT ${channelId}, ${epoch}, ${generation}, CASE WHEN coalesce((
      SELECT indexed_seq = ${from} AND epoch = ${epoch} AND generation = ${generation}
      FROM search_channels WHERE channel_id = ${channelId}), ${from} = 0) THEN ${to} END, ${head}
    WHERE true
    ON CONFLICT (channel_id) DO UPDATE SET indexed_seq = excluded.indexed_seq, head = excluded.head`;
}
