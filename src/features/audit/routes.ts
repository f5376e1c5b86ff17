import { type Context, Hono } from "hono";
import { decodeCursor } from "../../domain/pagination.ts";
import { checkWorkspacePermissions } from "../../domain/permissions.ts";
import { reject } from "../../errors/app-error.ts";
import { authenticate, requireLiveSession } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { requireWorkspaceAction } from "../../http/require-workspace-action.ts";
import { validate } from "../../http/validate.ts";
import { AuditEntryId, getAuditEntries } from "../../protocol/index.ts";
import { callObject, maintenanceRunnerOf } from "../../rpc/stubs.ts";
import { type AuditQuery, cursorAfter, listEntries, presentEntry, readEntries } from "./queries.ts";
import { recordAudit } from "./record.ts";

const linesType = "application/jsonl";
/** Entries that one query of a stream reads: about 100 kB. */
const streamedAtOnce = 500;

/** The route of the audit log. No endpoint changes or deletes an entry. */
export const auditRoutes = new Hono<AppEnv>().get(
  getAuditEntries.path,
  authenticate(),
  requireWorkspaceAction("audit"),
  validate("query", getAuditEntries.query),
  async (c) => {
    const query = c.req.valid("query");
    if (!(c.req.header("Accept") ?? "").includes(linesType))
      return reply(c, getAuditEntries, await listEntries(c.env, query));
    if (query.cursor !== undefined) decodeCursor(query.cursor, AuditEntryId);
    recordAudit(c, { action: "audit.export" });
    // Entries are deleted by age on a local server too, which runs no cron triggers.
    c.executionCtx.waitUntil(callObject(() => maintenanceRunnerOf(c.env).maintain()).catch(() => undefined));
    return c.body(
      entryLines(c.env, query, () => requireReader(c)),
      200,
      { "Content-Type": linesType },
    );
  },
);

/** Checks again that the request's session is live and its user may read the log. @throws `unauthenticated` or `forbidden` */
async function requireReader(c: Context<AppEnv>): Promise<void> {
  const { role } = await requireLiveSession(c.env, c.var.claims);
  if (!checkWorkspacePermissions("audit", role)) reject("forbidden", "You may no longer read the audit log");
}

/**
 * Streams entries as JSON lines. The next page is read when the client has received the last one. Each line has the `cursor` with which a
 * broken stream continues after it.
 *
 * @param requirePermission called before each further page, because a slow client can keep a stream open for hours; the stream fails if it throws
 */
function entryLines(
  env: Env,
  query: Omit<AuditQuery, "limit">,
  requirePermission: () => Promise<void>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let { cursor } = query;
  return new ReadableStream({
    async pull(controller) {
      if (cursor !== query.cursor) await requirePermission();
      const rows = await readEntries(env, { ...query, cursor }, streamedAtOnce);
      const last = rows.at(-1);
      if (last) {
        cursor = cursorAfter(last);
        const lines = rows.map((row) => JSON.stringify({ ...presentEntry(row), cursor: cursorAfter(row) }));
        controller.enqueue(encoder.encode(`${lines.join("\n")}\n`));
      }
      if (rows.length < streamedAtOnce) controller.close();
    },
  });
}
