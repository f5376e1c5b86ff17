import { stemOf } from "../../../text/words.ts";
import type { Clause, SearchClause, TextTerm } from "./terms.ts";

/** The column of the index that is searched: `words` is the text of a message together with the names of its files, `files` these names alone. */
export type Column = "words" | "files";

const quoted = (words: readonly string[]): string => `"${words.join(" ").replaceAll('"', '""')}"`;

/** Returns the words that FTS5 looks up for a term: the stem, or the words as they are. */
export const indexTokens = ({ words, stemmed }: Pick<TextTerm, "words" | "stemmed">): string[] =>
  stemmed ? [stemOf(words[0] ?? "")] : words;

/** Writes a term in FTS5's query syntax. The words are quoted, so that FTS5 interprets nothing in them as an operator. */
function termExpression(term: TextTerm, column: Column): string {
  const columns = term.stemmed && column === "words" ? "words stems" : column;
  return `{${columns}} : ${quoted(indexTokens(term))}${term.prefix ? " *" : ""}`;
}

/** Builds a `MATCH` expression for the messages that contain at least one of these terms. */
export const anyTermExpression = (terms: readonly TextTerm[], column: Column): string =>
  `(${terms.map((term) => termExpression(term, column)).join(" OR ")})`;

/** Builds a `MATCH` expression for the messages that contain at least one of these words in any column. */
export const anyWordExpression = (words: readonly string[]): string =>
  words.map((word) => quoted([word])).join(" OR ");

type TextClause = Clause<TextTerm>;

const isText = (clause: SearchClause): clause is TextClause =>
  clause.every(({ term }) => term.kind === "text");

/** The clauses of a query, by how a statement evaluates them. */
export interface PartitionedClauses {
  /** Clauses of which a message must contain at least one term each: they become one `MATCH` expression. */
  required: TextTerm[][];
  /** Terms that a message must not contain. */
  excluded: TextTerm[];
  /** All other clauses: operators, and `OR` between an operator or an excluded term and something else. */
  remaining: SearchClause[];
}

/** Divides the clauses of a query by how a statement evaluates them. */
export function partitionClauses(clauses: readonly SearchClause[]): PartitionedClauses {
  const divided: PartitionedClauses = { required: [], excluded: [], remaining: [] };
  for (const clause of clauses) {
    const [first] = clause;
    if (isText(clause) && clause.every(({ negated }) => !negated))
      divided.required.push(clause.map(({ term }) => term));
    else if (clause.length === 1 && first?.term.kind === "text") divided.excluded.push(first.term);
    else divided.remaining.push(clause);
  }
  return divided;
}

/**
 * Builds the `MATCH` expression of a query.
 *
 * @returns `undefined` if the query requires no word: FTS5's `NOT` is a binary operator and can't stand alone
 */
export function matchExpression(
  { required, excluded }: PartitionedClauses,
  column: Column,
): string | undefined {
  if (required.length === 0) return undefined;
  const all = required.map((terms) => anyTermExpression(terms, column)).join(" AND ");
  return excluded.length === 0 || column === "files"
    ? all
    : `(${all}) NOT ${anyTermExpression(excluded, column)}`;
}

/** Builds a `MATCH` expression as `matchExpression` does, in which each word also matches as a prefix: people search for names while they type. */
export function nameExpression(divided: PartitionedClauses): string | undefined {
  const whole = matchExpression(divided, "words");
  const begun = matchExpression(
    { ...divided, required: divided.required.map((terms) => terms.map(asBeginning)) },
    "words",
  );
  return whole && `(${whole}) OR (${begun})`;
}

const asBeginning = (term: TextTerm): TextTerm =>
  term.stemmed ? { ...term, prefix: true, stemmed: false } : term;
