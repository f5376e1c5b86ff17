import pg from "pg";
import { startPostgres } from "../peers/socketio-pg/postgres.ts";
import { batches, type SearchData } from "./data.ts";
import type { FilledDatabase } from "./measure.ts";
import { type MeasuredQuery, cacheMegabytes, pageLength, type Sort } from "./plan.ts";

/** Everything fits into memory, as for Parley, and JIT compilation is off, since plans run for a millisecond. */
const settings = [
  `shared_buffers=${cacheMegabytes}MB`,
  "effective_cache_size=2GB",
  "work_mem=64MB",
  "random_page_cost=1.1",
  "jit=off",
];

const schema = `
  CREATE TABLE channels (no int PRIMARY KEY, type text NOT NULL);
  CREATE TABLE members (user_id text, channel_no int, PRIMARY KEY (user_id, channel_no));
  CREATE TABLE messages (
    id text PRIMARY KEY, channel_no int NOT NULL, author_id text NOT NULL, created_at bigint NOT NULL, content text NOT NULL,
    words tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('english', content)) STORED);
  CREATE INDEX messages_by_words ON messages USING gin (words);
  CREATE INDEX messages_by_time ON messages (created_at);
  CREATE INDEX messages_by_channel ON messages (channel_no, created_at);`;

const insertChannels = `INSERT INTO channels SELECT (row->>'no')::int, row->>'type' FROM json_array_elements($1::json) AS row`;
const insertMembers = `INSERT INTO members SELECT member, (row->>'no')::int
  FROM json_array_elements($1::json) AS row, json_array_elements_text(row->'memberIds') AS member`;
const insertMessages = `INSERT INTO messages (id, channel_no, author_id, created_at, content)
  SELECT row->>'id', (row->>'channelNo')::int, row->>'authorId', (row->>'atMs')::bigint, row->>'text' FROM json_array_elements($1::json) AS row`;

const monthMs = 30 * 86_400_000;
const readable =
  "channel_no IN (SELECT no FROM channels WHERE type = 'public' UNION ALL SELECT channel_no FROM members WHERE user_id = $2)";

/** Fills PostgreSQL with the same rows; its queries have the same filter and the same recency in the rank. */
export async function startPostgresSearch(
  data: SearchData,
  progress: (text: string) => void,
): Promise<FilledDatabase & { version: string }> {
  const server = await startPostgres(settings);
  const db = new pg.Client(server.local);
  const stop = async (): Promise<void> => {
    await db.end().catch(() => {});
    await server.stop();
  };
  try {
    await db.connect();
    await db.query(schema);
    await db.query(insertChannels, [JSON.stringify(data.channels)]);
    await db.query(insertMembers, [JSON.stringify(data.channels)]);
    let written = 0;
    const begun = performance.now();
    for (const { messages } of batches(data)) {
      await db.query({ name: "insert", text: insertMessages, values: [JSON.stringify(messages)] });
      progress(`PostgreSQL: ${(written += messages.length)} of ${data.messages.length} messages`);
    }
    const perSecond = written / ((performance.now() - begun) / 1_000);
    await db.query("VACUUM ANALYZE");
    return {
      pid: server.pid,
      perSecond,
      version: server.version,
      parts: await bytesByPart(db),
      prepare: async (query, sort, limit = pageLength) => {
        const { text, values } = statementOf(query, sort, limit, data.reader);
        const name = `${sort} ${limit} ${query === "nothing" ? query : query.title}`;
        return async () => (await db.query({ name, text, values })).rows;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function statementOf(
  query: MeasuredQuery,
  sort: Sort,
  limit: number,
  { userId, nowMs }: SearchData["reader"],
): { text: string; values: unknown[] } {
  if (query === "nothing") return { text: "SELECT 1", values: [] };
  const { peer, channelNo } = query;
  const asked = `${peer.parser}('english', $1)`;
  const conditions = `words @@ ${asked} AND ${readable}${channelNo === undefined ? "" : " AND channel_no = $3"}`;
  const columns = 'id AS "messageId", channel_no AS "channelNo", created_at AS "createdAt"';
  const rank = `ts_rank(words, ${asked}) * (1 + 1 / (1 + (${nowMs} - created_at)::float8 / ${monthMs}))`;
  return {
    text:
      sort === "ranked"
        ? `SELECT ${columns}, ${rank} AS score FROM messages WHERE ${conditions} ORDER BY score DESC, created_at DESC LIMIT ${limit}`
        : `SELECT ${columns} FROM messages WHERE ${conditions} ORDER BY created_at DESC LIMIT ${limit}`,
    values: [peer.text, userId, ...(channelNo === undefined ? [] : [channelNo])],
  };
}

async function bytesByPart(db: pg.Client): Promise<Map<string, number>> {
  const { rows } = await db.query<Record<"lists" | "words" | "table" | "indexes", string>>(`
    SELECT pg_relation_size('messages_by_words') AS lists, sum(pg_column_size(words)) AS words,
      pg_table_size('messages') AS table, pg_indexes_size('messages') AS indexes FROM messages`);
  const { lists, words, table, indexes } = rows[0]!;
  return new Map([
    ["full text: posting lists (GIN)", Number(lists)],
    ["full text: `tsvector` of each message", Number(words)],
    ["messages, including their text", Number(table) - Number(words)],
    ["other indexes of messages", Number(indexes) - Number(lists)],
  ]);
}
