import { accountDatabase } from "../db/index.ts";
import type { WebhookReader } from "../domain/webhooks.ts";
import { findUser } from "../features/users/index.ts";

/** How long an answer of D1 is used: a busy webhook asks once for all events of this time. Rooms check their members at each event. */
const ttlMs = 2_000;

/** The owner's account: who may read is decided as of now, not as of the time when the webhook was created. */
export class OwnerCheck {
  readonly #env: Env;
  #last: { reader: WebhookReader | undefined; atMs: number } | undefined;

  constructor(env: Env) {
    this.#env = env;
  }

  /** Returns the owner with their current role; undefined if the account is suspended or erased. */
  async find(ownerId: string, { isFresh = false } = {}): Promise<WebhookReader | undefined> {
    const nowMs = Date.now();
    if (!isFresh && this.#last && this.#last.atMs > nowMs - ttlMs) return this.#last.reader;
    const row = await findUser(accountDatabase(this.#env), ownerId);
    const reader = row?.active && row.erasedAt === null ? { userId: row.id, role: row.role } : undefined;
    this.#last = { reader, atMs: nowMs };
    return reader;
  }
}
