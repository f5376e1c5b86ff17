import { describe, expect, test } from "vitest";
import { stemOf } from "../../../src/text/words.ts";
import { parsePeriod } from "../../../src/features/search/query/date-periods.ts";
import { Highlighter } from "../../../src/features/search/query/highlighter.ts";
import { partitionClauses, matchExpression } from "../../../src/features/search/query/match-expression.ts";
import { parseQuery } from "../../../src/features/search/query/parse.ts";
import type { SearchClause } from "../../../src/features/search/query/terms.ts";
import { indexText, indexFileNames } from "../../../src/features/search/indexing/index-text.ts";
import { cpuMs } from "../../support/backtracking-inputs.ts";

const shape = (query: string): string =>
  parseQuery(query)
    .map((clause) =>
      clause
        .map(({ negated, term }) => {
          const what =
            term.kind === "operator"
              ? `${term.name}(${term.value})`
              : `${term.stemmed ? "~" : "="}${term.words.join("+")}${term.prefix ? "*" : ""}`;
          return `${negated ? "!" : ""}${what}`;
        })
        .join("|"),
    )
    .join(" ");

test.each([
  ["deploy the thing", "~deploy ~the ~thing"],
  ['"deploy the" thing', "=deploy+the ~thing"],
  ["“deploy the” thing", "=deploy+the ~thing"],
  ['"never closed', "=never+closed"],
  ["pre* snake_ca*", "=pre* =snake+ca*"],
  ['-not -"a b" -pre* --force', "!~not !=a+b !=pre* ~force"],
  ["a b OR c OR d e", "~a ~b|~c|~d ~e"],
  ["OR a OR OR b OR", "~a|~b"],
  ["a or b", "~a ~or ~b"],
  ["a OR ??? b", "~a|~b"],
  ["(a OR b)", "~a|~b"],
  ["from:@ann IN:#general -has:link", "from(@ann) in(#general) !has(link)"],
  ['in:"two words" on:', "in(two words) on()"],
  ["foo:bar https://a.b", "=foo+bar =https+a+b"],
  ["login:x xin:y", "=login+x =xin+y"],
  ["北京大学 京 a京", "=北京+京大+大学 =a+京*"],
  ["C++ don't 1.2", "=c+++ =don+t =1+2"],
  ['??? - * ""', ""],
])("[SR5] [SR6] [SR7] %s is parsed", (query, expected) => {
  expect(shape(query)).toBe(expected);
});

test("[SR7] of the input only quoted words reach the index", () => {
  const clauses = parseQuery('NEAR(a) {words}: "x"" AND y" ^z -(NOT) b*') as SearchClause[];
  const bare = matchExpression(partitionClauses(clauses), "words")!.replace(/"[^"]*"/g, "");
  expect(bare.replace(/\{(?:words|words stems)\} : /g, "").replace(/AND|OR|NOT|[() *]/g, "")).toBe("");
});

describe("day", () => {
  const iso = (text: string, zone: string, now = "2026-11-23T12:00:00Z") => {
    const period = parsePeriod(text, zone, Date.parse(now));
    return period && [period.fromMs, period.toMs].map((ms) => new Date(ms).toISOString().slice(0, 16));
  };

  test.each([
    ["2026-02-03", "UTC", ["2026-02-03T00:00", "2026-02-04T00:00"]],
    ["2026-12", "UTC", ["2026-12-01T00:00", "2027-01-01T00:00"]],
    ["2024", "Asia/Tokyo", ["2023-12-31T15:00", "2024-12-31T15:00"]],
    ["2026-03-29", "Europe/Berlin", ["2026-03-28T23:00", "2026-03-29T22:00"]],
    ["2026-10-25", "Europe/Berlin", ["2026-10-24T22:00", "2026-10-25T23:00"]],
    ["2018-11-04", "America/Sao_Paulo", ["2018-11-04T03:00", "2018-11-05T02:00"]],
    ["2011-12-30", "Pacific/Apia", ["2011-12-30T10:00", "2011-12-30T10:00"]],
    ["2026-11-23", "Pacific/Kiritimati", ["2026-11-22T10:00", "2026-11-23T10:00"]],
    ["today", "Pacific/Auckland", ["2026-11-23T11:00", "2026-11-24T11:00"]],
    ["Yesterday", "America/New_York", ["2026-11-22T05:00", "2026-11-23T05:00"]],
  ])("[SR6] %s in %s", (text, zone, expected) => {
    expect(iso(text, zone)).toEqual(expected);
  });

  test.each([
    "2026-02-29",
    "2026-13",
    "2026-00-01",
    "2026-1-1",
    "0999",
    "26",
    "tomorrow",
    "",
    "2026-01-01T00",
  ])("[SR6] there is no %s", (text) => {
    expect(iso(text, "UTC")).toBeUndefined();
  });
});

