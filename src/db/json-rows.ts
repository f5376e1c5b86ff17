import { getTableColumns, getTableName, sql, type SQL, type SQLWrapper } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";

/** One write of a batch: a builder of Drizzle's, or `sql`. */
export type Statement = SQLWrapper;

/** The time by D1's clock, ms since 1970. D1 runs one batch after another, so that what is stamped later was written later. */
export const databaseNow: SQL = sql`CAST(unixepoch('subsec') * 1000 AS INTEGER)`;

type Row<T extends SQLiteTable> = { [K in keyof T["$inferInsert"]]?: T["$inferInsert"][K] | null };

const columnsOf = (table: SQLiteTable, row: object): [string, SQLiteColumn][] =>
  Object.entries(getTableColumns(table)).filter(([property]) => property in row);

const name = (column: SQLiteColumn): SQL => sql.identifier(column.name) as unknown as SQL;

/**
 * Inserts many rows, or overwrites those whose key is there, by one statement with one parameter: the rows as a JSON array.
 * D1 takes 100 parameters a statement; this way their number does not grow with the rows.
 * Every row has the keys of the first; a key of the table must be among them. No rows, no statement. `newerBy`: overwrites only
 * a row that has less in this column. `stamp`: the column that receives the time by D1's clock.
 */
export function upsertMany<T extends SQLiteTable>(
  table: T,
  key: SQLiteColumn[],
  rows: Row<T>[],
  { newerBy, stamp }: { newerBy?: SQLiteColumn; stamp?: SQLiteColumn } = {},
): Statement[] {
  const [first] = rows;
  if (!first) return [];
  const columns = columnsOf(table, first);
  const list = (items: SQL[]): SQL => sql.join(items, sql.raw(", "));
  const stamped = stamp ? [stamp] : [];
  const values = [
    ...columns.map(([property]) => sql.raw(`value->>'$.${property}'`)),
    ...stamped.map(() => databaseNow),
  ];
  const written = [...columns.map(([, column]) => column), ...stamped];
  const rest = written.filter((column) => !key.some((part) => part.name === column.name));
  const change = rest.map((column) => sql`${name(column)} = excluded.${name(column)}`);
  return [
    sql`INSERT INTO ${sql.identifier(getTableName(table))} (${list(written.map(name))})
          SELECT ${list(values)} FROM json_each(${JSON.stringify(rows)}) WHERE true
          ON CONFLICT (${list(key.map(name))}) DO ${change.length ? sql`UPDATE SET ${list(change)}` : sql.raw("NOTHING")}${
            newerBy
              ? sql` WHERE excluded.${name(newerBy)} > ${sql.identifier(getTableName(table))}.${name(newerBy)}`
              : sql.raw("")
          }`,
  ];
}

/** Changes the rows whose `key` is that of one of `rows`, by one statement with one parameter. Where there is none, nothing happens. */
export function updateMany<T extends SQLiteTable>(table: T, key: SQLiteColumn, rows: Row<T>[]): Statement[] {
  const [first] = rows;
  if (!first) return [];
  const columns = columnsOf(table, first);
  const value = (property: string): SQL => sql.raw(`changed.value->>'$.${property}'`);
  const change = columns.flatMap(([property, column]) =>
    column.name === key.name ? [] : [sql`${name(column)} = ${value(property)}`],
  );
  const keyProperty = columns.find(([, column]) => column.name === key.name)?.[0] ?? "";
  const tableName = sql.identifier(getTableName(table));
  return [
    sql`UPDATE ${tableName} SET ${sql.join(change, sql.raw(", "))} FROM json_each(${JSON.stringify(rows)}) AS changed
          WHERE ${tableName}.${name(key)} = ${value(keyProperty)}`,
  ];
}

/** Deletes the rows whose key columns equal one of `rows`, by one statement with one parameter. */
export function deleteMany<T extends SQLiteTable>(table: T, rows: Row<T>[]): Statement[] {
  const [first] = rows;
  if (!first) return [];
  const columns = columnsOf(table, first);
  const keys = sql.join(
    columns.map(([, column]) => name(column)),
    sql.raw(", "),
  );
  const values = sql.raw(columns.map(([property]) => `value->>'$.${property}'`).join(", "));
  return [
    sql`DELETE FROM ${sql.identifier(getTableName(table))} WHERE (${keys}) IN (SELECT ${values} FROM json_each(${JSON.stringify(rows)}))`,
  ];
}
