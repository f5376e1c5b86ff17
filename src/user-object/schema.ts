import { createAlarmTable } from "../durable/alarm-scheduler.ts";
import { createLog } from "../durable/event-log.ts";
import type { Migration } from "../durable/migrations.ts";
import { createCommandRuns } from "./commands/command-runs.ts";
import { createInvitation } from "./room-sync/invitation.ts";
import { createMemberships } from "./room-sync/memberships.ts";
import { extendNotifications } from "./notifications/notification-columns.ts";
import { createQuotas } from "./user-quotas.ts";
import { createFiles } from "./files/file-rows.ts";
import { createRoomCursors } from "./user-event-log.ts";
import { createRoomSockets } from "./sockets/room-sockets.ts";
import { createShownStatus } from "./presence/public-status.ts";
import { createPersonalTables } from "./personal/schema.ts";
import { createPush } from "./push/schema.ts";
import { createSecondFactors } from "./second-factor/schema.ts";
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

/** A refresh token is derived from `generation`, `salt` and the Worker's key; the stored two are useless without the key. */
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

/** `attachments`: rooms with sockets of a session. `holders`: rooms that store facts of this user. */
const createAttachments: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE attachments (session_id TEXT NOT NULL, channel_id TEXT NOT NULL, PRIMARY KEY (session_id, channel_id)) WITHOUT ROWID;
    CREATE TABLE holders (channel_id TEXT PRIMARY KEY, asked_at INTEGER NOT NULL) WITHOUT ROWID`);
};

/** The outbox of calls to rooms, until the rooms confirm them. `session_id` is empty for a call about the account or the status. */
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
 * `notifications`: which events of the log are notifications, and which event of which channel each is about. `held_notices`: deferred
 * notifications. `nr` and `place` count without gaps, so that the limits need no `count(*)`.
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

/** `at`: when the room last attached a socket. `direct`: the session has connected to the room without a gateway. */
const extendAttachments: Migration = (sql) => {
  sql.exec(`
    ALTER TABLE attachments ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE attachments ADD COLUMN direct INTEGER NOT NULL DEFAULT 1;
    CREATE INDEX attachments_by_channel ON attachments (channel_id)`);
};

/** `told_rev`: the highest revision of the account that was sent to the user's devices. */
const extendAccount: Migration = (sql) => {
  sql.exec("ALTER TABLE account ADD COLUMN told_rev INTEGER; UPDATE account SET told_rev = rev");
};

/** `receipts`: JSON of `Receipts`, in `features/auth/refresh-tokens.ts`. */
const extendSessions: Migration = (sql) => {
  sql.exec("ALTER TABLE sessions ADD COLUMN receipts TEXT NOT NULL DEFAULT '[]'");
};

/** `token`: JSON of `TokenRecord` if the session is a token; null for a session of a person. */
const addTokens: Migration = (sql) => {
  sql.exec("ALTER TABLE sessions ADD COLUMN token TEXT");
};

/** Adds the later fields of accounts to events of earlier releases: clients that resume receive them in the present form. */
const extendUserEvents: Migration = (sql) => {
  for (const field of ["isBot", "emailConfirmed"])
    sql.exec(
      `UPDATE log SET data = json_set(data, ?1, json('false')) WHERE type = 'userUpdate' AND json_type(data, ?1) IS NULL`,
      `$.user.${field}`,
    );
};

/** A migration's number is its index: append only. */
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
  addTokens,
  extendUserEvents,
  createSecondFactors,
  createInvitation,
  createPersonalTables,
  createCommandRuns,
  createPush,
];
