/** Words that comments avoid, by group: each has a precise replacement such as "send", "the user", "reject" or "receive". */
export const retiredWords: Readonly<Record<string, RegExp>> = {
  tell: /\b(?:told|tells?)\b/gi,
  whom: /\b(?:whoever|whom|nobody|somebody)\b/gi,
  refuse: /\brefus\w*/gi,
  hear: /\bhear(?:s|d|ing)?\b/gi,
};

/** The number of matches of one group in one file. */
export interface FileCount {
  path: string;
  count: number;
}

/** The use of one group of retired words. */
export interface WordUse {
  group: string;
  /** Matches in 10,000 words of comments. */
  rate: number;
  /** Files with matches, those with the most first. */
  files: FileCount[];
}

/**
 * Counts retired words in the comments of TypeScript files.
 *
 * @param sources - the text of each file, by path
 */
export function measureComments(sources: ReadonlyMap<string, string>): WordUse[] {
  const texts = Array.from(sources, ([path, source]) => ({ path, text: comments(source).join("\n") }));
  const words = texts.reduce((sum, { text }) => sum + countMatches(text, /[a-z][\w'’-]*/gi), 0);
  return Object.entries(retiredWords).map(([group, pattern]) => {
    const files = texts
      .map(({ path, text }) => ({ path, count: countMatches(text, pattern) }))
      .filter(({ count }) => count > 0)
      .toSorted((one, other) => other.count - one.count);
    const matches = files.reduce((sum, { count }) => sum + count, 0);
    return { group, rate: words === 0 ? 0 : (matches / words) * 10_000, files };
  });
}

const countMatches = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

/**
 * One token of a source text: a comment, a string, a regular expression, or a single character. A slash after an operand is a division,
 * which `operandEnd` and `keywordEnd` decide.
 */
const token =
  /\/\/[^\n]*|\/\*[^]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/|[^]/gy;
const operandEnd = /[\w$)\]}"'`]$/;
const keywordEnd = /(?:^|[^\w$.])(?:return|typeof|case|in|of|void|yield|await|delete|throw)$/;

/** Returns the comments of a TypeScript source, without strings, templates and regular expressions that look like comments. */
export function comments(source: string): string[] {
  const found: string[] = [];
  /** For each open template literal, how many braces are open in its current `${}`. */
  const templates: number[] = [];
  let index = 0;
  let before = "";
  while (index < source.length) {
    token.lastIndex = index;
    let [text = ""] = token.exec(source) ?? [];
    const isComment = text.startsWith("//") || text.startsWith("/*");
    const isDivision = operandEnd.test(before.trimEnd()) && !keywordEnd.test(before.trimEnd());
    if (!isComment && text.startsWith("/") && isDivision) text = "/";
    index += text.length;
    if (isComment) {
      found.push(text.replace(/^\/[/*]+|\*+\/$/g, "").replace(/^[ \t]*\*/gm, ""));
      continue;
    }
    const open = templates.length - 1;
    if (text === "`") index = skipTemplate(source, index, templates);
    else if (text === "{" && open >= 0) templates[open] = (templates[open] ?? 0) + 1;
    else if (text === "}" && open >= 0) {
      if (templates[open] === 0) {
        templates.pop();
        index = skipTemplate(source, index, templates);
        text = "`";
      } else templates[open] = (templates[open] ?? 0) - 1;
    }
    before = `${text.trim() === "" ? before.trimEnd() : before}${text}`.slice(-12);
  }
  return found;
}

/** Skips the text of a template literal, up to its end or to `${`, which it adds to `templates`; returns the index behind it. */
function skipTemplate(source: string, from: number, templates: number[]): number {
  for (let index = from; index < source.length; index++) {
    if (source[index] === "\\") index++;
    else if (source[index] === "`") return index + 1;
    else if (source.startsWith("${", index)) {
      templates.push(0);
      return index + 2;
    }
  }
  return source.length;
}
