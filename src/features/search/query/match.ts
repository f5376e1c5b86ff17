import { isCharacter, stemOf, type Word, wordsOf } from "../../../text/words.ts";
import type { Clause, SearchClause, TextTerm } from "./terms.ts";

/** Which text is looked at: that of messages, names of their files with it, or these names alone. */
export type Column = "words" | "files";

const quoted = (words: readonly string[]): string => `"${words.join(" ").replaceAll('"', '""')}"`;

/** The words that FTS5 looks up for a term. */
export const indexTokens = ({ words, stemmed }: Pick<TextTerm, "words" | "stemmed">): string[] =>
  stemmed ? [stemOf(words[0] ?? "")] : words;

/** A term as FTS5 wants it: quoted words, so that nothing in them means anything to it. */
function termExpression(term: TextTerm, column: Column): string {
  const columns = term.stemmed && column === "words" ? "words stems" : column;
  return `{${columns}} : ${quoted(indexTokens(term))}${term.prefix ? " *" : ""}`;
}

export const anyTermExpression = (terms: readonly TextTerm[], column: Column): string =>
  `(${terms.map((term) => termExpression(term, column)).join(" OR ")})`;

/** An expression that all messages meet that have one of these words in any of their texts. */
export const anyWordExpression = (words: readonly string[]): string => words.map((word) => quoted([word])).join(" OR ");

type TextClause = Clause<TextTerm>;

const isText = (clause: SearchClause): clause is TextClause =>
  clause.every(({ term }) => term.kind === "text");

/** What a query asks of texts by words that have to be there; undefined where it asks for none. */
export interface PartitionedClauses {
  /** Every clause that is met by words that are there. */
  required: TextTerm[][];
  /** Terms of which none may be there. */
  excluded: TextTerm[];
  /** All other clauses. */
  remaining: SearchClause[];
}

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

/** The expression for `MATCH`; undefined where no words are wanted: `NOT` needs something to take from. */
export function matchExpression({ required, excluded }: PartitionedClauses, column: Column): string | undefined {
  if (required.length === 0) return undefined;
  const all = required.map((terms) => anyTermExpression(terms, column)).join(" AND ");
  return excluded.length === 0 || column === "files" ? all : `(${all}) NOT ${anyTermExpression(excluded, column)}`;
}

/** As `matchExpression`, of names, where a word may also be the beginning of one: people search while they type. */
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

/** From, and to before. */
export type Range = [start: number, end: number];

type StemmedWord = Word & { stem: string };

/** A text in words and their stems. */
export const stemmedWords = (text: string): StemmedWord[] =>
  wordsOf(text).map(({ word, start, end }) => ({ word, start, end, stem: stemOf(word) }));

/** Where in a text a term is found: whole words, or the whole phrase; of scripts without blanks, just that. */
export function matchRanges(term: TextTerm, text: readonly StemmedWord[]): Range[] {
  const { words, prefix, stemmed } = term;
  if (stemmed) {
    const stem = stemOf(words[0] ?? "");
    return text
      .filter((word) => word.word === stem || word.stem === stem)
      .map(({ start, end }) => [start, end]);
  }
  const places: Range[] = [];
  const lastAt = words.length - 1;
  for (const [at, first] of text.entries()) {
    const last = text[at + lastAt];
    if (!last) break;
    const matches = words.every((word, offset) => {
      const { word: there = "" } = text[at + offset] ?? {};
      return offset === lastAt && prefix ? there.startsWith(word) : there === word;
    });
    if (matches) places.push([first.start, endOf(words[lastAt] ?? "", at + lastAt, text)]);
  }
  return places;
}

/** Of a pair of characters that is found by its first one, only this one is meant. */
function endOf(word: string, at: number, text: readonly Word[]): number {
  const found = text[at];
  if (!found) return 0;
  if (!isCharacter(word) || found.word === word) return found.end;
  for (let next = at + 1; next < text.length; next++) {
    const { start } = text[next] as Word;
    if (start > found.start) return Math.min(start, found.end);
  }
  return found.end;
}
