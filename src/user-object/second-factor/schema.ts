import type { Migration } from "../../durable/migrations.ts";

/**
 * `totp`: a secret that is `pending` until a code confirms it, and the `active` one, both encrypted. `last_step`: the time step of the last
 * accepted code. `recovery_codes`: hashes of the unused ones. `second_factor_challenges`: what was issued and not used, by the hash of its
 * token or the session's id. `workspace_policy`: what the workspace requires of sessions. `policy_sweep`: how far this hub has
 * distributed a change of it to the other hubs.
 */
export const createSecondFactors: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE totp (
      state TEXT PRIMARY KEY,
      secret TEXT NOT NULL,
      last_step INTEGER NOT NULL,
      created_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE recovery_codes (hash TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE passkeys (
      id TEXT PRIMARY KEY,
      credential_id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      public_key TEXT NOT NULL,
      counter INTEGER NOT NULL,
      transports TEXT NOT NULL,
      backed_up INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      last_used_at INTEGER
    ) WITHOUT ROWID;
    CREATE TABLE second_factor_challenges (
      key TEXT PRIMARY KEY,
      kind TEXT NOT NULL,
      session_id TEXT,
      credential_version INTEGER NOT NULL,
      challenge TEXT NOT NULL,
      expires_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE workspace_policy (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      rev INTEGER NOT NULL,
      requires_second_factor INTEGER NOT NULL
    );
    CREATE TABLE policy_sweep (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      started_at INTEGER NOT NULL,
      round INTEGER NOT NULL,
      after_user_id TEXT NOT NULL
    );
    ALTER TABLE sessions ADD COLUMN second_factor INTEGER NOT NULL DEFAULT 0`);
};
