import { sql } from "drizzle-orm";
import { searchIndex, writeBatch } from "../../db/index.ts";
import type { AlarmTask } from "../../durable/alarm-scheduler.ts";
import { readCursor } from "../../durable/projection-sink.ts";
import { backoffMs } from "../../lib/backoff.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { logIdentityOf } from "./fenced-batch.ts";
import type { IndexGeneration } from "./index-generation.ts";
import type { ProjectionContext } from "./projection-context.ts";

const rowsPerBatch = 500;
/** The waits until the channel is indexed again. */
const waitBounds = { baseMs: 1_000, capMs: 30_000 };

/**
 * Deletes the search rows of older generations once the channel is indexed again, in batches, by the alarm. Deleting runs twice
 * without harm; when the index does not answer, the alarm scheduler retries.
 */
export class StaleIndexCleanup implements AlarmTask {
  static readonly key = "leftovers";
  readonly #context: ProjectionContext;
  readonly #generations: IndexGeneration;
  #isRunning = false;

  constructor(context: ProjectionContext, generations: IndexGeneration) {
    this.#context = context;
    this.#generations = generations;
  }

  /** Schedules the cleanup, within the commit that begins a generation. */
  schedule(nowMs: number): void {
    this.#context.alarms.set(StaleIndexCleanup.key, nowMs + backoffMs(0, waitBounds));
  }

  async onAlarm(nowMs: number): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      await this.#run(nowMs);
    } finally {
      this.#isRunning = false;
    }
  }

  async #run(nowMs: number): Promise<void> {
    const { alarms, storage } = this.#context;
    const { generation, goal } = this.#generations;
    if (readCursor(storage.sql, "search") < goal) {
      const attempts = alarms.attempts(StaleIndexCleanup.key);
      alarms.set(StaleIndexCleanup.key, nowMs + backoffMs(attempts, waitBounds), attempts + 1);
      return;
    }
    while ((await this.#deleteBatch()) === rowsPerBatch);
    // A generation that began meanwhile leaves further rows.
    if (this.#generations.generation === generation) alarms.clear(StaleIndexCleanup.key);
  }

  /** Deletes one batch, and returns how many rows it had. */
  async #deleteBatch(): Promise<number> {
    const { channelId, epoch } = logIdentityOf(this.#context.room);
    const { generation } = this.#generations;
    const stale = sql`SELECT doc FROM documents WHERE channel_no = (
        SELECT no FROM search_channels WHERE channel_id = ${channelId} AND epoch = ${epoch} AND generation = ${generation})
      AND generation < ${generation} ORDER BY generation, doc LIMIT ${rowsPerBatch}`;
    const results = await writeBatch(searchIndex(this.#context.env), [
      sql`DELETE FROM search_text WHERE rowid IN (${stale})`,
      sql`DELETE FROM documents WHERE doc IN (${stale}) RETURNING doc`,
    ]);
    failpoint("room:after-leftovers");
    return results[1]?.results.length ?? 0;
  }
}
