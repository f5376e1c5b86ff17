import type { SecondFactorPolicy } from "../../domain/second-factor.ts";
import type { Rollbackable } from "../rollbackable.ts";

/** What the workspace requires of sessions, as the hub last received it. An older revision never replaces a newer one. */
export class StoredPolicy implements Rollbackable {
  readonly #sql: SqlStorage;
  #current: SecondFactorPolicy | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get current(): SecondFactorPolicy {
    if (this.#current) return this.#current;
    const [row] = this.#sql
      .exec<{ rev: number; required: number }>(
        "SELECT rev, requires_second_factor AS required FROM workspace_policy",
      )
      .toArray();
    this.#current = { rev: row?.rev ?? 0, isRequired: row?.required === 1 };
    return this.#current;
  }

  /** Stores a policy if its `rev` is higher than the stored one's. */
  update(policy: SecondFactorPolicy): void {
    if (policy.rev <= this.current.rev) return;
    this.#sql.exec(
      `INSERT INTO workspace_policy (one, rev, requires_second_factor) VALUES (1, ?1, ?2)
       ON CONFLICT (one) DO UPDATE SET rev = ?1, requires_second_factor = ?2`,
      policy.rev,
      policy.isRequired ? 1 : 0,
    );
    this.#current = { ...policy };
  }

  /** Discards the cached policy, since a rollback may have undone it. */
  invalidate(): void {
    this.#current = undefined;
  }
}
