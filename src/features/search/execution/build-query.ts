import { docNumberAt, docNumberSlackMs } from "../indexing/document-numbers.ts";
import {
  anyTermExpression,
  type Column,
  partitionClauses,
  type PartitionedClauses,
  matchExpression,
  indexTokens,
} from "../query/match-expression.ts";
import type { Reader as DirectoryReader } from "../../../domain/actor.ts";
import { type Filter, type Flag, type ScanTerm, type SearchClause, soleTerm } from "../query/terms.ts";
import { onlyPrefix, windowOfNewest } from "./newest-window.ts";
import { join, raw, type Sql, sql } from "./sql-template.ts";

/** The user who searches. */
export interface Reader extends DirectoryReader {
  /** Channels that the index lists as readable, but whose rooms rejected this user: rooms learn of a removal before the index does. */
  excludedChannelNos: readonly number[];
  /** The channels to which the request's token is restricted; null or absent: all that the user may read. */
  onlyChannelIds?: readonly string[] | null;
}

/** Builds the condition that a channel is one of those to which the reader's token is restricted; none without a restriction. */
export const restrictionCondition = (channelNo: Sql, { onlyChannelIds }: Reader): Sql[] =>
  onlyChannelIds
    ? [
        sql`${channelNo} IN (SELECT no FROM search_channels WHERE channel_id IN (SELECT value FROM json_each(${JSON.stringify(onlyChannelIds)})))`,
      ]
    : [];

/** Selects the numbers of the channels that a user may read: those that they are a member of and, except for guests, public ones. */
export const readableChannelNos = ({ userId, isGuest }: DirectoryReader): Sql =>
  isGuest
    ? sql`SELECT channel_no FROM search_members WHERE user_id = ${userId}`
    : sql`SELECT no FROM search_channels WHERE type = 'public' UNION ALL SELECT channel_no FROM search_members WHERE user_id = ${userId}`;

const exclusionCondition = ({ excludedChannelNos }: Reader): Sql[] =>
  excludedChannelNos.length
    ? [sql`d.channel_no NOT IN (SELECT value FROM json_each(${JSON.stringify(excludedChannelNos)}))`]
    : [];

interface Scope {
  column: Column;
  /** A statement of one row, as `budgetQuery` builds it. If the estimated cost is not within the budget, the query matches nothing. */
  budget?: Sql | undefined;
}

const pattern = (expression: string, { budget }: Scope): Sql =>
  budget ? sql`CASE WHEN (SELECT met FROM budget) THEN ${expression} ELSE '""' END` : sql`${expression}`;

const withBudgetCheck = ({ budget }: Scope, statement: Sql): Sql =>
  budget ? sql`WITH budget (met, pages) AS MATERIALIZED (${budget}) ${statement}` : statement;

const withMatch = (expression: string, scope: Scope): Sql =>
  sql`(SELECT rowid FROM search_text WHERE search_text MATCH ${pattern(expression, scope)})`;

/** Compares a term with the stored text of a message: the words that the projection wrote, separated by single blanks. */
function scanCondition(term: ScanTerm, column: Column): Sql {
  const columns = column === "files" ? "c2" : term.stemmed ? "c0 || ' ' || c1" : "c0";
  const words = ` ${indexTokens(term).join(" ")}${term.prefix ? "" : " "}`;
  return sql`instr((SELECT ' ' || ${raw(columns)} || ' ' FROM search_text_content WHERE id = d.doc), ${words}) > 0`;
}

function filterCondition(filter: Filter | ScanTerm, column: Column): Sql {
  switch (filter.kind) {
    case "scan":
      return scanCondition(filter, column);
    case "author":
      return sql`d.author_id = ${filter.userId}`;
    case "channels":
      return raw(
        // For several channels, the index by channel would return messages that still have to be sorted by time; `+` disables it.
        filter.nos.length === 1
          ? `d.channel_no = ${filter.nos[0]}`
          : `+d.channel_no IN (${filter.nos.join(", ")})`,
      );
    case "flag":
      return raw(`d.${filter.flag} = 1`);
    case "time":
      // Literals, since many such filters would need more parameters than D1 allows in a statement.
      return raw(`(d.created_at >= ${filter.fromMs} AND d.created_at < ${filter.toMs})`);
  }
}

/** Builds the condition of a clause that a `MATCH` expression can't state. */
function clauseCondition(clause: SearchClause, scope: Scope): Sql {
  const { column } = scope;
  const filters = clause.flatMap(({ negated, term }) => {
    if (term.kind === "text") return [];
    const condition = filterCondition(term, column);
    return [negated ? sql`NOT (${condition})` : condition];
  });
  const texts = (negative: boolean) =>
    clause.flatMap(({ negated, term }) => (term.kind === "text" && negated === negative ? [term] : []));
  const [required, excluded] = [texts(false), texts(true)];
  if (required.length) filters.push(sql`d.doc IN ${withMatch(anyTermExpression(required, column), scope)}`);
  // `-a OR -b` means: not both.
  if (excluded.length)
    filters.push(
      sql`d.doc NOT IN ${withMatch(excluded.map((term) => anyTermExpression([term], column)).join(" AND "), scope)}`,
    );
  const [only, more] = filters;
  if (only && !more) return only;
  // `+` keeps the planner from a multi-index OR, whose result would have to be sorted.
  return sql`(${join(
    filters.map((filter) => sql`+(${filter})`),
    " OR ",
  )})`;
}

