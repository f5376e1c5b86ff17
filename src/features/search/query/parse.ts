import { refuse } from "../../../core/app-error.ts";
import { isCharacter, wordsOf } from "../../../core/words.ts";
import { lex, type Token } from "./lexer.ts";
import type { Clause, OperatorTerm, ParsedClause, TextTerm } from "./terms.ts";

const maxTerms = 50;

/** Refuses a query, and says why. */
export const wrongQuery = (message: string): never =>
  refuse("validation_failed", message, { issues: [{ path: "q", message }] });

/** A query of names: there are no operators in it, and what looks like one is text. */
export const parseNames = (query: string): Clause<TextTerm>[] => clausesOf(lex(query), nameTerm);

/**
 * What a query asks for: all of its clauses. `OR` joins the terms beside it, so `a b OR c` is a, and b or c. What has no words,
 * like `:-)`, asks for nothing. Refuses more than 50 terms.
 */
export const parse = (query: string): ParsedClause[] => clausesOf(lex(query), termOf);

type TermToken = Exclude<Token, { kind: "or" }>;

function clausesOf<Term>(tokens: Token[], toTerm: (token: TermToken) => Term | undefined): Clause<Term>[] {
  const clauses: Clause<Term>[] = [];
  let joined = false;
  let afterTerm = false;
  let count = 0;
  for (const token of tokens) {
    if (token.kind === "or") {
      joined = afterTerm;
      continue;
    }
    const term = toTerm(token);
    if (!term) continue;
    if (++count > maxTerms) wrongQuery(`Looks for more than ${maxTerms} things at once`);
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
 * The words to look for, as the index has them. Of a script without blanks the index has pairs of characters, so a last
 * character that is in a pair already is not looked for, and one alone is the beginning of a pair.
 */
function textTerm(text: string, quoted: boolean): TextTerm | undefined {
  const found = wordsOf(text);
  const [previous, last] = [found.at(-2), found.at(-1)];
  if (!last) return undefined;
  const isLone = isCharacter(last.word);
  const isInPair = isLone && previous?.end === last.end;
  const words = (isInPair ? found.slice(0, -1) : found).map(({ word }) => word);
  const prefix = (!quoted && text.endsWith("*")) || (isLone && !isInPair);
  return { kind: "text", words, prefix, stemmed: !quoted && !prefix && words.length === 1 };
}
