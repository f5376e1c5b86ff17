import { type OperatorName, operators } from "./terms.ts";

export type Token =
  | { kind: "or" }
  | { kind: "words"; negated: boolean; text: string; quoted: boolean }
  | { kind: "operator"; negated: boolean; name: OperatorName; value: string };

/** Double quotation marks of all languages. Single ones are left out, since they are apostrophes as well. */
const quotes = /[“”„‟«»‹›＂「」『』〝〞〟]/g;
const colons = "[:：﹕︓]";
const minuses = "[-−－﹣]";
/** The end of a quoted text, with the brackets and punctuation that follow it directly. */
const unquote = `(?:"[)\\]}.,;:!?]*)?`;
const name = `(?<name>${[...operators, ...operators.map(fullWidth)].join("|")})${colons}`;
/** The beginning of the next operator, which therefore is not the value of the operator before it. */
const nextOperator = `(?:${minuses}?(?:${[...operators, ...operators.map(fullWidth)].join("|")})${colons}|OR(?=\\s|$))`;
const token = new RegExp(
  [
    // Brackets before an operator or a quotation mark. Those around a word need no rule: splitting into words drops them.
    `[(\\[{]*(?<minus>${minuses}(?!${minuses}))?(?:${name}`,
    // The value may follow after blanks, unless another operator follows; `#` or `@` may precede its quotation mark.
    `(?:\\s+(?!${nextOperator}))?(?<sign>[#@＃＠]?)(?:"(?<quotedValue>[^"]*)${unquote}|(?<value>[^\\s"]*))`,
    `|"(?<quoted>[^"]*)${unquote}|(?<word>[^\\s"]+))`,
  ].join(""),
  "gi",
);

/** Replaces ASCII letters by their full-width forms, which input methods for Chinese and Japanese produce. */
function fullWidth(text: string): string {
  return text.replace(/[a-z]/g, (letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0));
}

/**
 * Splits a query into tokens. No input is an error: a quotation mark that is not closed extends to the end, and a word before a colon
 * that is no operator is text.
 */
export function lex(query: string): Token[] {
  const tokens: Token[] = [];
  for (const { groups = {} } of query.replace(quotes, '"').matchAll(token)) {
    const { minus, sign = "", quotedValue, value, quoted, word } = groups;
    const negated = minus !== undefined;
    if (groups["name"] !== undefined)
      tokens.push({
        kind: "operator",
        negated,
        name: groups["name"].normalize("NFKC").toLowerCase() as OperatorName,
        value: sign + (quotedValue ?? value ?? ""),
      });
    else if (quoted !== undefined) tokens.push({ kind: "words", negated, text: quoted, quoted: true });
    else if (word === "OR" && !negated) tokens.push({ kind: "or" });
    else tokens.push({ kind: "words", negated, text: word ?? "", quoted: false });
  }
  return tokens;
}
