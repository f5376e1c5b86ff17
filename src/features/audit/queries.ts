import { and, asc, eq, gt, gte, lt, type SQL, sql } from "drizzle-orm";
import { encodeTime } from "ulid";
import type { z } from "zod";
import { configOf } from "../../config.ts";
import { accountDatabase, auditEntries } from "../../db/index.ts";
import { decodeCursor, encodeCursor, toPage } from "../../domain/pagination.ts";
import { dayMs } from "../../domain/usage-budget.ts";
import { isoTime } from "../../lib/time.ts";
import { type AuditEntry, AuditEntryId, type getAuditEntries } from "../../protocol/index.ts";
import type { StoredAuditEntry } from "./record.ts";

export type AuditQuery = z.output<typeof getAuditEntries.query>;

const deletedAtOnce = 1_000;
/** Batches of one run, so that a run stays below D1's limit of queries. The next run continues. */
const batchesPerRun = 50;

/** Converts a row to an entry of the contract. */
export const presentEntry = ({ at, ...row }: StoredAuditEntry): AuditEntry => ({ ...row, at: isoTime(at) });

/** The lowest id of an entry at this time: ids begin with their time. */
const firstIdAt = (atMs: number): string => `aud_${encodeTime(Math.max(0, atMs))}${"0".repeat(16)}`;

/** Reads a page of entries, oldest first. */
export async function listEntries(env: Env, query: AuditQuery) {
  const rows = await readEntries(env, query, query.limit + 1);
  return toPage(rows, query.limit, presentEntry, ({ id }) => id);
}

/** Reads entries after the query's cursor, oldest first. */
export function readEntries(
  env: Env,
  { actor, action, since, cursor }: Omit<AuditQuery, "limit">,
  limit: number,
): Promise<StoredAuditEntry[]> {
  const where: (SQL | undefined)[] = [
    cursor === undefined ? undefined : gt(auditEntries.id, decodeCursor(cursor, AuditEntryId)),
    since === undefined ? undefined : gte(auditEntries.id, firstIdAt(Date.parse(since))),
    actor === undefined ? undefined : eq(auditEntries.actorId, actor),
    action === undefined ? undefined : eq(auditEntries.action, action),
  ];
  return accountDatabase(env)
    .select()
    .from(auditEntries)
    .where(and(...where))
    .orderBy(asc(auditEntries.id))
    .limit(limit);
}

/** The cursor with which a list or a stream continues after this entry. */
export const cursorAfter = ({ id }: Pick<StoredAuditEntry, "id">): string => encodeCursor(id);

/** Deletes entries older than `AUDIT_RETENTION_DAYS`, in bounded batches. The only code that deletes entries. */
export async function deleteOldAuditEntries(env: Env, nowMs: number): Promise<void> {
  const before = firstIdAt(nowMs - configOf(env).AUDIT_RETENTION_DAYS * dayMs);
  for (let batch = 0; batch < batchesPerRun; batch++) {
    const old = sql`(SELECT id FROM audit_entries WHERE ${lt(auditEntries.id, before)} ORDER BY id LIMIT ${deletedAtOnce})`;
    const { meta } = await accountDatabase(env)
      .delete(auditEntries)
      .where(sql`${auditEntries.id} IN ${old}`)
      .run();
    if (meta.changes < deletedAtOnce) return;
  }
}

/**
 * Removes the address and the device of an erased user from their entries, and from rejected logins to the account, which are usually their own. The
 * entries stay: who did what remains known by id.
 */
export async function eraseAddresses(env: Env, userId: string, limit: number): Promise<boolean> {
  const some = sql`(SELECT id FROM audit_entries
    WHERE (actor_id = ${userId} OR (actor_id IS NULL AND object_id = ${userId})) AND address_prefix <> '' LIMIT ${limit})`;
  const { meta } = await accountDatabase(env)
    .update(auditEntries)
    .set({ addressPrefix: "", userAgent: "", requestId: null })
    .where(sql`${auditEntries.id} IN ${some}`)
    .run();
  return meta.changes < limit;
}
