import type { AccountFacts, UserFacts } from "../domain/actor.ts";
import type { WorkspaceRole } from "../protocol/index.ts";

type AccountRow = { username: string; role: string; active: number; rev: number; credentialVersion: number };

/** What the hub knows of its user's account: the newest that it was told, never older than before. */
export class Account {
  readonly #sql: SqlStorage;
  readonly #userId: string;
  #current: AccountFacts | undefined;

  constructor(sql: SqlStorage, userId: string) {
    this.#sql = sql;
    this.#userId = userId;
  }

  /** Undefined: the hub was never told. */
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

  /** Takes facts if they are newer, and tells what is known then and whether rooms have something to hear of it. */
  update(facts: AccountFacts): { known: AccountFacts; changed: boolean } {
    if (facts.userId !== this.#userId) throw new Error("Facts of another user");
    const before = this.current;
    if (before && before.rev >= facts.rev) return { known: before, changed: false };
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
    return { known: this.#current, changed: before !== undefined && publicFacts(before) !== publicFacts(facts) };
  }

  /** Notes that the user's devices hear of the account as it is at `rev`; whether they had not yet. */
  markSentToDevices(rev: number): boolean {
    return (
      this.#sql
        .exec("UPDATE account SET told_rev = ?1 WHERE coalesce(told_rev, 0) < ?1 RETURNING one", rev)
        .toArray().length > 0
    );
  }

  /** What memory holds may have been rolled back. */
  invalidate(): void {
    this.#current = undefined;
  }
}

/** The part that rooms are told. */
export const userFacts = ({ userId, username, role, active, rev }: AccountFacts): UserFacts => ({
  userId,
  username,
  role,
  active,
  rev,
});

const publicFacts = ({ username, role, active }: UserFacts): string => `${username} ${role} ${active}`;
