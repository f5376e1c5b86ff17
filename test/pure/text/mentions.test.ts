import fc from "fast-check";
import { expect, test } from "vitest";
import { readFileSync } from "node:fs";
import { cpuUsage } from "node:process";
import { grammar, type GrammarRow } from "../../../src/text/mention-grammar.ts";
import { parseMentions, resolveMentions } from "../../../src/features/messages/mentions.ts";

/** A text, and the names that it mentions. */
type Case = [text: string, ...names: string[]];

const outsideOfCode: Record<string, Case[]> = {
  "a name begins after an @ that nothing of a word, an address or a path precedes": [
    ["@ann", "ann"],
    ["hi @ann and @bob", "ann", "bob"],
    ["(@ann) [@bob] \"@cid\" '@dee' *@eve*", "ann", "bob", "cid", "dee", "eve"],
    ["@ann,@bob;@cid", "ann", "bob", "cid"],
    ["ann@parley.test a.b+c@parley.test"],
    ["ä@ann 7@ann"],
    ["https://parley.test/@ann"],
    ["@@ann"],
    ["\\@ann"],
    ["@ ann @"],
    ["@a"],
    ["😀@ann", "ann"],
  ],
  "a name ends where no character of a username follows": [
    ["@ann!", "ann"],
    ["@ann's", "ann"],
    ["@ann: @bob, @cid?", "ann", "bob", "cid"],
    ["@ann你好", "ann"],
    ["@a.b-c_d9", "a.b-c_d9"],
    ["@ann.", "ann."],
    ["@ann@parley.test"],
    ["@annä"],
    [`@${"x".repeat(80)}`],
    ["@ann你好 你好@bob さん@cid", "ann", "bob", "cid"],
  ],
  "names count without regard to case, each once, in order": [
    ["@Ann @ANN @bob @ann", "ann", "bob"],
    ["@zoe @ann", "zoe", "ann"],
  ],
  "a backtick that nothing closes is text, and an escaped one too": [
    ["it`s @ann", "ann"],
    ["``@ann`", "ann"],
    ["\\`@ann\\`", "ann"],
    ["`a\\` @ann `", "ann"],
    ["\\\\`@ann`"],
    ["\\``@ann`"],
    ["` @ann\n\n`", "ann"],
  ],
  "a span ends with its paragraph, its list item or before a quote": [
    ["- it`s\n- @ann `x`", "ann"],
    ["1. it`s\n2. @ann `x`", "ann"],
    ["it`s\n> @ann `x`", "ann"],
  ],
  "a line that only looks like a fence is text": [
    ["~~\n@ann", "ann"],
    ["```a`\n@ann", "ann"],
  ],
  "after a fence that closes, text is text": [
    ["```\n@bob\n```\n@ann", "ann"],
    ["```js\n@bob\n````  \n@ann", "ann"],
    ["> ```\n> @bob\n> ```\n> @ann", "ann"],
    ["- ```\n  @bob\n  ```\n  @ann", "ann"],
    ["```\r\n@bob\r\n```\r\n@ann", "ann"],
    ["```\r@bob\r```\r@ann", "ann"],
  ],
  "where a quote ends, its fence ends": [["> ```\n> @bob\n@ann", "ann"]],
  "indented text is text": [["    @ann", "ann"]],
};

for (const [promise, cases] of Object.entries(outsideOfCode))
  test.for(cases)(`[MT1] ${promise}: %j`, ([text, ...names]) => {
    expect(parseMentions(text)).toEqual({ names, groups: [] });
  });

/** A channel with Bob and Ann in it. */
const room = {
  memberByUsername: (name: string) => (["bob", "ann"].includes(name) ? { userId: `usr_${name}` } : undefined),
  memberIds: () => ["usr_bob"],
  presentIds: () => ["usr_bob"],
} as never;
const mentioned = (text: string): string[] => resolveMentions(room, "usr_eve", text).mentions;
const rows = grammar.flatMap(({ examples, ...row }) => examples.map((text) => ({ ...row, text })));

test.for(rows)("[MT3] $side $what: $text", ({ text, isMention }) => {
  expect(mentioned(text).includes("usr_bob")).toBe(isMention);
  for (const group of ["@channel", "@Here"])
    expect(parseMentions(text.replaceAll("@bob", group)).groups.length, group).toBe(isMention ? 1 : 0);
});

test("[MT3] allowed characters around a name make a mention, others none", () => {
  const sides = (side: GrammarRow["side"], mentions: boolean): string[] =>
    grammar
      .filter((row) => row.side === side && row.isMention === mentions)
      .flatMap(({ examples }) => examples)
      .filter((text) => /^\S{1,12}$/u.test(text))
      .flatMap((text) => {
        const [start = "", rest = ""] = text.split("@bob");
        return side === "before" ? (start && !start.includes("@ann") ? [start] : []) : rest ? [rest] : [];
      });
  const isPair = (start: string, rest: string): boolean =>
    mentioned(`${start}@bob${rest}`).includes("usr_bob");
  const misread = sides("before", true).flatMap((start) =>
    sides("after", true)
      // A path continues after the name.
      .filter((rest) => !isPair(start, rest) && !(start.endsWith("/") && rest.startsWith("/")))
      .map((rest) => `${start}@bob${rest}`),
  );
  expect(misread).toEqual([]);
});

