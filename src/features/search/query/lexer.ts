import { type OperatorName, operators } from "./terms.ts";

export type Token =
  | { kind: "or" }
  | { kind: "words"; negated: boolean; text: string; quoted: boolean }
  | { kind: "operator"; negated: boolean; name: OperatorName; value: string };

/** Quotation marks of all languages but the single ones, which are apostrophes as well. */
const quotes = /[“”„‟«»‹›＂「」『』〝〞〟]/g;
const colons = "[:：﹕︓]";
const minuses = "[-−－﹣]";
/** The end of a quote, with brackets and punctuation that follow it directly. */
const unquote = `(?:"[)\\]}.,;:!?]*)?`;
const name = `(?<name>${[...operators, ...operators.map(fullWidth)].join("|")})${colons}`;
/** What begins the next operator, and so is no value of the one before it. */
const nextOperator = `(?:${minuses}?(?:${[...operators, ...operators.map(fullWidth)].join("|")})${colons}|OR(?=\\s|$))`;
const token = new RegExp(
  [
    // A bracket around an operator or a quote; one around a word is no part of it anyway.
    `[(\\[{]*(?<minus>${minuses}(?!${minuses}))?(?:${name}`,
    // The value may follow after blanks, unless that is another operator; a sign may stand before its quote.
    `(?:\\s+(?!${nextOperator}))?(?<sign>[#@＃＠]?)(?:"(?<quotedValue>[^"]*)${unquote}|(?<value>[^\\s"]*))`,
    `|"(?<quoted>[^"]*)${unquote}|(?<word>[^\\s"]+))`,
  ].join(""),
  "gi",
);

/** ASCII letters as they are typed in an input method for Chinese or Japanese. */
function fullWidth(text: string): string {
  return text.replace(/[a-z]/g, (letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0));
}

/**
 * A query in parts. Whatever is typed has some: a quote that is not closed goes to the end, and a word before a colon that is no
 * operator is text.
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
