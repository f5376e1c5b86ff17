import type { Migration } from "../../durable/migrations.ts";

/**
 * `push_subscriptions`: `confirmed_at` is when the browser last sent the subscription. `retry_at`, `attempts` and `failing_since` belong to the
 * push service, which all pushes of a subscription share. `rejections` counts pushes in a row that it did not accept and never will. `summary_from`
 * and `summary_to` are the first and the last notification of the summary that is to be sent, or was; `summary_state` is as `state` below; null: no
 * summary.
 *
 * `pushes`: a notification that is pushed to a subscription. `topic` is its channel, or its reminder. `state`:
 *
 * - `waiting`: to be sent at `at`
 * - `sending`: an attempt was made, so that the browser may have it
 * - `sent`: the push service accepted it
 * - `read`: it was read or deleted after `sending` or `sent`, which is to be announced
 *
 * `push_deferral`: the first notification that was not pushed because of quiet hours or the status `dnd`.
 *
 * `notification_settings`: `quiet_hours` is JSON of `QuietHours`; `time_zone` that of the profile, as of the account's revision `account_rev`.
 */
export const createPush: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE push_subscriptions (
      id TEXT PRIMARY KEY,
      session_id TEXT NOT NULL,
      endpoint TEXT NOT NULL UNIQUE,
      p256dh TEXT NOT NULL,
      auth TEXT NOT NULL,
      device TEXT NOT NULL,
      expires_at INTEGER,
      created_at INTEGER NOT NULL,
      confirmed_at INTEGER NOT NULL,
      last_push_at INTEGER,
      retry_at INTEGER NOT NULL DEFAULT 0,
      attempts INTEGER NOT NULL DEFAULT 0,
      failing_since INTEGER,
      rejections INTEGER NOT NULL DEFAULT 0,
      summary_from INTEGER,
      summary_to INTEGER,
      summary_state TEXT,
      summary_at INTEGER
    ) WITHOUT ROWID;
    CREATE TABLE pushes (
      subscription_id TEXT NOT NULL,
      seq INTEGER NOT NULL,
      topic TEXT NOT NULL,
      state TEXT NOT NULL,
      at INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      PRIMARY KEY (subscription_id, seq)
    ) WITHOUT ROWID;
    CREATE TABLE push_deferral (one INTEGER PRIMARY KEY CHECK (one = 1), from_seq INTEGER NOT NULL);
    CREATE TABLE notification_settings (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      quiet_hours TEXT,
      push_when_active INTEGER NOT NULL,
      time_zone TEXT,
      account_rev INTEGER NOT NULL
    )`);
};
