import { describe, expect, test } from "vitest";
import type { Entity } from "../../../src/client/index.ts";
import { entitiesOf } from "../../../src/features/messages/entities.ts";
import { parseMarkup } from "../../../src/text/markup.ts";
import { type TextNode, textTree } from "../../../web/src/messages/text-tree.ts";

/** Writes a tree as text: `[kind parts]`. */
const written = (nodes: readonly TextNode[]): string =>
  nodes
    .map((node) =>
      typeof node === "string" ? node : `[${[node.entity.type, written(node.children)].join(" ")}]`,
    )
    .join("");

/** The tree of a text whose entities are those of the server's parser. */
const shown = (content: string): string =>
  written(textTree(content, entitiesOf(content, parseMarkup(content), [])));

describe("kinds of entities", () => {
  test.each([
    ["no markup", "just text", "just text"],
    ["bold", "a **b** c", "a [bold b] c"],
    ["bold with underscores", "__b__", "[bold b]"],
    ["italic", "*b* _c_", "[italic b] [italic c]"],
    ["strike", "~~b~~", "[strike b]"],
    ["code", "a `b` c", "a [code b] c"],
    ["code with backticks inside", "`` a ` b ``", "[code a ` b]"],
    ["code of one blank", "` `", "[code  ]"],
    ["code padded on one side", "` a`", "[code  a]"],
    ["a written address", "see https://example.org/a.", "see [link https://example.org/a]."],
    ["an address in brackets", "<https://example.org/>", "[link https://example.org/]"],
    ["a link with a text", "[text](https://example.org)", "[link text]"],
    ["a link with a title", '[text](https://example.org "title")', "[link text]"],
    ["an emoji by name", "a :tada: b", "a [emoji :tada:] b"],
    ["other schemes", "[a](javascript:alert)", "[a](javascript:alert)"],
  ])("%s", (_, content, expected) => {
    expect(shown(content)).toBe(expected);
  });

  test("mentions keep their text", () => {
    const content = "hi @ann and @channel";
    const entities: Entity[] = [
      { type: "mention", offset: 3, length: 4, userId: "usr_1" },
      { type: "groupMention", offset: 12, length: 8, group: "channel" },
    ];
    expect(written(textTree(content, entities))).toBe("hi [mention @ann] and [groupMention @channel]");
  });

  test("a kind of a newer server shows its range", () => {
    const entities = [{ type: "spoiler", offset: 0, length: 3 } as unknown as Entity];
    expect(written(textTree("abc", entities))).toBe("[spoiler abc]");
  });
});

describe("nesting", () => {
  test.each([
    ["bold in italic", "***a***", "[italic [bold a]]"],
    ["italic within bold", "**a *b* c**", "[bold a [italic b] c]"],
    ["three levels", "**~~*a*~~**", "[bold [strike [italic a]]]"],
    ["emphasis in the text of a link", "[a **b**](https://example.org)", "[link a [bold b]]"],
    ["entities in the address of a link are not shown", "[a](https://x.org/*b*) c", "[link a] c"],
    ["code contains nothing else", "`**a**`", "[code **a**]"],
    ["an address in bold", "**https://example.org**", "[bold [link https://example.org]]"],
  ])("%s", (_, content, expected) => {
    expect(shown(content)).toBe(expected);
  });
});

describe("characters outside the BMP", () => {
  test.each([
    ["before an entity", "😀😀 **b**", "😀😀 [bold b]"],
    ["within an entity", "**😀** 👍🏽", "[bold 😀] 👍🏽"],
    ["in code", "`👩‍🚀`", "[code 👩‍🚀]"],
    ["in a quote", "> 😀\n𝒳", "[quote 😀]𝒳"],
  ])("%s", (_, content, expected) => {
    expect(shown(content)).toBe(expected);
  });
});

describe("code blocks", () => {
  test.each([
    ["closed", "```\na\nb\n```", "[codeBlock a\nb]"],
    ["with a language", "```ts\na\n```", "[codeBlock a]"],
    ["with tildes", "~~~\na\n~~~", "[codeBlock a]"],
    ["open", "```\na\nb", "[codeBlock a\nb]"],
    ["open at a line break", "```\na\n", "[codeBlock a\n]"],
    ["empty", "```\n```", "[codeBlock ]"],
    ["with an empty line", "```\n\n```", "[codeBlock ]"],
    ["a shorter fence inside", "````\n```\na\n```\n````", "[codeBlock ```\na\n```]"],
    ["open, a shorter fence at its end", "````\na\n```", "[codeBlock a\n```]"],
    ["open, another fence at its end", "~~~\na\n```", "[codeBlock a\n```]"],
    ["a longer closing fence", "```\na\n`````", "[codeBlock a]"],
    ["an indented closing fence", "```\na\n  ```", "[codeBlock a]"],
    ["a fence indented too far is code", "```\na\n     ```", "[codeBlock a\n     ```]"],
    ["between text", "a\n```\nb\n```\nc", "a\n[codeBlock b]c"],
    ["in a list", "- ```\n  a\n  ```", "- [codeBlock   a]"],
    ["with other line breaks", "```\r\na\r\n```\r\nb", "[codeBlock a]b"],
    ["a lone fence is shown as written", "```", "```"],
    ["a fence with a word is shown as written", "```ts", "```ts"],
  ])("%s", (_, content, expected) => {
    expect(shown(content)).toBe(expected);
  });
});

