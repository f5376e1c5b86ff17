import { createDue } from "../log/due.ts";
import type { Migration } from "../log/migrations.ts";

const createAccount: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE account (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      username TEXT NOT NULL,
      role TEXT NOT NULL,
      active INTEGER NOT NULL,
      rev INTEGER NOT NULL,
      credential_version INTEGER NOT NULL
    )`);
};

/** Of refresh tokens there is a counter and a salt: neither makes one without the Worker's key. */
const createSessions: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE sessions (
      id TEXT PRIMARY KEY,
      credential_version INTEGER NOT NULL,
      device TEXT NOT NULL,
      address_prefix TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      last_used_at INTEGER NOT NULL,
      generation INTEGER NOT NULL,
      rotated_at INTEGER NOT NULL,
      salt TEXT NOT NULL
    ) WITHOUT ROWID`);
};

/** `attachments`: rooms with sockets of a session. `holders`: rooms that keep facts of this user. */
const createAttachments: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE attachments (session_id TEXT NOT NULL, channel_id TEXT NOT NULL, PRIMARY KEY (session_id, channel_id)) WITHOUT ROWID;
    CREATE TABLE holders (channel_id TEXT PRIMARY KEY, asked_at INTEGER NOT NULL) WITHOUT ROWID`);
};

/** What rooms must be told, until they confirm it. `session_id` is empty where the call is about facts. */
const createRoomCalls: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE room_calls (
      kind TEXT NOT NULL,
      channel_id TEXT NOT NULL,
      session_id TEXT NOT NULL,
      rev INTEGER NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0,
      at INTEGER NOT NULL,
      PRIMARY KEY (kind, channel_id, session_id)
    ) WITHOUT ROWID;
    CREATE INDEX room_calls_by_time ON room_calls (at)`);
};

/** Numbered by their place: append only. */
export const hubMigrations: readonly Migration[] = [
  createDue,
  createAccount,
  createSessions,
  createAttachments,
  createRoomCalls,
];
