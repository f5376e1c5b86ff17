import { and, eq, sql } from "drizzle-orm";
import type { Context } from "hono";
import { AppError, refuse } from "../../core/app-error.ts";
import { inParallel } from "../../core/parallel.ts";
import { channels, headOf, messages, recordFor } from "../../db/index.ts";
import type { AppEnv } from "../../http/context.ts";
import { readChannel } from "../../http/read-channel.ts";
import type { Channel, ChannelSnapshot, Message } from "../../protocol/index.ts";
import { presentChannel } from "../channels/index.ts";
import { messagesSeenBy, presentMessage } from "../messages/index.ts";

/** What the index has found: a message, or else a channel. */
export interface Found {
  channelNo: number;
  channelId: string;
  messageId?: string;
}

/** What the record has of what was found. */
export interface Hits {
  channels: Map<string, Channel>;
  messages: Map<string, Message>;
}

const roomsAtOnce = 10;
const mostRounds = 5;

/**
 * Rows of the index with what the record has of them, each channel admitted by its room. Where rooms refuse what the index still
 * thinks readable, it is asked again without them, so that the answer is the one of an index that knew. A message that is
 * deleted, or in a channel whose record is behind its room, is in no hits.
 */
export async function findAdmitted<Row extends Found>(
  c: Context<AppEnv>,
  find: (refused: readonly number[]) => Promise<Row[]>,
): Promise<{ rows: Row[]; hits: Hits }> {
  const refused: number[] = [];
  for (let round = 0; round < mostRounds; round++) {
    const rows = await find(refused);
    const { hits, hidden } = await readHits(c, rows);
    if (hidden.length === 0) return { rows, hits };
    refused.push(...hidden);
  }
  return refuse("unavailable", "Too much has just become unreadable; try again", { retryAfterMs: 1_000 });
}

async function readHits(
  c: Context<AppEnv>,
  rows: readonly Found[],
): Promise<{ hits: Hits; hidden: number[] }> {
  const hits: Hits = { channels: new Map(), messages: new Map() };
  const hidden: number[] = [];
  const byChannel = Map.groupBy(rows, ({ channelId }) => channelId);
  await inParallel([...byChannel], roomsAtOnce, async ([channelId, found]) => {
    const messageIds = found.flatMap(({ messageId }) => messageId ?? []);
    try {
      const read = await readChannel(c, channelId, () => readFound(c, channelId, messageIds), {
        fresh: true,
        listed: true,
      });
      if (read.channel) hits.channels.set(channelId, read.channel);
      for (const message of read.messages) hits.messages.set(message.id, message);
    } catch (error) {
      const code = error instanceof AppError ? error.code : undefined;
      if (code === "not_found") hidden.push(...found.slice(0, 1).map(({ channelNo }) => channelNo));
      else if (code !== "unavailable") throw error;
    }
  });
  return { hits, hidden };
}

async function readFound(c: Context<AppEnv>, channelId: string, messageIds: readonly string[]) {
  const db = recordFor(c.env, channelId);
  const among = sql`${messages.id} IN (SELECT value FROM json_each(${JSON.stringify(messageIds)}))`;
  const [[head], [row], found] = await db.batch([
    headOf(db, channelId),
    db.select().from(channels).where(eq(channels.id, channelId)),
    db
      .select(messagesSeenBy(c.var.actor.userId))
      .from(messages)
      // The sign keeps the planner from reading the whole channel.
      .where(and(among, sql`+${messages.channelId} = ${channelId}`)),
  ]);
  if (!head) return undefined;
  return {
    ...head,
    channel: row && withoutPlace(presentChannel(row)),
    messages: found.filter(({ deletedAt }) => deletedAt === null).map(presentMessage),
  };
}

/** What is found is not of one moment. */
function withoutPlace(snapshot: ChannelSnapshot): Channel {
  const { seq: _, epoch: __, ...channel } = snapshot;
  return channel;
}