/** The table of docs/mentions.md, as generated from the rows of the grammar. */
function tableOf(side: GrammarRow["side"]): string {
  const shown = (text: string): string => `\`\` ${text.replaceAll("|", "\\|")} \`\``;
  const visible = (text: string): boolean => !/\s|\p{Cf}|\p{sc=Inherited}/u.test(text) && text.length < 40;
  return grammar
    .filter((row) => row.side === side)
    .map(
      ({ adjacentText, isMention, examples }) =>
        `| ${adjacentText} | ${isMention ? "yes" : "no"} | ${examples.filter(visible).slice(0, 8).map(shown).join(" ")} |`,
    )
    .join("\n");
}

test.for(["before", "after"] as const)("[MT3] docs/mentions.md shows the grammar: %s", (side) => {
  expect(readFileSync("docs/mentions.md", "utf8")).toContain(tableOf(side));
});

test("[MT1] the worst 64 KiB take linear time", () => {
  const parts = [
    "@",
    "@a",
    "@bob/",
    "a.",
    "a.b/",
    "www.",
    "http://",
    "/@bob",
    "](",
    "](((",
    "[x]: ",
    "a-",
    "\\",
    "1.1.1.1/",
    "mailto:",
    "é",
    "_@",
    "[[",
    "://",
    "x@y.zz ",
  ];
  const timeOf = (text: string): number => {
    const from = cpuUsage();
    parseMentions(text);
    const { user, system } = cpuUsage(from);
    return (user + system) / 1_000;
  };
  for (const part of parts) {
    const text = part.repeat(65_536 / part.length);
    expect(timeOf(`@${text}`), part).toBeLessThan(400);
  }
});

test.for([
  "`@ann`",
  "``@ann``",
  "``` @ann ```",
  "`` ` @ann ` ``",
  "`\n@ann\n`",
  "```\n@ann\n```",
  "```\n@ann",
  "~~~\n@ann\n```\n@ann",
  "````\n```\n@ann\n````",
  "```\n```x\n@ann",
  "> ```\n> @ann",
  "> ~~~\n> @ann\n> ~~~",
  "```\n> ```\n@ann\n```",
  "```py\n    '''\n    ```\n    @ann\n    ```\n```",
  "```\n- ```\n@ann\n```",
  "- ```\n  @ann\n  ```",
  "`@channel` ```@here```",
])("[MT1] code mentions no one: %j", (text) => {
  expect(parseMentions(text)).toEqual({ names: [], groups: [] });
});

test.for<[string, string[]]>([
  ["@channel", ["channel"]],
  ["@Channel! @HERE.", ["channel", "here"]],
  ["@here @channel @here", ["here", "channel"]],
  ["@channels @here.bob @channel_", ["channel"]],
  ["a@channel /@here https://parley.test/?@channel", []],
  ["@channel님 안녕@here _@channel_", ["channel", "here"]],
])("[MT1] groups are called by their whole name: %j", ([text, groups]) => {
  expect(parseMentions(text).groups).toEqual(groups);
});

/** Any text with many characters that begin and end code. */
const odd = fc
  .array(
    fc.constantFrom("`", "``", "```", "~~~", "\n", "\n\n", "> ", "- ", " ", "    ", "\\", "@bob", "@", "x"),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));
const withoutTicks = odd.map((text) => text.replaceAll("`", ""));

test("[MT1] a name in a span of any number of backticks is not mentioned", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom("", " ", "a ", "a\n", "\\\\", "*"),
      fc.string({ unit: fc.constantFrom("x", " ", "@", "\\", "~", ">"), maxLength: 6 }),
      odd,
      (width, before, inside, after) => {
        const ticks = "`".repeat(width);
        const text = `${before}${ticks}${inside} @ann ${inside}${ticks} ${after}`;
        expect(parseMentions(text).names, text).not.toContain("ann");
      },
    ),
    { numRuns: 2_000 },
  );
});

test("[MT1] a name in a fenced block is not mentioned, whatever is around it", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("`", "~"),
      fc.integer({ min: 3, max: 6 }),
      withoutTicks.filter((text) => !text.includes("~~~")),
      withoutTicks,
      odd,
      odd,
      (mark, width, before, info, inside, after) => {
        const ticks = mark.repeat(width);
        const harmless = inside.replace(/^[ \t>]*(`{3,}|~{3,})[ \t]*$/gm, "");
        const text = `${before}\n${ticks}${info.replaceAll(/[\n`~]/g, "")}\n${harmless}\n @ann \n${ticks}\n${after}`;
        expect(parseMentions(text).names, text).not.toContain("ann");
      },
    ),
    { numRuns: 2_000 },
  );
});

test("[MT1] a name in a paragraph without code is always mentioned", () => {
  fc.assert(
    fc.property(
      odd.filter((text) => !/`{3}|~{3}/.test(text)),
      withoutTicks.filter((text) => !text.includes("~~~") && !text.includes("\\")),
      (before, around) => {
        expect(parseMentions(`${before}\n\n${around} @ann ${around}`).names).toContain("ann");
      },
    ),
    { numRuns: 2_000 },
  );
});
