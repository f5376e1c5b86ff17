import { sha256Of } from "../../lib/macs.ts";

/** How long a challenge may be answered, in ms. */
export const challengeMs = 5 * 60_000;
/** A user with more outstanding challenges loses the oldest. */
const maxChallenges = 50;

/** `login`: the second factor of a login. `passkey`: the registration of a passkey. */
export type ChallengeKind = "login" | "passkey";

/** A challenge that waits for its answer. */
export interface Challenge {
  kind: ChallengeKind;
  /** The session in place of which, or by which, the answer is given. */
  sessionId: string | null;
  /** Of the account, when the challenge was issued. */
  credentialVersion: number;
  /** What a passkey must sign, in base64url. */
  challenge: string;
}

/** Issued challenges, stored by the hash of the token that identifies them. Call the methods that write within a commit. */
export class Challenges {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  add(token: string, { kind, sessionId, credentialVersion, challenge }: Challenge, nowMs: number): void {
    this.#sql.exec(
      `DELETE FROM second_factor_challenges WHERE expires_at <= ?
         OR key IN (SELECT key FROM second_factor_challenges ORDER BY expires_at DESC LIMIT -1 OFFSET ?)`,
      nowMs,
      maxChallenges - 1,
    );
    this.#sql.exec(
      `INSERT OR REPLACE INTO second_factor_challenges (key, kind, session_id, credential_version, challenge, expires_at)
       VALUES (?, ?, ?, ?, ?, ?)`,
      keyOf(kind, token),
      kind,
      sessionId,
      credentialVersion,
      challenge,
      nowMs + challengeMs,
    );
  }

  /** Returns a challenge that is neither used nor expired. */
  find(kind: ChallengeKind, token: string, nowMs: number): Challenge | undefined {
    const [row] = this.#sql
      .exec<{ sessionId: string | null; credentialVersion: number; challenge: string }>(
        `SELECT session_id AS sessionId, credential_version AS credentialVersion, challenge FROM second_factor_challenges
         WHERE key = ? AND expires_at > ?`,
        keyOf(kind, token),
        nowMs,
      )
      .toArray();
    return row && { kind, ...row };
  }

  /** Uses up a challenge. Returns false if another request did so before. */
  consume(kind: ChallengeKind, token: string): boolean {
    const query = "DELETE FROM second_factor_challenges WHERE key = ? RETURNING key";
    return this.#sql.exec(query, keyOf(kind, token)).toArray().length > 0;
  }
}

const keyOf = (kind: ChallengeKind, token: string): string => sha256Of(`${kind}|${token}`);