test("[SR9] [SR13] highlighting the longest page is bounded, 200 for each message", () => {
  const text = "running ab ".repeat(727);
  const clauses = parseQuery(`runs ab* ${Array.from({ length: 40 }, (_, at) => `a${at}*`).join(" ")}`);
  const lit: number[] = [];
  const took = cpuMs(() => {
    const highlighter = new Highlighter(clauses as SearchClause[]);
    for (let message = 0; message < 100; message++) lit.push(highlighter.highlight(text).length);
  }, 1_000);
  expect([lit[0], lit.at(-1)]).toEqual([200, 0]);
  expect(took).toBeLessThan(1_000);
});

test("[SR9] a text that is cut by the budget has no highlight of half a word", () => {
  const highlighter = new Highlighter(parseQuery("deploy*") as SearchClause[]);
  for (let unit = 0; unit < 12; unit++) highlighter.highlight("x".repeat(8_000));
  highlighter.highlight("x".repeat(3_993));
  expect(highlighter.highlight("a deployment")).toEqual([]);
});

describe("[SR13] terms that add nothing are merged", () => {
  test.each([
    ['a a A "a"', "=a"],
    ["deploy deployed Deploying deploys", "~deploy"],
    ["deploy OR deploys OR DEPLOY", "~deploy"],
    ["a* ab* abc*", "=abc*"],
    ["a* OR ab* OR abcd", "=a*|~abcd"],
    ['a* OR "abcd"', "=a*"],
    ['"a b" "a b" a b', "=a+b"],
    ['"a b c" "b c" "b c*"', "=a+b+c"],
    ['"a b*" "a b"', "=a+b"],
    ['-"a" -"a" -a* -ab*', "!=a*"],
    ["-a* OR -ab*", "!=ab*"],
    ["a OR b b OR a", "~a|~b"],
    ["a -a", "~a !~a"],
    ["from:me from:me in:x", "from(me) in(x)"],
    [`${"a ".repeat(249)}b`, "~a ~b"],
  ])("%s", (query, expected) => {
    expect(shape(query)).toBe(expected);
  });

  test("[SR13] more than 50 different ones are a problem", () => {
    const words = (count: number): string => Array.from({ length: count }, (_, at) => `w${at}`).join(" ");
    expect(parseQuery(words(50))).toHaveLength(50);
    expect(() => parseQuery(words(51))).toThrow("50");
  });
});

describe("index", () => {
  test("[SR4] stores the stems of English words that differ from theirs", () => {
    expect(
      [
        "running",
        "runs",
        "run",
        "deployments",
        "deployed",
        "deploy",
        "one",
        "uses",
        "using",
        "going",
        "his",
        "café",
        "北京",
      ].map(stemOf),
    ).toEqual([
      ...[
        "run",
        "run",
        "run",
        "deploy",
        "deploy",
        "deploy",
        "one",
        "use",
        "use",
        "go",
        "his",
        "café",
        "北京",
      ],
    ]);
    expect(indexText("Runs the deployments")).toEqual({ words: "runs the deployments", stems: "run deploy" });
  });

  test("[SR13] stores 200 positions of a repeated word, and no false neighbours", () => {
    const { words, stems } = indexText(`${"running a ".repeat(300)}end`);
    expect(words.split(" ").filter((word) => word === "a")).toHaveLength(200);
    expect(words.endsWith(" a \ue000 end")).toBe(true);
    expect(stems.split(" ").filter((word) => word === "run")).toHaveLength(200);
  });

  test("[SR5] separates texts that no phrase may span, and stores only words", () => {
    expect(indexText("one two", "four.pdf")).toEqual({ words: "one two \ue000 four pdf", stems: "" });
    expect(indexText("???", "a", "")).toEqual({ words: "a", stems: "" });
    expect(indexFileNames(["Reports 1.pdf"])).toBe("reports 1 pdf \ue000 report");
    expect(indexFileNames([])).toBe("");
  });
});
