import { URL } from "node:url";
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const folder = new URL("../../", import.meta.url);
const maxLength = 80;
/** Words that the style guide retires from titles. */
const retiredWords = /\b(told|tells?|whoever|whom|nobody|somebody|refus\w*|hear(?:s|d|ing)?)\b/i;

interface Title {
  file: string;
  /** As in the source: a template counts with its placeholders, not with their values. */
  text: string;
}

/** Returns the index after a string or template that starts at `start`. */
function endOfString(source: string, start: number): number {
  const quote = source[start];
  let at = start + 1;
  while (at < source.length && source[at] !== quote) {
    if (source[at] === "\\") at += 2;
    else if (quote === "`" && source.startsWith("${", at)) at = endOfGroup(source, at + 1);
    else at++;
  }
  return at + 1;
}

/** Returns the index after the bracket that closes the one at `start`. */
function endOfGroup(source: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < source.length) {
    const char = source[at] as string;
    if (source.startsWith("//", at)) at = Math.max(at, source.indexOf("\n", at));
    else if (`"'\``.includes(char)) at = endOfString(source, at) - 1;
    else if ("([{".includes(char)) depth++;
    else if (")]}".includes(char) && --depth === 0) return at + 1;
    at++;
  }
  return at;
}

/** Finds the titles of all calls such as `test("…")`, `describe.each([…])("…")` and `test.skipIf(…)("…")`. */
function titlesOf(source: string): string[] {
  const titles: string[] = [];
  for (const { 0: call, index } of source.matchAll(/(?<![.\w"'`])(?:test|describe|it)(?=[.(])/g)) {
    let at = index + call.length;
    for (;;) {
      const [member = ""] = /^\.\w+/.exec(source.slice(at, at + 40)) ?? [];
      at += member.length;
      if (source[at] !== "(") break;
      const first = at + 1 + /^\s*/.exec(source.slice(at + 1))![0].length;
      if (`"'\``.includes(source[first] ?? " ")) {
        titles.push(source.slice(first + 1, endOfString(source, first) - 1).replaceAll("\\", ""));
        break;
      }
      at = endOfGroup(source, at);
    }
  }
  return titles;
}

const titles: Title[] = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.ts"))
  .flatMap((file) => titlesOf(readFileSync(new URL(file, folder), "utf8")).map((text) => ({ file, text })));

test("the scanner reads titles of plain, chained and parametrised tests", () => {
  const source = [
    'test("plain", () => {});',
    "describe.each([[1, ')'], [2, \"}\"]])(",
    '  "each %i",',
    "  () => {},",
    ");",
    'test.skipIf(is("x"))(`template ${f("a", `b`)} end`, run);',
    'if (/x/.test("no title")) test.only(\'single "quoted"\', run);',
  ].join("\n");
  expect(titlesOf(source)).toEqual(["plain", "each %i", 'template ${f("a", `b`)} end', 'single "quoted"']);
  expect(titles.length).toBeGreaterThan(1_000);
});

test("titles have at most 80 characters", () => {
  expect(titles.filter(({ text }) => text.length > maxLength)).toEqual([]);
});

test("titles use no retired words", () => {
  expect(titles.filter(({ text }) => retiredWords.test(text))).toEqual([]);
});
