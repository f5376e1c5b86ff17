import { type OperatorName, operators } from "./terms.ts";

export type Token =
  | { kind: "or" }
  | { kind: "words"; negated: boolean; text: string; quoted: boolean }
  | { kind: "operator"; negated: boolean; name: OperatorName; value: string };

const quotes = /[“”„]/g;
const token = new RegExp(
  String.raw`(?<minus>-(?!-))?(?:(?<name>${operators.join("|")}):(?:"(?<quotedValue>[^"]*)"?|(?<value>[^\s"]*))|"(?<quoted>[^"]*)"?|(?<word>[^\s"]+))`,
  "gi",
);

/**
 * A query in parts. Whatever is typed has some: a quote that is not closed goes to the end, and a word before a colon that is no
 * operator is text.
 */
export function lex(query: string): Token[] {
  const tokens: Token[] = [];
  for (const { groups = {} } of query.replace(quotes, '"').matchAll(token)) {
    const { minus, name, quotedValue, value, quoted, word } = groups;
    const negated = minus !== undefined;
    if (name !== undefined)
      tokens.push({
        kind: "operator",
        negated,
        name: name.toLowerCase() as OperatorName,
        value: quotedValue ?? value ?? "",
      });
    else if (quoted !== undefined) tokens.push({ kind: "words", negated, text: quoted, quoted: true });
    else if (word === "OR" && !negated) tokens.push({ kind: "or" });
    else tokens.push({ kind: "words", negated, text: word ?? "", quoted: false });
  }
  return tokens;
}
