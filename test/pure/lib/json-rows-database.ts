import { DatabaseSync } from "node:sqlite";
import { SQLiteAsyncDialect } from "drizzle-orm/sqlite-core";
import { beforeEach, expect } from "vitest";
import type { Statement } from "../../../src/db/json-rows.ts";

export const dialect = new SQLiteAsyncDialect();
let db: DatabaseSync;

/** The database of the running test. */
export const database = (): DatabaseSync => db;

beforeEach(() => {
  db = new DatabaseSync(":memory:");
  db.exec(`
    CREATE TABLE messages (id TEXT PRIMARY KEY NOT NULL, channel_id TEXT NOT NULL, seq INTEGER NOT NULL, rev INTEGER NOT NULL, author_id TEXT NOT NULL,
      content TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, deleted_at INTEGER, version INTEGER NOT NULL,
      mentions TEXT, reactions TEXT, pinned INTEGER, thread TEXT);
    CREATE TABLE message_versions (message_id TEXT NOT NULL, version INTEGER NOT NULL, content TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (message_id, version));
    CREATE TABLE channel_members (channel_id TEXT NOT NULL, user_id TEXT NOT NULL, role TEXT NOT NULL, joined_at INTEGER NOT NULL, PRIMARY KEY (channel_id, user_id));
    CREATE TABLE channel_readers (channel_id TEXT NOT NULL, user_id TEXT NOT NULL, last_read_seq INTEGER NOT NULL, level TEXT NOT NULL,
      rev INTEGER NOT NULL, PRIMARY KEY (channel_id, user_id));
  `);
});

/** Executes statements as D1 does. */
export function run(statements: Statement[]): void {
  for (const statement of statements) {
    const { sql, params } = dialect.sqlToQuery(statement.getSQL());
    expect(params.length, "one parameter for any number of rows").toBe(1);
    db.prepare(sql).run(...(params as string[]));
  }
}

export const message = (id: string, content: string, more: object = {}) => ({
  id,
  channelId: "c",
  seq: 1,
  rev: 1,
  authorId: "u",
  content,
  createdAt: 1,
  updatedAt: 2,
  deletedAt: null,
  version: 1,
  ...more,
});
export const rows = (table: string) =>
  db
    .prepare(`SELECT * FROM ${table}`)
    .all()
    .map((row) => ({ ...row }));
