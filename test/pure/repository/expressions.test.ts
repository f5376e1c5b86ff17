import { globSync, readFileSync } from "node:fs";
import { parse, type Node } from "acorn";
import { transformSync } from "esbuild";
import { isSafe } from "redos-detector";
import { describe, expect, test } from "vitest";
import { limitedHeaders, selfLimitedHeaders } from "../../../src/http/parsed-headers.ts";

/**
 * Expressions that the analysis can't prove to be linear, and why they are harmless. Those that read a client's
 * bytes are measured in `linear-input.test.ts`.
 */
const reviewed: Readonly<Record<string, string>> = {
  "/^([ \\t>]*)([-*+][ \\t]+)?(`{3,}|~{3,})(.*)$/s":
    "the end matches anything, so nothing is tried twice; measured",
  "/(?<![\\p{L}\\p{N}_:]):([a-z0-9][a-z0-9_+-]{0,63}):(?![\\p{L}\\p{N}_])/giu":
    "every repetition is bounded; measured with markup",
  "/[._-]+$/": "of a name of at most 64 characters",
  "/\\]\\([^\\n()]*(?:\\([^\\n()]*\\)[^\\n()]*){0,8}\\)/g":
    "each part ends at a parenthesis, and every match begins with one; measured with mentions",
  "/[^\\s()<>\"'[\\]{}|]*$/u": "of a slice of bounded length",
  "/[\\p{L}\\p{M}\\p{N}][\\p{M}._%+-]*$/u": "of a slice of 64 characters",
  "/[.,;:!?)\\]}>'’…。、，；：！？）］】》]+$/u": "of a value of a query, at most 500 characters",
  "/\\ufdd0(\\d+)\\ufdd1/g": "of a label, whose own characters of this kind were removed",
  "/^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)+(?!\\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])$/":
    "of at most 253 characters",
  "/(?:^|[\\s([{\"'])([@#:/])([\\p{L}\\p{N}_.+-]*)$/u": "of a slice of 41 characters",
  "/^\\p{RGI_Emoji}$/v":
    "for one visible character, without a repetition; the analysis does not know the flag `v`",
  "/\\.[^.]*$/": "of the name of a file that an admin chose",
  "/_+$/": "of the name of a file that an admin chose",
  "/^[^\\s@]+@[^\\s@]+\\.[^\\s@]+$/": "of an address that a user typed, at most 254 characters",
  '/(?:^|[\\s(-])(from|in|has|is|before|after|on):([@#]?"?)([^\\s"]*)$/i':
    "of a search that a user typed, at most 500 characters",
  "/`([^`]+)`/g": "of the catalogue's own texts",
  "/\\/+$/": "of the URL that an application gives to its client",
  "/[[[\\p{Mn}\\p{Me}]&&[\\p{sc=Zinh}\\p{sc=Latn}\\p{sc=Grek}\\p{sc=Cyrl}\\p{sc=Arab}\\p{sc=Hebr}\\p{sc=Syrc}]]--[\\u3099\\u309a]]|[\\p{Default_Ignorable_Code_Point}\\p{Emoji_Modifier}\\u0640]/gv":
    "one character; the analysis does not know the flag `v`",
};

/** Files that build expressions from text, how many, and what these are. */
const built: Readonly<Record<string, [count: number, why: string]>> = {
  "src/text/addresses.ts": [1, "every repetition is bounded; measured with mentions"],
  "src/text/fold-text.ts": [1, "one character of a list; measured"],
  "src/text/words.ts": [2, "flag `v`; measured"],
  "src/text/mention-grammar.ts": [1, "every repetition is bounded; measured with mentions"],
  "src/features/contract/schema-example.ts": [1, "of the contract's own patterns, on its own values"],
  "src/features/search/query/lexer.ts": [1, "of at most 500 characters; measured"],
  "src/http/on-error.ts": [1, "segments of a path, divided by slashes; measured"],
  "src/features/slack/ids.ts": [1, "a fixed length"],
  "src/features/slack/text/to-mrkdwn.ts": [
    2,
    "one character after a backslash, and as in mention-grammar.ts; measured",
  ],
  "src/protocol/common.ts": [1, "a fixed length; measured"],
  "src/protocol/labels.ts": [1, "one character"],
};

