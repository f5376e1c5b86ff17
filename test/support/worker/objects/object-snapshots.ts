import { runInDurableObject } from "cloudflare:test";
import { evictObject } from "./room-object.ts";

/** Runs `work` on the storage of an object. */
export const withStorage = <T>(
  stub: DurableObjectStub,
  work: (storage: DurableObjectStorage) => T,
): Promise<T> =>
  runInDurableObject(
    stub as never,
    ((_: unknown, { storage }: DurableObjectState) => work(storage)) as never,
  ) as Promise<T>;

/** Loads a snapshot into a blank object without starting it again. */
export const loadSnapshot = (stub: DurableObjectStub, dump: string): Promise<void> =>
  withStorage(stub, ({ sql }) => void sql.exec(dump));

/** Loads a snapshot and evicts the object, so that the next call opens it. */
export async function restoreSnapshot(stub: DurableObjectStub, dump: string): Promise<void> {
  await loadSnapshot(stub, dump);
  await evictObject(stub);
}

/** Returns the schema of an object, sorted by name. */
export const schemaOf = (stub: DurableObjectStub): Promise<string[]> =>
  withStorage(stub, ({ sql }) =>
    sql
      .exec<{ name: string; sql: string }>(
        `SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND ${ownTables} ORDER BY name`,
      )
      .toArray()
      .map((item) => `${item.name}: ${item.sql.replace(/\s+/g, " ")}`),
  );

const ownTables = "name NOT LIKE '\\_cf\\_%' ESCAPE '\\'";

/** Dumps an object as SQL: the schema in the order of creation, then all rows. */
export const dumpOf = (stub: DurableObjectStub): Promise<string> =>
  withStorage(stub, ({ sql }) => {
    const schema = sql
      .exec<{ type: string; name: string; sql: string }>(
        `SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND ${ownTables} ORDER BY rowid`,
      )
      .toArray();
    const lines = schema.map((item) => `${item.sql.replace(/\s+/g, " ")};`);
    for (const { name } of schema.filter(({ type }) => type === "table")) {
      for (const row of sql.exec(`SELECT * FROM ${name}`).toArray())
        lines.push(
          `INSERT INTO ${name} (${Object.keys(row).join(", ")}) VALUES (${Object.values(row).map(literal).join(", ")});`,
        );
    }
    return `${lines.join("\n")}\n`;
  });

const literal = (value: SqlStorageValue): string =>
  value === null
    ? "NULL"
    : typeof value === "number"
      ? String(value)
      : `'${String(value).replaceAll("'", "''")}'`;
