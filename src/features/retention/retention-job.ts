import { asc, gt } from "drizzle-orm";
import { accountDatabase, channelDirectory } from "../../db/index.ts";
import { callObject, roomOf } from "../../rpc/stubs.ts";
import type { JobHandler } from "../jobs/index.ts";

const roomsPerStep = 20;

/**
 * Calls all rooms, so that those that no one uses delete old messages too. Each room then deletes by its own alarm, and calls itself again;
 * the job repeats daily for rooms that were created or restored since.
 */
export const retentionJob: JobHandler = {
  async step(env, { cursor, done }) {
    const rows = await accountDatabase(env)
      .select({ channelId: channelDirectory.channelId })
      .from(channelDirectory)
      .where(gt(channelDirectory.channelId, String(cursor?.["after"] ?? "")))
      .orderBy(asc(channelDirectory.channelId))
      .limit(roomsPerStep);
    await Promise.all(rows.map(({ channelId }) => callObject(() => roomOf(env, channelId).retention())));
    const last = rows.length === roomsPerStep ? rows.at(-1) : undefined;
    const reached = done + rows.length;
    return { cursor: last ? { after: last.channelId } : null, done: reached, total: reached };
  },
};
