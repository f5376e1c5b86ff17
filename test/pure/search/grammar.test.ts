import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { foldKey } from "../../../src/text/fold-key.ts";
import { Highlighter } from "../../../src/features/search/query/highlighter.ts";
import { lex } from "../../../src/features/search/query/lexer.ts";
import { parseQuery } from "../../../src/features/search/query/parse.ts";
import { candidateValues } from "../../../src/features/search/query/operator-values.ts";
import type { SearchClause } from "../../../src/features/search/query/terms.ts";

const document = readFileSync(
  fileURLToPath(new URL("../../../docs/search.md", import.meta.url).href),
  "utf8",
);

/** Returns the cells of the table of a section, without its head, each as the list of its code spans. */
function tableOf(section: string): string[][][] {
  const text = document.split(`## ${section}\n`)[1]!.split("\n## ")[0]!;
  return text
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .slice(2)
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!)),
    );
}

/** Parses a query and resolves its operators' values. */
const meaning = (query: string): unknown =>
  parseQuery(query).map((clause) =>
    clause.map(({ negated, term }) => ({
      negated,
      term:
        term.kind === "operator"
          ? `${term.name}:${foldKey(
              candidateValues(term.value)
                .at(-1)!
                .replace(/^[@＠#＃]/, ""),
            )}`
          : term,
    })),
  );

describe("[SR6] [SR14] table of the grammar", () => {
  const rows = tableOf("Grammar").map(([typed, same]) => [typed![0]!, same![0]!] as const);

  test("has rows", () => expect(rows.length).toBeGreaterThan(25));

  test.each(rows)("%s is %s", (typed, same) => {
    expect(meaning(typed)).toEqual(meaning(same));
    expect(parseQuery(typed)).not.toEqual([]);
  });
});

describe("[SR4] [SR14] table of words", () => {
  const rows = tableOf("Words").map(([text, found, missed]) => [text![0]!, found!, missed ?? []] as const);
  const finds = (query: string, text: string): boolean => {
    const clauses = parseQuery(query) as SearchClause[];
    return (
      clauses.every((clause) => new Highlighter([clause]).highlight(text).length > 0) && clauses.length > 0
    );
  };

  test("has rows", () => expect(rows.length).toBeGreaterThan(20));

  test.each(rows)("%s is found by %s, not by %s", (text, found, missed) => {
    for (const query of found) expect(finds(query, text), query).toBe(true);
    for (const query of missed) expect(finds(query, text), query).toBe(false);
  });
});

test.each(["???", "in:general ???", "in:general :-)", "from:me ... has:link", "in:general OR ???", "-a ???"])(
  "[SR14] %s has no searchable word",
  (query) => {
    expect(parseQuery(query)).toEqual([]);
  },
);

test.each(["in:general", "in:general deploy ???", "in:general 🎉", 'in:general ""', "in:general -???", "-a"])(
  "[SR14] %s has a searchable word",
  (query) => {
    expect(parseQuery(query)).not.toEqual([]);
  },
);

test("[SR7] the lexer takes linear time", () => {
  for (const unit of [
    "from: ",
    "(",
    '"',
    "-",
    "from:",
    "(-",
    "in:#",
    "OR ",
    "from: -",
    "in:　",
    "“„«",
    "[({-in:",
  ]) {
    const begun = process.cpuUsage();
    lex(unit.repeat(Math.ceil(65_536 / unit.length)));
    const { user, system } = process.cpuUsage(begun);
    expect((user + system) / 1_000, unit).toBeLessThan(500);
  }
  const begun = process.cpuUsage();
  lex(`from:${" ".repeat(65_536)}`);
  candidateValues(`${".".repeat(500)}a`);
  const { user, system } = process.cpuUsage(begun);
  expect((user + system) / 1_000).toBeLessThan(500);
});
