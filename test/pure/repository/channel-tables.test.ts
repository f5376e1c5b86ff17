import { getTableColumns, is } from "drizzle-orm";
import { SQLiteTable } from "drizzle-orm/sqlite-core";
import { expect, test } from "vitest";
import { channelTables } from "../../../src/db/channel-tables.ts";
import * as schema from "../../../src/db/schema/index.ts";

test("[PJ6] every table of the schema with a channel_id has rules in channelTables", () => {
  const names = Object.entries(schema).flatMap(([name, table]) =>
    is(table, SQLiteTable) &&
    Object.values(getTableColumns(table)).some((column) => column.name === "channel_id")
      ? [name]
      : [],
  );
  expect(names.length).toBeGreaterThan(5);
  expect(Object.keys(channelTables)).toEqual(expect.arrayContaining(names));
  const tables: [string, unknown][] = Object.entries(schema);
  for (const [name, { table }] of Object.entries(channelTables))
    expect(table, name).toBe(tables.find(([key]) => key === name)?.[1]);
});
