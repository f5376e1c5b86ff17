import { sql } from "drizzle-orm";
import type { Context } from "hono";
import { AppError, reject } from "../../errors/app-error.ts";
import { inParallel } from "../../lib/parallel.ts";
import { channels, messages, channelDatabase } from "../../db/index.ts";
import type { AppEnv } from "../../http/context.ts";
import { readChannel } from "../../http/read-channel.ts";
import type { Channel, ChannelSnapshot, Message } from "../../protocol/index.ts";
import { presentChannel } from "../channels/index.ts";
import { messageColumnsFor, presentMessage } from "../messages/index.ts";

/** What the index has found: a message, or else a channel. */
export interface FoundItem {
  channelNo: number;
  channelId: string;
  messageId?: string;
}

/** What the record has of what was found. */
export interface Hits {
  channels: Map<string, Channel>;
  messages: Map<string, Message>;
}

const maxParallelRooms = 10;
const maxRounds = 5;

/**
 * What the index finds, with what the database has of it, each channel admitted by its room. Where rooms reject what the index
 * still thinks readable, the index is asked again without them, so that the answer is the one of an index that knew. A message
 * that is deleted, or in a channel whose rows are behind its room, is in no hits. A room is asked once for each of its
 * messages at most, whatever the number of rounds.
 */
export async function findReadable<Page extends { rows: readonly FoundItem[] }>(
  c: Context<AppEnv>,
  find: (refused: readonly number[]) => Promise<Page>,
): Promise<{ found: Page; hits: Hits }> {
  const refused: number[] = [];
  const hits: Hits = { channels: new Map(), messages: new Map() };
  const seen = new Set<string>();
  for (let round = 0; round < maxRounds; round++) {
    const found = await find(refused);
    const fresh = found.rows.filter(({ channelId, messageId }) => !seen.has(messageId ?? channelId));
    for (const { channelId, messageId } of fresh) seen.add(messageId ?? channelId);
    const hidden = await readHits(c, fresh, hits);
    if (hidden.length === 0) return { found, hits };
    refused.push(...hidden);
  }
  return reject("unavailable", "Too much has just become unreadable; try again", { retryAfterMs: 1_000 });
}

/** Adds to `hits` what may be read of these rows; returns the numbers of the channels that may not. */
async function readHits(c: Context<AppEnv>, rows: readonly FoundItem[], hits: Hits): Promise<number[]> {
  const hidden: number[] = [];
  const byChannel = Map.groupBy(rows, ({ channelId }) => channelId);
  // The rows of all channels in one call; a channel whose rows are behind its room is read again alone.
  const together = readFound(c, rows);
  // Awaited by each channel; if all rooms reject, by none.
  together.catch(() => {});
  await inParallel([...byChannel], maxParallelRooms, async ([channelId, found]) => {
    let isFirst = true;
    const read = async (): Promise<ChannelRows | undefined> => {
      const all = isFirst ? together : readFound(c, found);
      isFirst = false;
      return (await all).get(channelId);
    };
    try {
      const { channel, messages: there } = await readChannel(c, channelId, read, {
        fresh: true,
        listed: true,
      });
      hits.channels.set(channelId, channel);
      for (const message of there) hits.messages.set(message.id, message);
    } catch (error) {
      const code = error instanceof AppError ? error.code : undefined;
      if (code === "not_found") hidden.push(...found.slice(0, 1).map(({ channelNo }) => channelNo));
      else if (code !== "unavailable") throw error;
    }
  });
  return hidden;
}

/** What the database has of a channel that was found. */
interface ChannelRows {
  seq: number;
  epoch: string;
  channel: Channel;
  messages: Message[];
}

/** The channels of these rows and their messages, as they are at one moment, by the channel's id. */
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

/** What is found is not of one moment. */
function withoutPosition(snapshot: ChannelSnapshot): Channel {
  const { seq: _, epoch: __, ...channel } = snapshot;
  return channel;
}
