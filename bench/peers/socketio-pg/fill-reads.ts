import type pg from "pg";
import { readPerChannel, type ReadsSize, type ReadsTarget, textOf, unreadIn } from "../../reads/plan.ts";

const insert = `INSERT INTO messages (id, channel_id, seq, author_id, nonce, content)
  SELECT gen_random_uuid(), $1, seq, $2, seq::text, replace($4, '{}', (seq - 1)::text) FROM generate_series(1, $3::bigint) AS seq`;

/** Inserts the same channels as in the other stacks by SQL, and updates the statistics of the planner. */
export async function fillReads(
  db: pg.Pool,
  { author, readers }: { author: string; readers: string[] },
  size: ReadsSize,
  progress: (text: string) => void,
): Promise<Pick<ReadsTarget, "channelId" | "shortChannelIds" | "firstSeq" | "note">> {
  const tag = Date.now().toString(36);
  const open = async (name: string, count: number): Promise<string> => {
    const channelId = `reads-${tag}-${name}`;
    await db.query("INSERT INTO channels (id, name, last_seq) VALUES ($1, $1, $2)", [channelId, count]);
    await db.query("INSERT INTO members SELECT $1, unnest($2::text[])", [channelId, [author, ...readers]]);
    await db.query(insert, [channelId, author, count, textOf(-1).replace("-1", "{}")]);
    return channelId;
  };
  progress(`${size.messages} messages`);
  const channelId = await open("long", size.messages);
  const shortChannelIds: string[] = [];
  for (let index = 0; index < size.channels; index++) {
    progress(`${index + 1} of ${size.channels} channels`);
    const short = await open(String(index), readPerChannel + unreadIn(index));
    shortChannelIds.push(short);
    await db.query("INSERT INTO readers SELECT $1, unnest($2::text[]), $3", [short, readers, readPerChannel]);
  }
  await db.query("VACUUM ANALYZE");
  return {
    channelId,
    shortChannelIds,
    firstSeq: 1,
    note: "Filled by SQL, then VACUUM ANALYZE; primary key and unique index on (channel, seq), prepared statements.",
  };
}
