import { docNumberAt, docNumberSlackMs } from "../indexing/document-numbers.ts";
import {
  anyTermExpression,
  type Column,
  partitionClauses,
  type PartitionedClauses,
  matchExpression,
  indexTokens,
} from "../query/match-expression.ts";
import { type Filter, type Flag, type ScanTerm, type SearchClause, soleTerm } from "../query/terms.ts";
import { join, raw, type Sql, sql } from "./sql-template.ts";

/** Who looks, and where they may not, by word of rooms that know more than the index. */
export interface Reader {
  userId: string;
  excludedChannelNos: readonly number[];
}

/** The numbers of the channels that a user may read: public ones, and those that they are in. */
export const readableChannelNos = (userId: string): Sql =>
  sql`SELECT no FROM search_channels WHERE type = 'public' UNION ALL SELECT channel_no FROM search_members WHERE user_id = ${userId}`;

const exclusionCondition = ({ excludedChannelNos }: Reader): Sql[] =>
  excludedChannelNos.length
    ? [sql`d.channel_no NOT IN (SELECT value FROM json_each(${JSON.stringify(excludedChannelNos)}))`]
    : [];

/** What a statement searches, and whether it does so at all. */
interface Scope {
  column: Column;
  /** A statement of one row: whether the cost is within the budget. */
  withinBudget?: Sql | undefined;
}

const pattern = (expression: string, { withinBudget }: Scope): Sql =>
  withinBudget
    ? sql`CASE WHEN (SELECT met FROM budget) THEN ${expression} ELSE '""' END`
    : sql`${expression}`;

const withBudgetCheck = ({ withinBudget }: Scope, statement: Sql): Sql =>
  withinBudget ? sql`WITH budget (met) AS MATERIALIZED (${withinBudget}) ${statement}` : statement;

const withMatch = (expression: string, scope: Scope): Sql =>
  sql`(SELECT rowid FROM search_text WHERE search_text MATCH ${pattern(expression, scope)})`;

/** Looks for words in what FTS5 keeps of a message: the words that the projection put in, with one blank between them. */
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
        // Of several channels, the newest ones would have to be sorted out.
        filter.nos.length === 1
          ? `d.channel_no = ${filter.nos[0]}`
          : `+d.channel_no IN (${filter.nos.join(", ")})`,
      );
    case "flag":
      return raw(`d.${filter.flag} = 1`);
    case "time":
      // Of many of them there would be more parameters than D1 takes.
      return raw(`(d.created_at >= ${filter.fromMs} AND d.created_at < ${filter.toMs})`);
  }
}

/** A clause that the expression for `MATCH` can't bear. */
function clauseCondition(clause: SearchClause, scope: Scope): Sql {
  const { column } = scope;
  const filters = clause.flatMap(({ negated, term }) => {
    if (term.kind === "text") return [];
    const condition = filterCondition(term, column);
    return [negated ? sql`NOT (${condition})` : condition];
  });
  const texts = (wanted: boolean) =>
    clause.flatMap(({ negated, term }) => (term.kind === "text" && negated !== wanted ? [term] : []));
  const [wanted, unwanted] = [texts(true), texts(false)];
  if (wanted.length) filters.push(sql`d.doc IN ${withMatch(anyTermExpression(wanted, column), scope)}`);
  // Not a, or not b: not both.
  if (unwanted.length)
    filters.push(
      sql`d.doc NOT IN ${withMatch(unwanted.map((term) => anyTermExpression([term], column)).join(" AND "), scope)}`,
    );
  const [only, more] = filters;
  if (only && !more) return only;
  // The signs keep the planner from gathering the alternatives one by one, which would have to be sorted.
  return sql`(${join(
    filters.map((filter) => sql`+(${filter})`),
    " OR ",
  )})`;
}

/** Documents between which all messages of the times that are asked for are. */
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

/** Documents, from and to before, in which everything is that a search by time before the document `before` may find. */
export function documentRange(
  clauses: readonly SearchClause[],
  before?: number,
): { least: number; end: number } {
  const { least, most } = timeRange(clauses);
  return { least, end: Math.min(most, before ?? most) };
}

/** An index that holds only messages with this flag, newest last. */
const flagIndexes: Readonly<Record<Flag, string>> = {
  pinned: "documents_pinned",
  in_thread: "documents_in_thread",
  has_reaction: "documents_with_reaction",
  has_link: "documents_with_link",
  has_file: "documents_with_file",
};
const flagsByRarity = ["pinned", "has_file", "has_reaction", "in_thread", "has_link"] as const;

/** Documents by the index that leaves the fewest to look at; where no words are wanted there is no other way to them. */
function documentSource(clauses: readonly SearchClause[]): string {
  const terms = clauses.map(soleTerm);
  if (terms.some((term) => term?.kind === "channels" && term.nos.length === 1))
    return "documents d INDEXED BY documents_by_channel_time";
  if (terms.some((term) => term?.kind === "author")) return "documents d INDEXED BY documents_by_author";
  const flags = new Set(terms.flatMap((term) => (term?.kind === "flag" ? [term.flag] : [])));
  const rarest = flagsByRarity.find((flag) => flags.has(flag));
  return rarest ? `documents d INDEXED BY ${flagIndexes[rarest]}` : "documents d";
}

