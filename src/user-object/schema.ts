import { createAlarmTable } from "../durable/alarm-scheduler.ts";
import { createLog } from "../durable/event-log.ts";
import type { Migration } from "../durable/migrations.ts";
import { createMemberships } from "./room-sync/memberships.ts";
import { extendNotifications } from "./notifications/notification-columns.ts";
import { createQuotas } from "./user-quotas.ts";
import { createFiles } from "./files/file-rows.ts";
import { createRoomCursors } from "./user-event-log.ts";
import { createRoomSockets } from "./sockets/room-sockets.ts";
import { createShownStatus } from "./presence/public-status.ts";
import { createTickets } from "./sessions/tickets.ts";

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

/**
 * Which events of the log are notifications, and which event of which room each is about. `nr` counts them without holes, as
 * `place` counts what is held back, so that how many there are is known without looking at each.
 */
const createNotifications: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE notifications (
      nr INTEGER PRIMARY KEY,
      seq INTEGER NOT NULL UNIQUE,
      channel_id TEXT NOT NULL,
      channel_seq INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      UNIQUE (channel_id, channel_seq)
    );
    CREATE TABLE held_notices (
      place INTEGER PRIMARY KEY,
      channel_id TEXT NOT NULL,
      channel_seq INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      notice TEXT NOT NULL,
      UNIQUE (channel_id, channel_seq)
    );
    CREATE TABLE notification_marks (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      last_read_seq INTEGER NOT NULL,
      trimmed_to INTEGER NOT NULL
    )`);
};

const createStatus: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE status (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      presence TEXT NOT NULL,
      custom TEXT
    )`);
};

/** `at`: when a room last asked. `direct`: the session connected to it without a gateway. */
const extendAttachments: Migration = (sql) => {
  sql.exec(`
    ALTER TABLE attachments ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE attachments ADD COLUMN direct INTEGER NOT NULL DEFAULT 1;
    CREATE INDEX attachments_by_channel ON attachments (channel_id)`);
};

/** `told_rev`: up to which change of the account the user's devices were told of it. */
const extendAccount: Migration = (sql) => {
  sql.exec("ALTER TABLE account ADD COLUMN told_rev INTEGER; UPDATE account SET told_rev = rev");
};

/** `receipts`: JSON of `Receipts`, see `features/auth/refresh-tokens.ts`. */
const extendSessions: Migration = (sql) => {
  sql.exec("ALTER TABLE sessions ADD COLUMN receipts TEXT NOT NULL DEFAULT '[]'");
};

/** Numbered by their place: append only. */
export const hubMigrations: readonly Migration[] = [
  createAlarmTable,
  createAccount,
  createSessions,
  createAttachments,
  createRoomCalls,
  createLog,
  createNotifications,
  createStatus,
  createRoomCursors,
  createTickets,
  createShownStatus,
  extendAttachments,
  extendAccount,
  createFiles,
  createQuotas,
  createMemberships,
  extendSessions,
  extendNotifications,
  createRoomSockets,
];
