import { getTableColumns, getTableName, sql, type SQL, type SQLWrapper } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";

/** One statement of a batch: a query builder of Drizzle, or `sql`. */
export type Statement = SQLWrapper;

/** The time of D1's clock, ms since 1970. D1 runs batches one after another, so a later batch has an equal or later time. */
export const databaseNow: SQL = sql`CAST(unixepoch('subsec') * 1000 AS INTEGER)`;

type Row<T extends SQLiteTable> = { [K in keyof T["$inferInsert"]]?: T["$inferInsert"][K] | null };

const columnsOf = (table: SQLiteTable, row: object): [string, SQLiteColumn][] =>
  Object.entries(getTableColumns(table)).filter(([property]) => property in row);

const name = (column: SQLiteColumn): SQL => sql.identifier(column.name) as unknown as SQL;

/**
 * Makes a statement that inserts rows, or overwrites those whose key exists. Its only parameter is the rows as a JSON array, because D1 permits
 * 100 parameters in a statement.
 *
 * @param key the columns of a unique key; every row must have them
 * @param rows all with the same properties as the first
 * @param options `newerBy`: overwrites a row only if the new one has a higher value in this column. `stamp`: the column that receives the time
 *   of D1's clock.
 * @returns no statement if there are no rows
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
  const otherColumns = written.filter((column) => !key.some((part) => part.name === column.name));
  const change = otherColumns.map((column) => sql`${name(column)} = excluded.${name(column)}`);
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

/**
 * Makes a statement that updates existing rows, with one parameter as `upsertMany`. Rows without a match are ignored.
 *
 * @param key the column by which rows match
 */
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

/**
 * Makes a statement that deletes rows, with one parameter as `upsertMany`.
 *
 * @param rows the values of the columns by which rows match
 */
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
