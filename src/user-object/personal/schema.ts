import type { Migration } from "../../durable/migrations.ts";

/**
 * `scheduled_messages`: `at` is when the outbox next works on the row; null for one that was sent or has failed. `extras`:
 * JSON of `ScheduledExtras`. `scopes`: JSON of the scopes of the token that scheduled it; null for a session of a person. `started_at`: when it
 * was first sent to the room.
 *
 * `reminders`: `firings` counts how often it became due, which numbers its notifications.
 *
 * `drafts`: `thread_id` is empty for a draft of the channel; a
 * deleted draft stays for a while with an empty text, so that its `rev` is not used again.
 */
export const createPersonalTables: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE scheduled_messages (
      id TEXT PRIMARY KEY,
      channel_id TEXT NOT NULL,
      thread_id TEXT,
      also_in_channel INTEGER NOT NULL,
      content TEXT NOT NULL,
      file_ids TEXT NOT NULL,
      extras TEXT NOT NULL,
      is_bot INTEGER NOT NULL,
      scopes TEXT,
      send_at INTEGER NOT NULL,
      state TEXT NOT NULL,
      at INTEGER,
      attempts INTEGER NOT NULL DEFAULT 0,
      started_at INTEGER,
      error TEXT,
      message_id TEXT,
      rev INTEGER NOT NULL,
      nonce TEXT UNIQUE,
      nonce_hash TEXT,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX scheduled_by_time ON scheduled_messages (at) WHERE at IS NOT NULL;
    CREATE INDEX scheduled_by_channel ON scheduled_messages (channel_id, at) WHERE at IS NOT NULL;
    CREATE INDEX scheduled_by_send_time ON scheduled_messages (send_at, id);
    CREATE INDEX scheduled_by_state ON scheduled_messages (state, updated_at);
    CREATE TABLE reminders (
      id TEXT PRIMARY KEY,
      text TEXT NOT NULL,
      remind_at INTEGER NOT NULL,
      state TEXT NOT NULL,
      channel_id TEXT,
      message_id TEXT,
      firings INTEGER NOT NULL DEFAULT 0,
      rev INTEGER NOT NULL,
      nonce TEXT UNIQUE,
      nonce_hash TEXT,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX reminders_by_time ON reminders (remind_at) WHERE state = 'pending';
    CREATE INDEX reminders_by_state ON reminders (state, remind_at, id);
    CREATE TABLE drafts (
      channel_id TEXT NOT NULL,
      thread_id TEXT NOT NULL,
      content TEXT NOT NULL,
      rev INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      PRIMARY KEY (channel_id, thread_id)
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX drafts_by_rev ON drafts (rev);
    CREATE TABLE saved_messages (
      message_id TEXT PRIMARY KEY,
      channel_id TEXT NOT NULL,
      saved_at INTEGER NOT NULL,
      done_at INTEGER
    ) WITHOUT ROWID;
    CREATE INDEX saved_by_time ON saved_messages (saved_at, message_id)`);
};
