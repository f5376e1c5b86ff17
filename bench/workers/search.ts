/** Parley's search index without rooms: filled by its projection, searched by its statements. */
import type { LoggedEvent } from "../../src/domain/logged-event.ts";
import { searchIndex, writeBatch } from "../../src/db/index.ts";
import { rankedQuery, recentQuery } from "../../src/features/search/execution/build-query.ts";
import { budgetQuery, queryLookups } from "../../src/features/search/execution/cost-estimate.ts";
import { type IndexedRoom, projectToIndex } from "../../src/features/search/indexing/project-to-index.ts";
import { parseQuery } from "../../src/features/search/query/parse.ts";
import type { SearchClause } from "../../src/features/search/query/terms.ts";
import type { Sql } from "../../src/features/search/execution/sql-template.ts";
import { docNumberAt } from "../../src/features/search/indexing/document-numbers.ts";
import type { Channel, Message } from "../../src/protocol/index.ts";
import type { SearchQuery, Sort } from "../search/plan.ts";
import type { ChannelRow, MessageRow } from "../search/rows.ts";

type Asked = SearchQuery & { sort: Sort; limit: number; userId: string; nowMs: number };

const actions: Record<string, (env: Env, body: never) => Promise<unknown>> = {
  "/channels": putChannels,
  "/messages": putMessages,
  "/statement": async (_, asked: Asked) => statementOf(asked),
  "/run": run,
};

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const action = actions[new URL(request.url).pathname];
    if (!action) return new Response(null, { status: 404 });
    return Response.json((await action(env, (await request.json()) as never)) ?? null);
  },
};

async function putChannels({ SEARCH }: Env, channels: ChannelRow[]): Promise<void> {
  const rows = JSON.stringify(channels);
  await SEARCH.batch([
    SEARCH.prepare(
      `INSERT INTO search_channels (no, channel_id, epoch, generation, indexed_seq, head, type)
       SELECT value->>'no', value->>'id', 'bench', 1, 0, 0, value->>'type' FROM json_each(?)`,
    ).bind(rows),
    SEARCH.prepare(
      `INSERT INTO search_members (user_id, channel_no)
       SELECT member.value, channel.value->>'no' FROM json_each(?) AS channel CROSS JOIN json_each(channel.value, '$.memberIds') AS member`,
    ).bind(rows),
  ]);
}

/** Writes a batch of new messages of one channel, as a room's sink does. */
async function putMessages(
  env: Env,
  { channelId, messages }: { channelId: string; messages: MessageRow[] },
): Promise<void> {
  const written = new Map(messages.map((row, index) => [row.id, messageOf(row, index + 1)]));
  const events = [...written.values()].map(
    (message) => ({ type: "messageCreate", data: { message } }) as LoggedEvent,
  );
  const room: IndexedRoom = {
    channel: { id: channelId } as Channel,
    message: (id) => written.get(id),
    memberIncludingSuspended: () => undefined,
    unchanged: (asked) => new Set(asked.map(({ id }) => id)),
  };
  await writeBatch(searchIndex(env), projectToIndex(events, room, 1));
}

/** Makes a message with the fields that the index reads. */
const messageOf = ({ id, authorId, atMs, text }: MessageRow, seq: number): Message =>
  ({
    ...{ id, authorId, seq, rev: seq, content: text, createdAt: new Date(atMs).toISOString() },
    ...{ files: [], reactions: [], thread: null, threadId: null, pinned: false, deletedAt: null },
  }) as unknown as Message;

/** The default of `SEARCH_BUDGET_MS`. */
const budgetMs = 150;

/** Builds the statement that a route runs first: it includes the estimate of its cost. */
function statementOf({ text, channelNo, sort, limit, userId, nowMs }: Asked): Sql {
  const clauses = parseQuery(text) as SearchClause[];
  if (channelNo !== undefined)
    clauses.push([{ negated: false, term: { kind: "channels", nos: [channelNo] } }]);
  const reader = { userId, isGuest: false, excludedChannelNos: [] };
  const budget = budgetQuery(queryLookups(clauses, sort), budgetMs);
  return sort === "ranked"
    ? rankedQuery(clauses, reader, { limit, asOf: docNumberAt(nowMs), budget })
    : recentQuery(clauses, reader, { limit, budget });
}

/** Runs a statement on D1 several times, one after the other. */
async function run({ SEARCH }: Env, { sql, params, times }: Sql & { times: number }): Promise<void> {
  const statement = SEARCH.prepare(sql).bind(...params);
  for (let time = 0; time < times; time++) await statement.all();
}
