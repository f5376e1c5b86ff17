import type { NewPushSubscription } from "../../domain/push.ts";
import { newId } from "../../lib/ids.ts";
import { isoTime } from "../../lib/time.ts";
import { limits, type WebPushSubscription } from "../../protocol/index.ts";

/** A row of `push_subscriptions`; `createPush` describes the columns. */
export type PushSubscriptionRow = {
  id: string;
  sessionId: string;
  endpoint: string;
  p256dh: string;
  auth: string;
  device: string;
  expiresAt: number | null;
  createdAt: number;
  lastPushAt: number | null;
  retryAt: number;
  attempts: number;
  failingSince: number | null;
  summaryFrom: number | null;
  summaryTo: number | null;
  summaryState: PushState | null;
  summaryAt: number | null;
};

/** The state of a push; `createPush` describes them. */
export type PushState = "waiting" | "sending" | "sent" | "read";

/** How often at most the time of the last push is stored. */
const lastPushIntervalMs = 3_600_000;
/** A subscription is deleted after this number of rejected pushes in a row. */
const maxRejections = 10;

const columns = `id, session_id AS sessionId, endpoint, p256dh, auth, device, expires_at AS expiresAt, created_at AS createdAt,
  last_push_at AS lastPushAt, retry_at AS retryAt, attempts, failing_since AS failingSince, summary_from AS summaryFrom,
  summary_to AS summaryTo, summary_state AS summaryState, summary_at AS summaryAt`;

/** The browsers of the user that are sent pushes. Call the methods that write within a commit. */
export class PushSubscriptions {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get hasAny(): boolean {
    return this.#sql.exec("SELECT 1 FROM push_subscriptions LIMIT 1").toArray().length > 0;
  }

  find(id: string): PushSubscriptionRow | undefined {
    return this.#select("id = ?", id)[0];
  }

  /** Lists all, newest first. */
  list(): PushSubscriptionRow[] {
    return this.#select("true ORDER BY created_at DESC, id DESC");
  }

  /**
   * Stores a subscription of a session. One with the same endpoint is updated, and belongs to that session from then on. Beyond the limit, the
   * one is deleted that its browser confirmed the longest ago.
   *
   * @returns `repeated`: there was one with the same endpoint
   */
  put(
    sessionId: string,
    { endpoint, p256dh, auth, device, expiresAt }: NewPushSubscription,
    nowMs: number,
  ): { row: PushSubscriptionRow; repeated: boolean } {
    const [known] = this.#select("endpoint = ?", endpoint);
    const id = known?.id ?? newId("psh", nowMs);
    this.#sql.exec(
      `INSERT INTO push_subscriptions (id, session_id, endpoint, p256dh, auth, device, expires_at, created_at, confirmed_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)
       ON CONFLICT (endpoint) DO UPDATE SET session_id = excluded.session_id, p256dh = excluded.p256dh, auth = excluded.auth,
         device = excluded.device, expires_at = excluded.expires_at, confirmed_at = excluded.confirmed_at, rejections = 0`,
      id,
      sessionId,
      endpoint,
      p256dh,
      auth,
      device,
      expiresAt,
      nowMs,
    );
    this.#remove(
      "id IN (SELECT id FROM push_subscriptions WHERE id <> ? ORDER BY confirmed_at DESC, id DESC LIMIT -1 OFFSET ?)",
      id,
      limits.pushSubscriptions - 1,
    );
    const [row] = this.#select("id = ?", id);
    return { row: row as PushSubscriptionRow, repeated: known !== undefined };
  }

  /** Deletes a subscription and its pushes; returns whether there was one. */
  remove(id: string): boolean {
    return this.#remove("id = ?", id);
  }

  /** Deletes the subscriptions of a session. */
  removeSession(sessionId: string): void {
    this.#remove("session_id = ?", sessionId);
  }

  /** Sets when the next push may be sent, in ms since 1970. */
  postpone(
    id: string,
    { retryAt, attempts, failingSince }: Pick<PushSubscriptionRow, "retryAt" | "attempts" | "failingSince">,
  ): void {
    this.#sql.exec(
      "UPDATE push_subscriptions SET retry_at = ?, attempts = ?, failing_since = ? WHERE id = ?",
      retryAt,
      attempts,
      failingSince,
      id,
    );
  }

  /** Records that the push service accepted a push. */
  recordSuccess({ id, lastPushAt }: PushSubscriptionRow, nowMs: number): void {
    const isStored = lastPushAt !== null && nowMs - lastPushAt < lastPushIntervalMs;
    this.#sql.exec(
      `UPDATE push_subscriptions SET last_push_at = ?1, attempts = 0, failing_since = NULL, rejections = 0
       WHERE id = ?2 AND (last_push_at IS NOT ?1 OR attempts > 0 OR rejections > 0)`,
      isStored ? lastPushAt : nowMs,
      id,
    );
  }

  /** Records that the push service will never accept a push. After several in a row it deletes the subscription. */
  recordRejection(id: string): void {
    this.#sql.exec(
      "UPDATE push_subscriptions SET rejections = rejections + 1, attempts = 0, failing_since = NULL WHERE id = ?",
      id,
    );
    this.#remove("id = ? AND rejections >= ?", id, maxRejections);
  }

  #select(which: string, ...values: SqlStorageValue[]): PushSubscriptionRow[] {
    return this.#sql
      .exec<PushSubscriptionRow>(`SELECT ${columns} FROM push_subscriptions WHERE ${which}`, ...values)
      .toArray();
  }

  #remove(which: string, ...values: SqlStorageValue[]): boolean {
    const removed = this.#sql
      .exec<{ id: string }>(`DELETE FROM push_subscriptions WHERE ${which} RETURNING id`, ...values)
      .toArray();
    for (const { id } of removed) this.#sql.exec("DELETE FROM pushes WHERE subscription_id = ?", id);
    return removed.length > 0;
  }
}

/**
 * Returns a subscription as its user receives it.
 *
 * @param currentSessionId the session of the request
 */
export const presentPushSubscription = (
  { id, endpoint, device, sessionId, createdAt, lastPushAt, expiresAt }: PushSubscriptionRow,
  currentSessionId: string,
): WebPushSubscription => ({
  id,
  host: new URL(endpoint).host,
  device,
  sessionId,
  current: sessionId === currentSessionId,
  createdAt: isoTime(createdAt),
  lastPushAt: lastPushAt === null ? null : isoTime(lastPushAt),
  expiresAt: expiresAt === null ? null : isoTime(expiresAt),
});
