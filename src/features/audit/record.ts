import type { Context } from "hono";
import { accountDatabase, auditEntries } from "../../db/index.ts";
import type { AppEnv } from "../../http/context.ts";
import { deviceOf } from "../../http/device.ts";
import { newId } from "../../lib/ids.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import type { AuditAction } from "../../protocol/index.ts";
import { callObject, maintenanceRunnerOf } from "../../rpc/stubs.ts";

/** A row of the audit log. */
export type StoredAuditEntry = typeof auditEntries.$inferSelect;

export interface AuditEntry {
  action: AuditAction;
  /** The id of the user, channel, message, token, invite or key that was acted on. */
  objectId?: string | undefined;
  /** The user who acted, if the request is not authenticated. Default: the request's actor. */
  actorId?: string | undefined;
  /** Facts that are no content, such as a role. */
  detail?: Record<string, string | number | boolean | null>;
}

/**
 * Writes an entry to the audit log after the action succeeded, beside the response, so that the action does not depend on D1. An entry that
 * D1 does not accept is kept by an object, which writes it later. Only an entry that neither accepts is lost, and logged without its
 * addresses.
 */
export function recordAudit(c: Context<AppEnv>, entry: AuditEntry): void {
  const { device: userAgent, addressPrefix } = deviceOf(c.req.raw);
  const nowMs = Date.now();
  const row = {
    id: newId("aud", nowMs),
    at: nowMs,
    actorId: entry.actorId ?? c.var.actor?.userId ?? null,
    action: entry.action,
    objectId: entry.objectId ?? null,
    addressPrefix,
    userAgent,
    requestId: c.var.requestId,
    detail: c.var.serverKeyId ? { ...entry.detail, serverKeyId: c.var.serverKeyId } : (entry.detail ?? null),
  };
  c.executionCtx.waitUntil(writeOrKeep(c.env, row));
}

/** Writes entries. One that is stored already is not written again. */
export async function writeAuditEntries(env: Env, rows: readonly StoredAuditEntry[]): Promise<void> {
  const db = accountDatabase(env);
  const [first, ...others] = rows.map((row) => db.insert(auditEntries).values(row).onConflictDoNothing());
  if (first) await db.batch([first, ...others]);
}

async function writeOrKeep(env: Env, row: StoredAuditEntry): Promise<void> {
  try {
    await writeAuditEntries(env, [row]);
  } catch {
    await callObject(() => maintenanceRunnerOf(env).keepAuditEntry(row)).catch((error: unknown) => {
      const { id, actorId, action, objectId, requestId } = row;
      const lost = { id, actorId, action, objectId, requestId };
      logLine({ level: "error", message: "audit.write_failed", ...lost, error: describeError(error) });
    });
  }
}
