import { and, eq, sql } from "drizzle-orm";
import { accountDatabase, channelDirectory } from "../db/index.ts";
import { notFound } from "../errors/app-error.ts";

/** Literally the condition of the partial index: SQLite would not use the index with a bound parameter. */
export const isNamedInDirectory = sql`${channelDirectory.direct} = 0`;

/**
 * Checks in the directory, before any room is called, that this is a channel with a name. A missing channel and a direct message take the
 * same steps, so that timing does not reveal which one it is.
 *
 * @throws `not_found` for anything else
 */
export async function requireNamedChannel(env: Env, channelId: string): Promise<void> {
  const row = await accountDatabase(env)
    .select({ channelId: channelDirectory.channelId })
    .from(channelDirectory)
    .where(and(eq(channelDirectory.channelId, channelId), isNamedInDirectory))
    .get();
  if (!row) notFound("channel");
}
