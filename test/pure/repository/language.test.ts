import { globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { comments, measureComments } from "../../../scripts/support/comment-language.ts";

/** Highest rate of a group of retired words in 10,000 words of comments: the level of comparable open-source projects. */
const maxRate = 1;

test("comments in src/ use the terms of the field", () => {
  const paths = globSync(["src/**/*.ts", "web/src/**/*.{ts,tsx}"]);
  const sources = new Map(paths.map((path) => [path, readFileSync(path, "utf8")]));
  expect(sources.size).toBeGreaterThan(100);
  const tooMany = measureComments(sources)
    .filter(({ rate }) => rate > maxRate)
    .map(({ group, rate, files }) => {
      const worst = files.slice(0, 5).map(({ path, count }) => `${path} (${count})`);
      return `"${group}": ${rate.toFixed(1)} in 10,000 words; most in ${worst.join(", ")}`;
    });
  expect(tooMany).toEqual([]);
});

describe("the scanner of comments", () => {
  test.each([
    ["a line comment", "const a = 1; // one", [" one"]],
    ["a block comment", "/** one\n * two */ const a = 1;", [" one\n two "]],
    ["a string with slashes", `const url = "http://a.example"; // one`, [" one"]],
    ["an escaped quote", `const a = "\\" // no"; // one`, [" one"]],
    ["a template with slashes", "const a = `http://${b}//c`; // one", [" one"]],
    ["a comment in a template's expression", "const a = `${/* one */ b}// no`;", [" one "]],
    ["braces in a template's expression", "const a = `${f({ b: `${c}//` })}// no`; // one", [" one"]],
    ["a regular expression", String.raw`const a = /[/"'\]]\/\//; // one`, [" one"]],
    ["a regular expression after a keyword", 'if (a)\nreturn /"/.test(b); // one', [" one"]],
    ["a division", "const a = b / 2; const c = d / 2; // one", [" one"]],
    ["an apostrophe in a comment", "// it's one\nconst a = 'b';", [" it's one"]],
  ])("recognizes %s", (_, source, expected) => {
    expect(comments(source)).toEqual(expected);
  });

  test("counts words by group, and names the files with the most first", () => {
    const sources = new Map([
      ["a.ts", "// nobody"],
      ["b.ts", "// whom, whoever and a heartbeat"],
      ["c.ts", 'const a = "whom";'],
    ]);
    const whom = measureComments(sources).find(({ group }) => group === "whom");
    expect(whom).toEqual({
      group: "whom",
      rate: 5_000,
      files: [
        { path: "b.ts", count: 2 },
        { path: "a.ts", count: 1 },
      ],
    });
    expect(measureComments(sources).find(({ group }) => group === "hear")?.files).toEqual([]);
  });
});
