import { asc, eq, sql } from "drizzle-orm";
import type { Config } from "../../config.ts";
import { accountDatabase, databaseErrorText, serverKeys } from "../../db/index.ts";
import { newServerKeyText, serverKeyHash } from "../../domain/server-key-text.ts";
import { notFound, reject } from "../../errors/app-error.ts";
import { newId } from "../../lib/ids.ts";
import { isoTime } from "../../lib/time.ts";
import type { ServerKey } from "../../protocol/index.ts";

type Row = Pick<typeof serverKeys.$inferSelect, "id" | "name" | "createdAt">;

const presentKey = ({ id, name, createdAt }: Row): ServerKey => ({ id, name, createdAt: isoTime(createdAt) });

/**
 * Creates a server key.
 *
 * @returns the key and its secret, which is nowhere stored
 * @throws `conflict` at the limit of keys
 */
export async function createServerKey(
  env: Env,
  { REFRESH_TOKEN_KEY, WORKSPACE_SERVER_KEYS }: Config,
  { name, createdBy }: { name: string; createdBy: string },
): Promise<{ key: ServerKey; secret: string }> {
  const nowMs = Date.now();
  const id = newId("key", nowMs);
  const secret = newServerKeyText(REFRESH_TOKEN_KEY, id);
  const row = { id, name, createdBy, createdAt: nowMs };
  // The column may not be NULL, so that simultaneous requests can't exceed the limit.
  const hash = sql<string>`(SELECT CASE WHEN count(*) < ${WORKSPACE_SERVER_KEYS} THEN ${serverKeyHash(secret)} END FROM server_keys)`;
  try {
    await accountDatabase(env)
      .insert(serverKeys)
      .values({ ...row, hash });
  } catch (error) {
    if (databaseErrorText(error).includes("NOT NULL constraint failed: server_keys.hash"))
      reject(
        "conflict",
        `The workspace has ${WORKSPACE_SERVER_KEYS} server keys, which is the limit; revoke one`,
      );
    throw error;
  }
  return { key: presentKey(row), secret };
}

/** Lists the server keys, oldest first. */
export async function listServerKeys(env: Env): Promise<ServerKey[]> {
  const rows = await accountDatabase(env).select().from(serverKeys).orderBy(asc(serverKeys.id));
  return rows.map(presentKey);
}

/** Deletes a server key. Isolates that have used it reject it within 2 s. @throws `not_found` */
export async function deleteServerKey(env: Env, keyId: string): Promise<void> {
  const deleted = await accountDatabase(env)
    .delete(serverKeys)
    .where(eq(serverKeys.id, keyId))
    .returning({ id: serverKeys.id });
  if (deleted.length === 0) notFound("server key");
}
