import { invalidField } from "../../../errors/app-error.ts";
import { isCharacter, wordsOf } from "../../../text/words.ts";
import { lex, type Token } from "./lexer.ts";
import { mergeClauses } from "./merge-clauses.ts";
import type { Clause, OperatorTerm, ParsedClause, TextTerm } from "./terms.ts";

const maxTerms = 50;

/**
 * Rejects a query.
 *
 * @param message - what must be changed, for the person who typed the query
 * @throws `validation_failed` about the field `q`, always
 */
export function rejectQuery(message: string): never {
  throw invalidField("q", message, message);
}

/**
 * Parses a query for names, which has no operators: what looks like one is text.
 *
 * @throws `validation_failed` for more than 50 different terms
 */
export const parseNameQuery = (query: string): Clause<TextTerm>[] => bounded(clausesOf(lex(query), nameTerm));

/**
 * Parses a query into clauses, all of which must hold. `OR` joins the two terms beside it: `a b OR c` means a and (b or c).
 *
 * @returns no clauses if the query has no words but punctuation, like `:-)` or `in:general ???`: such a query finds nothing
 * @throws `validation_failed` for more than 50 different terms
 */
export function parseQuery(query: string): ParsedClause[] {
  const tokens = lex(query);
  const clauses = clausesOf(tokens, termOf);
  // The index has no punctuation. Beside words it is ignored; beside operators alone it is all the text of the query.
  const asksForWords = clauses.some((clause) =>
    clause.some(({ negated, term }) => term.kind === "text" && !negated),
  );
  return !asksForWords && tokens.some(isPunctuation) ? [] : bounded(clauses);
}

const isPunctuation = (token: Token): boolean =>
  token.kind === "words" && !token.negated && token.text.trim() !== "" && wordsOf(token.text).length === 0;

function bounded<Term extends TextTerm | OperatorTerm>(clauses: Clause<Term>[]): Clause<Term>[] {
  const merged = mergeClauses(clauses);
  const terms = merged.reduce((sum, { length }) => sum + length, 0);
  return terms > maxTerms ? rejectQuery(`Looks for more than ${maxTerms} things at once`) : merged;
}

type TermToken = Exclude<Token, { kind: "or" }>;

function clausesOf<Term>(tokens: Token[], toTerm: (token: TermToken) => Term | undefined): Clause<Term>[] {
  const clauses: Clause<Term>[] = [];
  let joined = false;
  let afterTerm = false;
  for (const token of tokens) {
    if (token.kind === "or") {
      joined = afterTerm;
      continue;
    }
    const term = toTerm(token);
    if (!term) continue;
    const alternative = { negated: token.negated, term };
    if (joined) clauses.at(-1)?.push(alternative);
    else clauses.push([alternative]);
    joined = false;
    afterTerm = true;
  }
  return clauses;
}

const termOf = (token: TermToken): TextTerm | OperatorTerm | undefined =>
  token.kind === "operator"
    ? { kind: "operator", name: token.name, value: token.value }
    : textTerm(token.text, token.quoted);

const nameTerm = (token: TermToken): TextTerm | undefined =>
  token.kind === "operator"
    ? textTerm(`${token.name} ${token.value}`, false)
    : textTerm(token.text, token.quoted);

/**
 * Makes a term of the words of a text, as the index has them. Scripts without blanks between words are indexed as pairs of
 * characters: a last character that is in a pair already is left out, and a single character is searched as the prefix of a pair.
 *
 * @returns `undefined` if the text has no words
 */
function textTerm(text: string, quoted: boolean): TextTerm | undefined {
  const found = wordsOf(text);
  const [previous, last] = [found.at(-2), found.at(-1)];
  if (!last) return undefined;
  const isLone = isCharacter(last.word);
  const isInPair = isLone && previous?.end === last.end;
  const words = (isInPair ? found.slice(0, -1) : found).map(({ word }) => word);
  const prefix = (!quoted && /[*＊]$/.test(text)) || (isLone && !isInPair);
  return { kind: "text", words, prefix, stemmed: !quoted && !prefix && words.length === 1 };
}
