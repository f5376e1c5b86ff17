import { copyFile, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { startBenchWorker } from "../parley/bench-worker.ts";
import { batches, type SearchData } from "./data.ts";
import type { FilledDatabase } from "./measure.ts";
import { type MeasuredQuery, cacheMegabytes, pageLength, type Sort } from "./plan.ts";

type Statement = { sql: string; params: (string | number)[] };

export type ParleyIndex = FilledDatabase & {
  /** As `prepare`, with SQLite's default page cache of 2 MB. */
  prepareSmall: FilledDatabase["prepare"];
  /** Returns the milliseconds that a statement takes through D1's binding, with `times` of them in one request. */
  throughD1(query: MeasuredQuery, sort: Sort, times: number): Promise<number>;
};

/** Fills Parley's search index through D1 in workerd, and opens a copy of the database file in Node's SQLite. */
export async function startParleyIndex(
  data: SearchData,
  progress: (text: string) => void,
): Promise<ParleyIndex> {
  const worker = await startBenchWorker("search");
  const directory = await mkdtemp(join(tmpdir(), "parley-bench-search-"));
  const stop = async (): Promise<void> => {
    await worker.stop();
    await rm(directory, { recursive: true, force: true });
  };
  const post = async <T>(path: string, body: unknown): Promise<T> => {
    const response = await fetch(worker.origin + path, { method: "POST", body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${(await response.text()).slice(0, 300)}`);
    return (await response.json()) as T;
  };
  try {
    await post("/channels", data.channels);
    let written = 0;
    const begun = performance.now();
    for (const batch of batches(data)) {
      await post("/messages", batch);
      progress(`Parley: ${(written += batch.messages.length)} of ${data.messages.length} messages`);
    }
    const perSecond = written / ((performance.now() - begun) / 1_000);
    const file = await copyDatabase(worker.state, join(directory, "search.sqlite"));
    const db = new DatabaseSync(file);
    db.exec(`PRAGMA cache_size = -${cacheMegabytes * 1024}`);
    const small = new DatabaseSync(file, { readOnly: true });

    const { userId, nowMs } = data.reader;
    const statementOf = (query: MeasuredQuery, sort: Sort, limit = pageLength) =>
      query === "nothing"
        ? Promise.resolve({ sql: "SELECT 1", params: [] })
        : post<Statement>("/statement", { ...query, sort, limit, userId, nowMs });
    const prepareOn =
      (database: DatabaseSync): FilledDatabase["prepare"] =>
      async (query, sort, limit) => {
        const { sql, params } = await statementOf(query, sort, limit);
        const prepared = database.prepare(sql);
        return async () => prepared.all(...params);
      };
    return {
      pid: worker.pid,
      perSecond,
      parts: bytesByPart(db),
      prepare: prepareOn(db),
      prepareSmall: prepareOn(small),
      throughD1: async (query, sort, times) => {
        const statement = await statementOf(query, sort);
        const begun = performance.now();
        await post("/run", { ...statement, times });
        return (performance.now() - begun) / times;
      },
      stop: async () => {
        small.close();
        db.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Copies the database file of D1, with its write-ahead log. */
async function copyDatabase(state: string, target: string): Promise<string> {
  const files = await readdir(state, { recursive: true });
  const candidates = files.filter((file) => file.endsWith(".sqlite") && file.includes("d1"));
  const sizes = await Promise.all(
    candidates.map(async (file) => ({ path: join(state, file), size: (await stat(join(state, file))).size })),
  );
  const largest = sizes.toSorted((one, other) => other.size - one.size)[0];
  if (!largest) throw new Error("no database file of D1 was found");
  await copyFile(largest.path, target);
  await copyFile(`${largest.path}-wal`, `${target}-wal`).catch(() => {});
  return target;
}

/** Returns the bytes of the tables and indexes that contain messages. */
function bytesByPart(db: DatabaseSync): Map<string, number> {
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  const rows = db.prepare("SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name").all() as {
    name: string;
    bytes: number;
  }[];
  const bytes = (pattern: RegExp): number =>
    rows.filter(({ name }) => pattern.test(name)).reduce((sum, row) => sum + row.bytes, 0);
  return new Map([
    ["full text: posting lists", bytes(/^search_text_(data|idx)$/)],
    ["full text: stored words and stems", bytes(/^search_text_content$/)],
    ["full text: document lengths, for ranking", bytes(/^search_text_docsize$/)],
    ["fields of messages (`documents`)", bytes(/^documents$/)],
    ["indexes of `documents`", bytes(/^documents_/)],
  ]);
}
