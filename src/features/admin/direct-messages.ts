import { sql } from "drizzle-orm";
import { z } from "zod";
import { callObject, roomOf } from "../../rpc/stubs.ts";
import { type RpcResult, toRpcResult, unwrap } from "../../rpc/rpc-result.ts";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { accountDatabase, channelDirectory } from "../../db/index.ts";

/** So many in a request: for each a room is called, which throws its rows away. */
const batchSize = 20;
/** A row's own number: unlike an id it tells nobody's name. */
const Place = z.int().min(0);
const place = sql<number>`${channelDirectory}.rowid`;

/**
 * Begins to write the record, or what the search index has, of the next direct messages anew. `failed`: of how many it could
 * not begin.
 */
export async function rebuildDirectMessages(
  env: Env,
  cursor: string | undefined,
  how: "reproject" | "reindex",
) {
  const { outcomes, nextCursor } = await callNextRooms(env, cursor, async (room) =>
    unwrap(await room[how]({ direct: true })),
  );
  // Asked for once, never made: there is nothing to write.
  const there = outcomes.filter((outcome) => outcome.ok || outcome.problem.code !== "not_found");
  return { channels: there.length, failed: there.filter(({ ok }) => !ok).length, nextCursor };
}

/** Of how many of the same direct messages the record or the index lacks something; whose room does not answer counts as one. */
export async function directMessagesProgress(env: Env, cursor: string | undefined) {
  const { outcomes, nextCursor } = await callNextRooms(env, cursor, (room) =>
    room.progress({ direct: true }),
  );
  const there = outcomes.filter((outcome) => !outcome.ok || outcome.value.head > 0);
  const lacking = (which: "recorded" | "indexed"): number =>
    there.filter((outcome) => !outcome.ok || outcome.value[which] < outcome.value.head).length;
  return {
    channels: there.length,
    behind: lacking("recorded"),
    unindexed: lacking("indexed"),
    nextCursor,
  };
}

/** What the rooms of the next direct messages answer. One that fails holds up none of the others. */
async function callNextRooms<T>(
  env: Env,
  cursor: string | undefined,
  ask: (room: ReturnType<typeof roomOf>) => Promise<T>,
): Promise<{ outcomes: RpcResult<T>[]; nextCursor: string | null }> {
  const after = cursor ? decodeCursor(cursor, Place) : 0;
  const rows = await accountDatabase(env)
    .select({ channelId: channelDirectory.channelId, place })
    .from(channelDirectory)
    .where(sql`${channelDirectory.direct} = 1 and ${place} > ${after}`)
    .orderBy(place)
    .limit(batchSize + 1);
  const { items, nextCursor } = toPage(
    rows,
    batchSize,
    ({ channelId }) => channelId,
    (row) => row.place,
  );
  const outcomes = await Promise.all(
    items.map((channelId) => toRpcResult(() => callObject(() => ask(roomOf(env, channelId))))),
  );
  return { outcomes, nextCursor };
}