/** What has to be so of a row, beside the words. */
function conditions(
  { required, excluded, remaining }: PartitionedClauses,
  scope: Scope,
  reader: Reader,
): Sql[] {
  const { column } = scope;
  return [
    raw("d.deleted = 0"),
    // The sign keeps the planner from going by channels, which would have to be sorted.
    sql`+d.channel_no IN (${readableChannelNos(reader.userId)})`,
    ...exclusionCondition(reader),
    ...remaining.map((clause) => clauseCondition(clause, scope)),
    ...(required.length === 0 && excluded.length > 0 && column === "words"
      ? [sql`d.doc NOT IN ${withMatch(anyTermExpression(excluded, column), scope)}`]
      : []),
  ];
}

export interface FoundRow {
  doc: number;
  messageId: string;
  channelNo: number;
  channelId: string;
}

const rowColumns =
  "d.doc AS doc, d.message_id AS messageId, d.channel_no AS channelNo, c.channel_id AS channelId";

/** How far a search by time goes. */
export interface RecentOptions {
  limit: number;
  /** Older than this document. */
  before?: number | undefined;
  withinBudget?: Sql | undefined;
  /** Only within this window. `match`: an expression for FTS5 that all messages meet that come into question. */
  window?: { start: Sql; match: string | undefined } | undefined;
}

/**
 * Messages that meet all clauses and that `reader` may read, newest first, before the document `before`: rows of `FoundRow`.
 * Reads the index backwards and stops when it has enough.
 */
export function recentQuery(
  clauses: readonly SearchClause[],
  reader: Reader,
  { limit, before, withinBudget, window }: RecentOptions,
  column: Column = "words",
): Sql {
  const divided = partitionClauses(clauses);
  const scope: Scope = { column, withinBudget: withinBudget };
  const match = window ? window.match : matchExpression(divided, column);
  const { least, end } = documentRange(clauses, before);
  const all = conditions(divided, scope, reader);
  const source = match === undefined ? documentSource(clauses) : "search_text CROSS JOIN documents d";
  const doc = raw(match === undefined ? "d.doc" : "search_text.rowid");
  if (match !== undefined)
    all.unshift(sql`search_text MATCH ${pattern(match, scope)}`, raw("d.doc = search_text.rowid"));
  return withBudgetCheck(
    scope,
    sql`SELECT ${raw(rowColumns)} FROM ${raw(source)} CROSS JOIN search_channels c
    WHERE ${join(all, " AND ")} AND ${doc} >= ${window ? sql`(${window.start})` : sql`${least}`} AND ${doc} < ${end}
      AND c.no = d.channel_no
    ORDER BY ${doc} DESC LIMIT ${limit}`,
  );
}

/**
 * Where a ranked page ended: its last documents, and the moment from which ages are counted, as a document. No score: it would
 * tell how rare a word is where one may not read.
 */
export interface RankedPosition {
  asOf: number;
  docs: readonly number[];
}

/** A message of today counts up to twice as much as an old one; half of that is gone after a month. */
const monthOfDocs = docNumberAt(30 * 86_400_000) - docNumberAt(0);

/**
 * Messages as `findRecent`'s, best first: rows of `FoundRow` with a `score`, less of which is better. None where no words are
 * wanted, since there is nothing to rank by.
 *
 * What others write changes all scores a little. So the page goes on behind the score that the last message of the page before
 * has now; where it is there no longer, the one before it. What was written later is left out.
 */
export function rankedQuery(
  clauses: readonly SearchClause[],
  reader: Reader,
  {
    limit,
    asOf,
    after,
    affordable,
  }: { limit: number; asOf: number; after?: RankedPosition | undefined; affordable?: Sql | undefined },
): Sql {
  const divided = partitionClauses(clauses);
  const match = matchExpression(divided, "words") ?? '""';
  const { least, most } = timeRange(clauses);
  const scope: Scope = { column: "words", withinBudget: affordable };
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
        place AS MATERIALIZED (SELECT score, doc FROM ranked WHERE doc IN (SELECT value FROM json_each(${JSON.stringify(after.docs)}))
          ORDER BY score DESC, doc LIMIT 1)
      SELECT ranked.* FROM place CROSS JOIN ranked
      WHERE ranked.score > place.score OR (ranked.score = place.score AND ranked.doc < place.doc) ORDER BY ranked.score, ranked.doc DESC LIMIT ${limit}`
    : sql`${ranked} ORDER BY score, d.doc DESC LIMIT ${limit}`;
  return withBudgetCheck(
    scope,
    sql`SELECT page.doc, page.messageId, page.channelNo, page.score, c.channel_id AS channelId
    FROM (${page}) page CROSS JOIN search_channels c ON c.no = page.channelNo ORDER BY page.score, page.doc DESC`,
  );
}
