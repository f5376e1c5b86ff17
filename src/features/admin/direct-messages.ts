import { sql } from "drizzle-orm";
import { z } from "zod";
import { callObject, roomOf } from "../../rpc/stubs.ts";
import { type RpcResult, toRpcResult, unwrap } from "../../rpc/rpc-result.ts";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { accountDatabase, channelDirectory } from "../../db/index.ts";

/** Channels in one request. Each needs a call to its room, which deletes its projected rows. */
const batchSize = 20;
/** The cursor of a batch: the `rowid` of its last channel. Unlike an id, it reveals nothing about the members. */
const RowIdCursor = z.int().min(0);
const rowId = sql<number>`${channelDirectory}.rowid`;

/** Starts to rebuild the database projection or the search index of the next batch of direct messages. `failed`: the number not started. */
export async function rebuildDirectMessages(
  env: Env,
  cursor: string | undefined,
  how: "reproject" | "reindex",
) {
  const { outcomes, nextCursor } = await callNextRooms(env, cursor, async (room) =>
    unwrap(await room[how]({ direct: true })),
  );
  // The directory can list a channel that was never created: there is nothing to rebuild.
  const existing = outcomes.filter((outcome) => outcome.ok || outcome.problem.code !== "not_found");
  return { channels: existing.length, failed: existing.filter(({ ok }) => !ok).length, nextCursor };
}

/** Counts the direct messages of a batch with a lagging database projection or search index. A room that does not respond counts as lagging. */
export async function directMessagesProgress(env: Env, cursor: string | undefined) {
  const { outcomes, nextCursor } = await callNextRooms(env, cursor, (room) =>
    room.progress({ direct: true }),
  );
  const existing = outcomes.filter((outcome) => !outcome.ok || outcome.value.head > 0);
  const lacking = (which: "recorded" | "indexed"): number =>
    existing.filter((outcome) => !outcome.ok || outcome.value[which] < outcome.value.head).length;
  return {
    channels: existing.length,
    behind: lacking("recorded"),
    unindexed: lacking("indexed"),
    nextCursor,
  };
}

/** Calls the rooms of the next batch of direct messages, in parallel. A failure of one does not affect the others. */
async function callNextRooms<T>(
  env: Env,
  cursor: string | undefined,
  ask: (room: ReturnType<typeof roomOf>) => Promise<T>,
): Promise<{ outcomes: RpcResult<T>[]; nextCursor: string | null }> {
  const after = cursor ? decodeCursor(cursor, RowIdCursor) : 0;
  const rows = await accountDatabase(env)
    .select({ channelId: channelDirectory.channelId, rowId })
    .from(channelDirectory)
    .where(sql`${channelDirectory.direct} = 1 and ${rowId} > ${after}`)
    .orderBy(rowId)
    .limit(batchSize + 1);
  const { items, nextCursor } = toPage(
    rows,
    batchSize,
    ({ channelId }) => channelId,
    (row) => row.rowId,
  );
  const outcomes = await Promise.all(
    items.map((channelId) => toRpcResult(() => callObject(() => ask(roomOf(env, channelId))))),
  );
  return { outcomes, nextCursor };
}
