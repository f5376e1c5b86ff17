import { isoTime } from "../../lib/time.ts";
import type { Passkey } from "../../protocol/index.ts";

/** Passkeys that one user may have. */
export const maxPasskeys = 20;

/** A secret of an authenticator app as it is stored, encrypted. */
export interface StoredTotp {
  secret: string;
  lastStep: number;
  createdAt: number;
}

/** A passkey as it is stored. */
export interface StoredPasskey {
  id: string;
  credentialId: string;
  name: string;
  /** COSE, in base64url. */
  publicKey: string;
  counter: number;
  transports: string[];
  isBackedUp: boolean;
  createdAt: number;
  lastUsedAt: number | null;
}

type PasskeyRow = Omit<StoredPasskey, "transports" | "isBackedUp"> & {
  transports: string;
  isBackedUp: number;
};

const columns = `id, credential_id AS credentialId, name, public_key AS publicKey, counter, transports,
  backed_up AS isBackedUp, created_at AS createdAt, last_used_at AS lastUsedAt`;

const passkeyOf = ({ transports, isBackedUp, ...row }: PasskeyRow): StoredPasskey => ({
  ...row,
  transports: JSON.parse(transports) as string[],
  isBackedUp: isBackedUp === 1,
});

/** Converts a stored passkey to what its owner sees. */
export const presentPasskey = ({ id, name, isBackedUp, createdAt, lastUsedAt }: StoredPasskey): Passkey => ({
  id,
  name,
  backedUp: isBackedUp,
  createdAt: isoTime(createdAt),
  lastUsedAt: lastUsedAt === null ? null : isoTime(lastUsedAt),
});

/** The stored second factors of the user. Methods that consume something report whether it was still there, so that it is used once. */
export class SecondFactors {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Whether the user has a second factor. Recovery codes alone are none. */
  get isEnabled(): boolean {
    return this.activeTotp() !== undefined || this.passkeyCount() > 0;
  }

  activeTotp(): StoredTotp | undefined {
    return this.#totp("active");
  }

  pendingTotp(): StoredTotp | undefined {
    return this.#totp("pending");
  }

  /** Stores a secret that has no effect until it is confirmed, in place of an earlier one. */
  setPendingTotp(secret: string, nowMs: number): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO totp (state, secret, last_step, created_at) VALUES ('pending', ?, 0, ?)",
      secret,
      nowMs,
    );
  }

  /** Enables the pending secret. Returns false if another request replaced or enabled it meanwhile. */
  activateTotp({ secret }: StoredTotp, step: number, nowMs: number): boolean {
    const [row] = this.#sql
      .exec("DELETE FROM totp WHERE state = 'pending' AND secret = ? RETURNING state", secret)
      .toArray();
    if (!row || this.activeTotp()) return false;
    this.#sql.exec(
      "INSERT INTO totp (state, secret, last_step, created_at) VALUES ('active', ?, ?, ?)",
      secret,
      step,
      nowMs,
    );
    return true;
  }

  /** Uses up the code of a time step. Returns false if a code of this step or of a later one was used before. */
  consumeStep({ secret }: StoredTotp, step: number): boolean {
    return this.#changes(
      "UPDATE totp SET last_step = ?1 WHERE state = 'active' AND secret = ?2 AND last_step < ?1 RETURNING state",
      step,
      secret,
    );
  }

  removeTotp(): void {
    this.#sql.exec("DELETE FROM totp");
  }

  recoveryCodeCount(): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM recovery_codes").one().n;
  }

  replaceRecoveryCodes(hashes: readonly string[]): void {
    this.#sql.exec("DELETE FROM recovery_codes");
    for (const hash of hashes) this.#sql.exec("INSERT INTO recovery_codes (hash) VALUES (?)", hash);
  }

  /** Uses up a recovery code. Returns false if it is unknown or was used before. */
  consumeRecoveryCode(hash: string): boolean {
    return this.#changes("DELETE FROM recovery_codes WHERE hash = ? RETURNING hash", hash);
  }

  passkeyCount(): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM passkeys").one().n;
  }

  /** Lists the passkeys, oldest first. */
  passkeys(): StoredPasskey[] {
    return this.#sql.exec<PasskeyRow>(`SELECT ${columns} FROM passkeys ORDER BY id`).toArray().map(passkeyOf);
  }

  passkeyByCredential(credentialId: string): StoredPasskey | undefined {
    return this.passkeys().find((passkey) => passkey.credentialId === credentialId);
  }

  addPasskey(passkey: StoredPasskey): void {
    this.#sql.exec(
      `INSERT INTO passkeys (id, credential_id, name, public_key, counter, transports, backed_up, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      passkey.id,
      passkey.credentialId,
      passkey.name,
      passkey.publicKey,
      passkey.counter,
      JSON.stringify(passkey.transports),
      passkey.isBackedUp ? 1 : 0,
      passkey.createdAt,
    );
  }

  /** Records a use of a passkey. Returns false if it was removed, or used by another request since it was read. */
  recordPasskeyUse(
    { id, counter }: StoredPasskey,
    used: { counter: number; isBackedUp: boolean },
    nowMs: number,
  ): boolean {
    return this.#changes(
      "UPDATE passkeys SET counter = ?, backed_up = ?, last_used_at = ? WHERE id = ? AND counter = ? RETURNING id",
      used.counter,
      used.isBackedUp ? 1 : 0,
      nowMs,
      id,
      counter,
    );
  }

  /** Renames a passkey; returns it, or undefined if there is none. */
  renamePasskey(id: string, name: string): StoredPasskey | undefined {
    this.#sql.exec("UPDATE passkeys SET name = ? WHERE id = ?", name, id);
    return this.passkeys().find((passkey) => passkey.id === id);
  }

  removePasskey(id: string): boolean {
    return this.#changes("DELETE FROM passkeys WHERE id = ? RETURNING id", id);
  }

  /** Removes all second factors and recovery codes. */
  removeAll(): void {
    for (const table of ["totp", "passkeys", "recovery_codes", "second_factor_challenges"])
      this.#sql.exec(`DELETE FROM ${table}`);
  }

  #totp(state: "pending" | "active"): StoredTotp | undefined {
    const [row] = this.#sql
      .exec<{ secret: string; lastStep: number; createdAt: number }>(
        "SELECT secret, last_step AS lastStep, created_at AS createdAt FROM totp WHERE state = ?",
        state,
      )
      .toArray();
    return row;
  }

  #changes(query: string, ...values: SqlStorageValue[]): boolean {
    return this.#sql.exec(query, ...values).toArray().length > 0;
  }
}
