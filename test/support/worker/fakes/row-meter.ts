import { interceptDatabase, interceptSearchIndex, restoreDatabases } from "./database-interceptor.ts";
import { inRoom } from "../objects/room-object.ts";

/** Rows written, as Cloudflare counts them: each row of a table and each entry of an index. */
export interface WrittenRows {
  d1: number;
  objects: number;
}

/**
 * Counts the rows that D1 and objects write while `work` runs.
 *
 * @param channelId any channel with a room: objects share the prototype of their storage
 */
export async function countWrittenRows(
  channelId: string,
  work: () => Promise<unknown>,
): Promise<WrittenRows> {
  const rows: WrittenRows = { d1: 0, objects: 0 };
  const count = async ({ run }: { run(): Promise<unknown> }): Promise<unknown> => {
    const result = await run();
    for (const { meta } of [result].flat() as { meta?: { rows_written?: number } }[])
      rows.d1 += meta?.rows_written ?? 0;
    return result;
  };
  const prototype = await inRoom(
    channelId,
    (_, { storage: { sql } }) => Object.getPrototypeOf(sql) as SqlStorage,
  );
  const { exec } = prototype;
  prototype.exec = function (this: SqlStorage, query: string, ...bindings: unknown[]) {
    const cursor = exec.call(this, query, ...(bindings as SqlStorageValue[]));
    rows.objects += cursor.rowsWritten;
    return cursor;
  } as typeof exec;
  interceptDatabase(count);
  interceptSearchIndex(count);
  try {
    await work();
  } finally {
    restoreDatabases();
    prototype.exec = exec;
  }
  return rows;
}
