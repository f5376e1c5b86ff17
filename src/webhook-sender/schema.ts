import { createAlarmTable } from "../durable/alarm-scheduler.ts";
import type { Migration } from "../durable/migrations.ts";

const createEventSubscriptionTables: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE subscription (one INTEGER PRIMARY KEY CHECK (one = 1), data TEXT NOT NULL);
    CREATE TABLE channels (
      channel_id TEXT PRIMARY KEY,
      epoch TEXT NOT NULL,
      position INTEGER NOT NULL,
      is_idle INTEGER NOT NULL DEFAULT 0,
      wakes INTEGER NOT NULL DEFAULT 0,
      at INTEGER NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0,
      failing_since INTEGER
    ) WITHOUT ROWID;
    CREATE INDEX channels_by_time ON channels (at) WHERE is_idle = 0;
    CREATE TABLE deliveries (
      nr INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      channel_id TEXT NOT NULL,
      seq INTEGER NOT NULL,
      type TEXT NOT NULL,
      state TEXT NOT NULL,
      attempts INTEGER NOT NULL,
      status INTEGER,
      error TEXT,
      latency_ms INTEGER NOT NULL,
      first_at INTEGER NOT NULL,
      last_at INTEGER NOT NULL
    );
  `);
};

/** A migration's number is its index: append only. */
export const senderMigrations: readonly Migration[] = [createAlarmTable, createEventSubscriptionTables];

/** The keys of a sender's scheduled tasks. They are stored: add keys, but never rename one. */
export type SenderAlarmKey = "deliveries" | "channels" | "record" | "notice" | "creation";
