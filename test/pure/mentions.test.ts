import fc from "fast-check";
import { expect, test } from "vitest";
import { calledIn } from "../../src/features/messages/mentions.ts";

/** A text, and the names that it calls. */
type Case = [text: string, ...names: string[]];

const outsideOfCode: Record<string, Case[]> = {
  "a name begins after an @ that nothing of a word, an address or a path precedes": [
    ["@ann", "ann"],
    ["hi @ann and @bob", "ann", "bob"],
    ["(@ann) [@bob] \"@cid\" '@dee' *@eve*", "ann", "bob", "cid", "dee", "eve"],
    ["@ann,@bob;@cid", "ann", "bob", "cid"],
    ["ann@parley.test a.b+c@parley.test"],
    ["ä@ann 7@ann _@ann -@ann .@ann"],
    ["https://parley.test/@ann see a/@ann"],
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
    expect(calledIn(text)).toEqual({ names, groups: [] });
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
])("[MT1] what is code calls nobody: %j", (text) => {
  expect(calledIn(text)).toEqual({ names: [], groups: [] });
});

test.for<[string, string[]]>([
  ["@channel", ["channel"]],
  ["@Channel! @HERE.", ["channel", "here"]],
  ["@here @channel @here", ["here", "channel"]],
  ["@channels @here.bob @channel_", ["channel"]],
  ["a@channel /@here", []],
])("[MT1] groups are called by their whole name: %j", ([text, groups]) => {
  expect(calledIn(text).groups).toEqual(groups);
});

/** Any text with much of what begins and ends code. */
const odd = fc
  .array(
    fc.constantFrom("`", "``", "```", "~~~", "\n", "\n\n", "> ", "- ", " ", "    ", "\\", "@bob", "@", "x"),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));
const withoutTicks = odd.map((text) => text.replaceAll("`", ""));

test("[MT1] a name in a span of however many backticks is called by nothing around it", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom("", " ", "a ", "a\n", "\\\\", "*"),
      fc.string({ unit: fc.constantFrom("x", " ", "@", "\\", "~", ">"), maxLength: 6 }),
      odd,
      (width, before, inside, after) => {
        const ticks = "`".repeat(width);
        const text = `${before}${ticks}${inside} @ann ${inside}${ticks} ${after}`;
        expect(calledIn(text).names, text).not.toContain("ann");
      },
    ),
    { numRuns: 2_000 },
  );
});

test("[MT1] a name in a fenced block is called by nothing around it", () => {
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
        expect(calledIn(text).names, text).not.toContain("ann");
      },
    ),
    { numRuns: 2_000 },
  );
});

test("[MT1] a name in a paragraph without code is always called", () => {
  fc.assert(
    fc.property(
      odd.filter((text) => !/`{3}|~{3}/.test(text)),
      withoutTicks.filter((text) => !text.includes("~~~") && !text.includes("\\")),
      (before, around) => {
        expect(calledIn(`${before}\n\n${around} @ann ${around}`).names).toContain("ann");
      },
    ),
    { numRuns: 2_000 },
  );
});