const root = `${import.meta.dirname}/../../../`;
const files = globSync(["src/**/*.ts", "web/src/**/*.{ts,tsx}"], { cwd: root }).toSorted();

interface Found {
  file: string;
  expressions: string[];
  built: number;
  headers: string[];
}

/**
 * Returns every expression of a module, the number that it builds with `RegExp`, and the names of the headers
 * that it reads.
 */
function scan(file: string, source: string): Found {
  const { code } = transformSync(source, {
    loader: file.endsWith(".tsx") ? "tsx" : "ts",
    jsx: "automatic",
    target: "esnext",
  });
  const found: Found = { file, expressions: [], built: 0, headers: [] };
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== "object" || node === null) return;
    const { type, regex, raw, callee, arguments: given } = node as Node & Record<string, any>;
    if (type === "Literal" && regex) found.expressions.push(raw);
    if (type === "NewExpression" || type === "CallExpression") {
      if (callee.name === "RegExp") found.built++;
      const method = callee.property?.name;
      const isRead = (method === "get" && callee.object.property?.name === "headers") || method === "header";
      if (isRead && given.length === 1 && typeof given[0].value === "string")
        found.headers.push(given[0].value);
    }
    Object.values(node).forEach(visit);
  };
  visit(parse(code, { ecmaVersion: "latest", sourceType: "module" }));
  return found;
}

const scanned = files.map((file) => scan(file, readFileSync(`${root}${file}`, "utf8")));

/** Whether an expression takes linear time on every input; undefined if the analysis can't read it. */
function isLinear(literal: string): boolean | undefined {
  const end = literal.lastIndexOf("/");
  try {
    return isSafe(new RegExp(literal.slice(1, end), literal.slice(end + 1)), {
      maxScore: 100,
      // Not a time, which would depend on the load of the machine.
      maxSteps: 200_000,
    }).safe;
  } catch {
    return undefined;
  }
}

describe("[BW1] no expression takes more than linear time", () => {
  test("every one is proven to be linear, or reviewed", { timeout: 60_000 }, () => {
    const literals = new Map(
      scanned.flatMap(({ file, expressions }) => expressions.map((literal) => [literal, file] as const)),
    );
    expect(literals.size).toBeGreaterThan(40);
    const unsafe = [...literals].filter(([literal]) => !(literal in reviewed) && isLinear(literal) !== true);
    expect(unsafe).toEqual([]);
  });

  test("one that is built from text is in a reviewed file", () => {
    const found = scanned.filter(({ built }) => built > 0).map(({ file, built }) => [file, built]);
    expect(Object.fromEntries(found)).toEqual(
      Object.fromEntries(Object.entries(built).map(([file, [count]]) => [file, count])),
    );
  });

  test.each([
    String.raw`/^\s*bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i`,
    String.raw`/^\s*([\w.*-]+)=(.*?)\s*$/s`,
    String.raw`/\s+$/`,
    String.raw`/(a+)+b/`,
    String.raw`/<[^>]*>\s*<[^>]*>/`,
  ])("the analysis finds the quadratic one: %s", { timeout: 60_000 }, (literal) => {
    expect(isLinear(literal)).toBe(false);
  });

  test("the scan finds literals, constructions and headers", () => {
    const source =
      'const a = /b/g; new RegExp(`x`); RegExp("y"); c.req.header("Range"); r.headers.get("Accept");';
    expect(scan("x.ts", source)).toEqual({
      file: "x.ts",
      expressions: ["/b/g"],
      built: 2,
      headers: ["Range", "Accept"],
    });
  });
});

test("[BW1] every header that is read has a bound", () => {
  const bounded = new Set<string>([...limitedHeaders, ...selfLimitedHeaders]);
  const unbounded = scanned
    .filter(({ file }) => !file.startsWith("src/client/"))
    .flatMap(({ file, headers }) =>
      headers.filter((name) => !bounded.has(name)).map((name) => `${file}: ${name}`),
    );
  expect(unbounded).toEqual([]);
});