/** Returns the document numbers between which all messages of the requested times are. */
function timeRange(clauses: readonly SearchClause[]): { least: number; most: number } {
  let [least, most] = [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  for (const clause of clauses) {
    const term = soleTerm(clause);
    if (term?.kind !== "time") continue;
    least = Math.max(least, docNumberAt(term.fromMs));
    most = Math.min(most, docNumberAt(term.toMs + docNumberSlackMs));
  }
  return { least, most };
}

/**
 * Returns the document numbers that a search in order of time has to read.
 *
 * @param before - where the previous page ended: only older documents count
 * @returns `least` is inclusive, `end` exclusive
 */
export function documentRange(
  clauses: readonly SearchClause[],
  before?: number,
): { least: number; end: number } {
  const { least, most } = timeRange(clauses);
  return { least, end: Math.min(most, before ?? most) };
}

/** For each flag, the partial index of the messages that have it, in order of time. */
const flagIndexes: Readonly<Record<Flag, string>> = {
  pinned: "documents_pinned",
  in_thread: "documents_in_thread",
  has_reaction: "documents_with_reaction",
  has_link: "documents_with_link",
  has_file: "documents_with_file",
};
const flagsByRarity = ["pinned", "has_file", "has_reaction", "in_thread", "has_link"] as const;

/** Chooses the index by which a query without required words reads `documents`: the one that leaves the fewest rows. */
function documentSource(clauses: readonly SearchClause[]): string {
  const terms = clauses.map(soleTerm);
  if (terms.some((term) => term?.kind === "channels" && term.nos.length === 1))
    return "documents d INDEXED BY documents_by_channel_time";
  if (terms.some((term) => term?.kind === "author")) return "documents d INDEXED BY documents_by_author";
  const flags = new Set(terms.flatMap((term) => (term?.kind === "flag" ? [term.flag] : [])));
  const rarest = flagsByRarity.find((flag) => flags.has(flag));
  return rarest ? `documents d INDEXED BY ${flagIndexes[rarest]}` : "documents d";
}

/** Builds the conditions on a row other than its words. */
function conditions(
  { required, excluded, remaining }: PartitionedClauses,
  scope: Scope,
  reader: Reader,
): Sql[] {
  const { column } = scope;
  return [
    raw("d.deleted = 0"),
    // `+` keeps the planner from reading channel by channel, the result of which would have to be sorted.
    sql`+d.channel_no IN (${readableChannelNos(reader)})`,
    ...exclusionCondition(reader),
    ...restrictionCondition(raw("+d.channel_no"), reader),
    ...remaining.map((clause) => clauseCondition(clause, scope)),
    ...(required.length === 0 && excluded.length > 0 && column === "words"
      ? [sql`d.doc NOT IN ${withMatch(anyTermExpression(excluded, column), scope)}`]
      : []),
  ];
}

/** A row of `recentQuery` and `rankedQuery`; the names are column aliases of both. */
export interface FoundRow {
  doc: number;
  messageId: string;
  channelNo: number;
  channelId: string;
}

const rowColumns =
  "d.doc AS doc, d.message_id AS messageId, d.channel_no AS channelNo, c.channel_id AS channelId";

/** The page that a search in order of time returns. */
export interface RecentOptions {
  limit: number;
  /** Only messages older than this document. */
  before?: number | undefined;
  /** See `Scope`. */
  budget?: Sql | undefined;
  /**
   * Only messages from the document `start` on. `match`: a `MATCH` expression that every message of the result must satisfy, by which
   * FTS5 preselects candidates.
   */
  window?: { start: Sql; match: string | undefined } | undefined;
}

/**
 * Builds the statement that finds messages which match all clauses and which `reader` may read, newest first: rows of `FoundRow`.
 * It reads the index backwards and stops after `limit` rows. With a `budget`, a query that is only a prefix reads the newest messages first,
 * and uses the index if they have fewer than `limit` matches.
 */
export function recentQuery(
  clauses: readonly SearchClause[],
  reader: Reader,
  { limit, before, budget, window }: RecentOptions,
  column: Column = "words",
): Sql {
  const divided = partitionClauses(clauses);
  const scope: Scope = { column, budget };
  const match = window ? window.match : matchExpression(divided, column);
  const { least, end } = documentRange(clauses, before);
  const all = conditions(divided, scope, reader);
  const rowsOf = (source: Sql, doc: Sql, where: readonly Sql[]): Sql => sql`
    SELECT ${raw(rowColumns)} FROM ${source} CROSS JOIN search_channels c
    WHERE ${join([...where, ...all], " AND ")} AND c.no = d.channel_no
    ORDER BY ${doc} DESC LIMIT ${limit}`;
  if (match === undefined) {
    const doc = raw("d.doc");
    const source = raw(documentSource(clauses));
    return withBudgetCheck(scope, rowsOf(source, doc, inRange(doc, least, end, window)));
  }
  const doc = raw("search_text.rowid");
  const indexed = (expression: Sql): Sql =>
    rowsOf(raw("search_text CROSS JOIN documents d"), doc, [
      sql`search_text MATCH ${expression}`,
      raw("d.doc = search_text.rowid"),
      ...inRange(doc, least, end, window),
    ]);
  const prefix = budget && !window ? onlyPrefix(divided, column) : undefined;
  if (!prefix) return withBudgetCheck(scope, indexed(pattern(match, scope)));
  const newest = windowOfNewest(prefix, { least, end }, pattern(match, scope));
  const isFull = sql`(SELECT count(*) FROM newest) >= ${limit}`;
  return sql`WITH budget (met, pages) AS MATERIALIZED (${budget as Sql}),
    newest AS MATERIALIZED (${rowsOf(newest.source, raw("text.id"), newest.where)})
    SELECT * FROM newest WHERE ${isFull} UNION ALL
    SELECT * FROM (${indexed(sql`CASE WHEN ${isFull} THEN '""' ELSE ${pattern(match, scope)} END`)})
    ORDER BY doc DESC`;
}

function inRange(doc: Sql, least: number, end: number, window: RecentOptions["window"]): Sql[] {
  return [sql`${doc} >= ${window ? sql`(${window.start})` : sql`${least}`}`, sql`${doc} < ${end}`];
}

/**
 * Where a ranked page ended. It is part of the cursor, so it contains no score: a score would reveal how rare a word is in channels
 * that the reader may not read.
 */
export interface RankedPosition {
  /** The time from which the age of messages is counted, as a document number. */
  asOf: number;
  /** The last documents of the page. */
  docs: readonly number[];
}

/** The weight of a message falls from 2 today to 1 for an old one: the bonus is halved after a month. */
const monthOfDocs = docNumberAt(30 * 86_400_000) - docNumberAt(0);

/**
 * Builds the statement that finds the same messages as `recentQuery`, best first: rows of `FoundRow` with a `score`, of which a lower
 * one is better. A query without required words finds nothing, since there is nothing to rank by.
 *
 * Each new message changes all scores a little. Therefore a page continues after the score that the last message of the previous page
 * has now, or, if that message was deleted, the last one that still exists. Messages that were written later are left out.
 */
export function rankedQuery(
  clauses: readonly SearchClause[],
  reader: Reader,
  {
    limit,
    asOf,
    after,
    budget,
  }: { limit: number; asOf: number; after?: RankedPosition | undefined; budget?: Sql | undefined },
): Sql {
  const divided = partitionClauses(clauses);
  const match = matchExpression(divided, "words") ?? '""';
  const { least, most } = timeRange(clauses);
  const scope: Scope = { column: "words", budget };
  const all = conditions(divided, scope, reader);
  const range = [
    ...(least > -Number.MAX_SAFE_INTEGER ? [sql`search_text.rowid >= ${least}`] : []),
    sql`search_text.rowid < ${Math.min(most, asOf)}`,
  ];
  const ranked = sql`SELECT d.doc AS doc, d.message_id AS messageId, d.channel_no AS channelNo,
      bm25(search_text) * (1.0 + 1.0 / (1.0 + (${asOf} - d.doc) / ${raw(`${monthOfDocs}.0`)})) AS score
    FROM search_text CROSS JOIN documents d
    WHERE search_text MATCH ${pattern(match, scope)} AND d.doc = search_text.rowid AND ${join([...range, ...all], " AND ")}`;
  const page = after
    ? sql`WITH ranked AS MATERIALIZED (${ranked}),
        page_end AS MATERIALIZED (SELECT score, doc FROM ranked WHERE doc IN (SELECT value FROM json_each(${JSON.stringify(after.docs)}))
          ORDER BY score DESC, doc LIMIT 1)
      SELECT ranked.* FROM page_end CROSS JOIN ranked
      WHERE ranked.score > page_end.score OR (ranked.score = page_end.score AND ranked.doc < page_end.doc) ORDER BY ranked.score, ranked.doc DESC LIMIT ${limit}`
    : sql`${ranked} ORDER BY score, d.doc DESC LIMIT ${limit}`;
  return withBudgetCheck(
    scope,
    sql`SELECT page.doc, page.messageId, page.channelNo, page.score, c.channel_id AS channelId
    FROM (${page}) page CROSS JOIN search_channels c ON c.no = page.channelNo ORDER BY page.score, page.doc DESC`,
  );
}