describe("quotes", () => {
  test.each([
    ["one line", "> a", "[quote a]"],
    ["without a blank", ">a", "[quote a]"],
    ["several lines", "> a\n>b\n> c", "[quote a\nb\nc]"],
    ["indented", "  > a\n   > b", "[quote a\nb]"],
    ["only the first mark is hidden", ">> a", "[quote > a]"],
    ["an empty line", "> a\n>\n> b", "[quote a\n\nb]"],
    ["a mark within a line stays", "> a > b", "[quote a > b]"],
    ["text around it", "a\n> b\nc", "a\n[quote b]c"],
    ["an empty line behind it stays", "> a\n\nb", "[quote a]\nb"],
    ["two quotes", "> a\n\n> b", "[quote a]\n[quote b]"],
    ["emphasis inside", "> **a** b", "[quote [bold a] b]"],
    ["emphasis over two lines", "> **a\n> b**", "[quote [bold a\nb]]"],
    ["a code block inside", "> ```\n> a\n> ```\n> b", "[quote [codeBlock a]b]"],
    ["an open code block inside", "> ```\n> a\nb", "[quote [codeBlock a]]b"],
    ["a quote in a code block is code", "```\n> a\n```", "[codeBlock > a]"],
    ["a mark in the middle of a text", "a > b", "a > b"],
  ])("%s", (_, content, expected) => {
    expect(shown(content)).toBe(expected);
  });
});

describe("entities that do not fit", () => {
  const bold = (offset: number, length: number, marker = 1): Entity => ({
    type: "bold",
    offset,
    length,
    marker,
  });
  const link = (textOffset: number, textLength: number): Entity => ({
    type: "link",
    offset: 2,
    length: 4,
    url: "https://example.org",
    textOffset,
    textLength,
  });
  test.each([
    ["overlapping", [bold(0, 5), bold(3, 5)], "[bold bcd]fghi"],
    ["behind the end", [bold(5, 9)], "abcdefghi"],
    ["before the start", [bold(-1, 3)], "abcdefghi"],
    ["empty", [bold(3, 0)], "abcdefghi"],
    ["a marker longer than the range", [bold(0, 4, 3)], "abcdefghi"],
    ["nothing but markers", [bold(0, 4, 2)], "abcdefghi"],
    ["within an ignored one", [bold(0, 2), bold(3, 5, 4), bold(4, 3)], "abcd[bold f]hi"],
    ["in the marker of another", [bold(0, 6, 2), bold(1, 3)], "[bold cd]ghi"],
    ["the same range twice", [bold(0, 7), bold(0, 7, 2)], "[bold bcdef]hi"],
    ["not in order", [bold(6, 3), bold(0, 3)], "[bold b]def[bold h]"],
    ["a link's text outside of it", [link(0, 3)], "ab[link cdef]ghi"],
    ["a link's text beyond its end", [link(4, 4)], "ab[link cdef]ghi"],
    ["a link without text", [link(4, 0)], "ab[link cdef]ghi"],
  ])("%s", (_, entities, expected) => {
    expect(written(textTree("abcdefghi", entities))).toBe(expected);
  });

  test("a link with a blank text is shown as it was written", () => {
    expect(shown("[ ](https://example.org)")).toBe("[link [ ](https://example.org)]");
  });
});

test("every character of a text without markup is shown, whatever its entities", () => {
  const content = "a😀b > c\n> d `e` f";
  const points = [...content].length;
  for (let offset = 0; offset < points; offset++)
    for (let length = 1; offset + length <= points; length++) {
      const entities: Entity[] = [
        { type: "mention", offset, length, userId: "usr_1" },
        { type: "emoji", offset: length, length: offset, name: "x" },
      ];
      const text = written(textTree(content, entities)).replaceAll(/\[(?:mention|emoji) |\]/g, "");
      expect(text).toBe(content);
    }
});
