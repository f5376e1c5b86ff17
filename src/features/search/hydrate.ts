import { sql } from "drizzle-orm";
import type { Context } from "hono";
import { AppError, reject } from "../../errors/app-error.ts";
import { inParallel } from "../../lib/parallel.ts";
import { channels, messages, channelDatabase } from "../../db/index.ts";
import type { AppEnv } from "../../http/context.ts";
import { readAsReader } from "../../http/authenticate-read.ts";
import { readChannel } from "../../http/read-channel.ts";
import { restrictionOf } from "../../http/token-permissions.ts";
import type { Channel, ChannelSnapshot, Message } from "../../protocol/index.ts";
import type { Reader } from "./execution/build-query.ts";
import { presentChannel } from "../channels/index.ts";
import { messageColumnsFor, presentMessage } from "../messages/index.ts";

/** A row from the index: a message, or a channel if `messageId` is absent. */
export interface FoundItem {
  channelNo: number;
  channelId: string;
  messageId?: string;
}

/** The channels and messages that were found, as D1 has them, by id. */
export interface Hits {
  channels: Map<string, Channel>;
  messages: Map<string, Message>;
}

const maxParallelRooms = 10;
const maxRounds = 5;

/**
 * Searches the index, and reads what it found from D1 after the room of each channel has admitted the actor. If rooms reject channels
 * that the index still lists as readable, the index is searched again without them, so that the answer is that of an up-to-date index.
 * The hits lack messages that were deleted, and those of channels whose rows in D1 are behind their rooms. A room is called at most
 * once for each of its messages, over all rounds. The first search runs while the hub checks the session.
 *
 * @param find - searches the index for this reader
 * @throws `unavailable` if the index or D1 does not answer, or if rooms still reject channels after 5 rounds
 */
export async function findReadable<Page extends { rows: readonly FoundItem[] }>(
  c: Context<AppEnv>,
  find: (reader: Reader) => Promise<Page>,
): Promise<{ found: Page; hits: Hits }> {
  const excludedChannelNos: number[] = [];
  const onlyChannelIds = restrictionOf(c);
  const hits: Hits = { channels: new Map(), messages: new Map() };
  const seen = new Set<string>();
  for (let round = 0; round < maxRounds; round++) {
    const found = await readAsReader(c, (reader) => find({ ...reader, excludedChannelNos, onlyChannelIds }));
    const fresh = found.rows.filter(({ channelId, messageId }) => !seen.has(messageId ?? channelId));
    for (const { channelId, messageId } of fresh) seen.add(messageId ?? channelId);
    const rejected = await readHits(c, fresh, hits);
    if (rejected.length === 0) return { found, hits };
    excludedChannelNos.push(...rejected);
  }
  return reject("unavailable", "The channels that you may read are changing too fast; try again", {
    retryAfterMs: 1_000,
  });
}

/** Adds the readable rows to `hits`, and returns the numbers of the channels whose rooms rejected the actor. */
async function readHits(c: Context<AppEnv>, rows: readonly FoundItem[], hits: Hits): Promise<number[]> {
  const rejected: number[] = [];
  const byChannel = Map.groupBy(rows, ({ channelId }) => channelId);
  // Reads the rows of all channels in one call. A channel whose rows are behind its room is read again by itself.
  const together = readFound(c, rows);
  // Each channel awaits it; if all rooms reject, nothing does, and its error must not be unhandled.
  together.catch(() => {});
  await inParallel([...byChannel], maxParallelRooms, async ([channelId, found]) => {
    let isFirst = true;
    const read = async (): Promise<ChannelRows | undefined> => {
      const all = isFirst ? together : readFound(c, found);
      isFirst = false;
      return (await all).get(channelId);
    };
    try {
      const { channel, messages: readable } = await readChannel(c, channelId, read, {
        fresh: true,
        listed: true,
      });
      hits.channels.set(channelId, channel);
      for (const message of readable) hits.messages.set(message.id, message);
    } catch (error) {
      const code = error instanceof AppError ? error.code : undefined;
      if (code === "not_found") rejected.push(...found.slice(0, 1).map(({ channelNo }) => channelNo));
      else if (code !== "unavailable") throw error;
    }
  });
  return rejected;
}

/** A channel and the messages of it that were found, as D1 has them. */
interface ChannelRows {
  seq: number;
  epoch: string;
  channel: Channel;
  messages: Message[];
}

/** Reads the channels and messages of these rows in one transaction for each database, by channel id. */
async function readFound(c: Context<AppEnv>, found: readonly FoundItem[]): Promise<Map<string, ChannelRows>> {
  const read = new Map<string, ChannelRows>();
  const byDatabase = Map.groupBy(found, ({ channelId }) => channelDatabase(c.env, channelId));
  for (const [db, rows] of byDatabase) {
    const channelIds = JSON.stringify([...new Set(rows.map(({ channelId }) => channelId))]);
    const messageIds = JSON.stringify(rows.flatMap(({ messageId }) => messageId ?? []));
    const [channelRows, messageRows] = await db.batch([
      db
        .select()
        .from(channels)
        .where(sql`${channels.id} IN (SELECT value FROM json_each(${channelIds}))`),
      db
        .select(messageColumnsFor(c.var.actor.userId))
        .from(messages)
        .where(sql`${messages.id} IN (SELECT value FROM json_each(${messageIds}))`),
    ]);
    const byChannel = Map.groupBy(messageRows, ({ channelId }) => channelId);
    for (const row of channelRows)
      read.set(row.id, {
        ...{ seq: row.projectedSeq, epoch: row.epoch },
        channel: withoutPosition(presentChannel(row)),
        messages: (byChannel.get(row.id) ?? [])
          .filter(({ deletedAt }) => deletedAt === null)
          .map(presentMessage),
      });
  }
  return read;
}

/** Removes the log position: search results of several channels have no common one. */
function withoutPosition(snapshot: ChannelSnapshot): Channel {
  const { seq: _, epoch: __, ...channel } = snapshot;
  return channel;
}
