import type { SeqPage } from "../../domain/channel-read.ts";
import type { Migration } from "../../durable/migrations.ts";

/**
 * Adds the indexes of deleted messages. Together with the indexes of live ones (`messages_unread`, `messages_in_thread`) they order the
 * history and each thread, tombstones included, and they cost nothing when a message is created.
 */
export const createTombstoneIndexes: Migration = (sql) => {
  sql.exec(`
    CREATE INDEX messages_deleted ON messages (seq) WHERE in_channel = 1 AND deleted = 1;
    CREATE INDEX messages_deleted_in_thread ON messages (thread_id, seq) WHERE thread_id IS NOT NULL AND deleted = 1;
  `);
};

/** A page as JSON text, and what the response says besides. */
export interface MessageRange {
  /** The messages by `seq`, separated by commas. */
  items: string;
  lastSeq: number | undefined;
  hasMoreBefore: boolean;
  hasMoreAfter: boolean;
}

/** The reader's own reactions are marked, as no event can do. Parameter 1: the reader. */
const reactions = `(SELECT json_group_array(json(
  CASE WHEN EXISTS (SELECT 1 FROM reactions WHERE message_id = message.id AND emoji = kind.value->>'$.emoji' AND user_id = ?1)
    THEN json_set(kind.value, '$.me', json('true')) ELSE kind.value END))
  FROM reaction_kinds, json_each(reaction_kinds.kinds) AS kind WHERE reaction_kinds.message_id = message.id)`;

/**
 * A message as the reader sees it. The log row that `rev` names holds the complete message; only reactions, thread and pin may have
 * changed since. The data of an event without a thread is the message in one field, so that cutting it off saves parsing it.
 */
const json = `CASE
  WHEN message.touched > 0 THEN json_set(event.data->'$.message',
    '$.rev', max(message.rev, message.touched),
    '$.reactions', json(${reactions}),
    '$.thread', json(coalesce((SELECT summary FROM threads WHERE root_id = message.id), 'null')),
    '$.pinned', json(iif(EXISTS (SELECT 1 FROM pins WHERE message_id = message.id), 'true', 'false')))
  WHEN event.type = 'messageCreate' OR event.type = 'messageUpdate' THEN substr(event.data, 12, length(event.data) - 12)
  ELSE event.data->'$.message' END`;

/** Parameter 2: the `seq` at which the two halves of a page meet; 3: the number of rows; 4: the root, for threads. */
const halfOf = (isAmong: string, { isNewer }: { isNewer: boolean }): string => {
  const order = isNewer ? "seq" : "seq DESC";
  // SQLite merges the two indexes, and reads no further than the limit.
  const side = (deleted: 0 | 1): string =>
    `SELECT id, seq FROM messages WHERE ${isAmong} AND deleted = ${deleted} AND seq ${isNewer ? ">=" : "<"} ?2`;
  return `SELECT place.seq, ${json} AS json
    FROM (${side(0)} UNION ALL ${side(1)} ORDER BY ${order} LIMIT ?3) AS place
    CROSS JOIN messages AS message ON message.id = place.id CROSS JOIN log AS event ON event.seq = message.rev`;
};

const existsIn = (isAmong: string, comparison: string): string =>
  [0, 1]
    .map(
      (deleted) =>
        `EXISTS (SELECT 1 FROM messages WHERE ${isAmong} AND deleted = ${deleted} AND seq ${comparison} ?1)`,
    )
    .join(" OR ");

const statementsOf = (isAmong: string) => ({
  older: halfOf(isAmong, { isNewer: false }),
  newer: halfOf(isAmong, { isNewer: true }),
  // The last parameter is the root; SQLite numbers it by its own statement.
  hasOlder: `SELECT ${existsIn(isAmong.replace("?4", "?2"), "<")} AS found`,
  hasNewer: `SELECT ${existsIn(isAmong.replace("?4", "?2"), ">=")} AS found`,
});

const inHistory = statementsOf("in_channel = 1");
const inThread = statementsOf("thread_id = ?4");

const byId = `SELECT message.id, ${json} AS json FROM json_each(?2) AS wanted
  CROSS JOIN messages AS message ON message.id = wanted.value CROSS JOIN log AS event ON event.seq = message.rev`;

type Row = { seq: number; json: string };

/** Reads messages from the room's SQLite as JSON text, as a reader sees them, without parsing them. */
export class HistoryTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Reads a page of the channel's history. */
  page(readerId: string, page: SeqPage): MessageRange {
    return this.#range(inHistory, [], readerId, page);
  }

  /** Reads a page of the replies to a root message. */
  threadPage(readerId: string, rootId: string, page: SeqPage): MessageRange {
    return this.#range(inThread, [rootId], readerId, page);
  }

  /** Returns one message; undefined if there is none. */
  find(readerId: string, messageId: string): string | undefined {
    return this.findAll(readerId, [messageId]).get(messageId);
  }

  /** Returns the message that the event `seq` created, a thread reply too; undefined if that event created none. */
  findCreatedAt(readerId: string, seq: number): string | undefined {
    const [row] = this.#sql
      .exec<{ id: string }>(
        "SELECT data->>'$.message.id' AS id FROM log WHERE seq = ? AND type IN ('messageCreate', 'threadCreate')",
        seq,
      )
      .toArray();
    return row && this.find(readerId, row.id);
  }

  /** Returns those of the messages that exist, by id. */
  findAll(readerId: string, messageIds: readonly string[]): Map<string, string> {
    const rows = this.#sql.exec<{ id: string; json: string }>(byId, readerId, JSON.stringify(messageIds));
    return new Map(rows.toArray().map((row) => [row.id, row.json]));
  }

  /** Returns the root of the thread that a message belongs to, which is the message itself unless it is a reply. */
  rootOf(messageId: string): string | undefined {
    return this.#sql
      .exec<{ root: string }>("SELECT coalesce(thread_id, id) AS root FROM messages WHERE id = ?", messageId)
      .toArray()[0]?.root;
  }

  #range(
    statements: ReturnType<typeof statementsOf>,
    root: string[],
    readerId: string,
    page: SeqPage,
  ): MessageRange {
    const { pivot, older, newer } = halvesOf(page);
    const rows = (statement: string, count: number): Row[] =>
      this.#sql.exec<Row>(statement, readerId, pivot, count + 1, ...root).toArray();
    const exists = (statement: string): boolean =>
      this.#sql.exec<{ found: number }>(statement, pivot, ...root).one().found === 1;
    const before = older > 0 ? rows(statements.older, older) : [];
    const after = newer > 0 ? rows(statements.newer, newer) : [];
    const shown = [...before.slice(0, older).reverse(), ...after.slice(0, newer)];
    return {
      items: shown.map((row) => row.json).join(","),
      lastSeq: shown.at(-1)?.seq,
      hasMoreBefore: older > 0 ? before.length > older : exists(statements.hasOlder),
      hasMoreAfter: newer > 0 ? after.length > newer : pivot < newest && exists(statements.hasNewer),
    };
  }
}

const newest = Number.MAX_SAFE_INTEGER;

/** Returns the `seq` at which the halves of a page meet, and how many messages each has. */
function halvesOf({ before, after, around, limit }: SeqPage): {
  pivot: number;
  older: number;
  newer: number;
} {
  if (after !== undefined) return { pivot: after + 1, older: 0, newer: limit };
  if (around === undefined) return { pivot: before ?? newest, older: limit, newer: 0 };
  const older = Math.floor(limit / 2);
  return { pivot: around, older, newer: limit - older };
}
