import type { AccountFacts, UserFacts } from "../domain/actor.ts";
import type { WorkspaceRole } from "../protocol/index.ts";
import type { Rollbackable } from "./rollbackable.ts";

type AccountRow = { username: string; role: string; active: number; rev: number; credentialVersion: number };

/** The account as the hub last received it. An older revision never replaces a newer one. */
export class Account implements Rollbackable {
  readonly #sql: SqlStorage;
  readonly #userId: string;
  #current: AccountFacts | undefined;

  constructor(sql: SqlStorage, userId: string) {
    this.#sql = sql;
    this.#userId = userId;
  }

  /** The stored account; undefined before the hub received one. */
  get current(): AccountFacts | undefined {
    if (this.#current) return this.#current;
    const [row] = this.#sql
      .exec<AccountRow>(
        "SELECT username, role, active, rev, credential_version AS credentialVersion FROM account",
      )
      .toArray();
    if (row)
      this.#current = {
        ...row,
        userId: this.#userId,
        role: row.role as WorkspaceRole,
        active: row.active === 1,
      };
    return this.#current;
  }

  /**
   * Stores the account if its `rev` is higher than the stored one's.
   *
   * @returns the account that is stored then, and whether what rooms see of it changed
   */
  update(facts: AccountFacts): { current: AccountFacts; isPublicChange: boolean } {
    if (facts.userId !== this.#userId) throw new Error("The account of another user");
    const before = this.current;
    if (before && before.rev >= facts.rev) return { current: before, isPublicChange: false };
    this.#sql.exec(
      `INSERT INTO account (one, username, role, active, rev, told_rev, credential_version) VALUES (1, ?1, ?2, ?3, ?4, ?4, ?5)
       ON CONFLICT (one) DO UPDATE SET username = excluded.username, role = excluded.role, active = excluded.active,
         rev = excluded.rev, credential_version = excluded.credential_version`,
      facts.username,
      facts.role,
      facts.active ? 1 : 0,
      facts.rev,
      facts.credentialVersion,
    );
    this.#current = { ...facts };
    return {
      current: this.#current,
      isPublicChange: before !== undefined && publicFacts(before) !== publicFacts(facts),
    };
  }

  /** Marks this revision as sent to the user's devices; returns false if it, or a newer one, was sent before. */
  markSentToDevices(rev: number): boolean {
    return (
      this.#sql
        .exec("UPDATE account SET told_rev = ?1 WHERE coalesce(told_rev, 0) < ?1 RETURNING one", rev)
        .toArray().length > 0
    );
  }

  /** Discards the cached account, since a rollback may have undone it. */
  invalidate(): void {
    this.#current = undefined;
  }
}

/** Returns the part of the account that rooms receive. */
export const userFacts = ({ userId, username, role, active, rev }: AccountFacts): UserFacts => ({
  userId,
  username,
  role,
  active,
  rev,
});

const publicFacts = ({ username, role, active }: UserFacts): string => `${username} ${role} ${active}`;
