import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asyncApiDocument } from "../../../src/features/contract/asyncapi-document.ts";
import { type Inline, parseInline, parseMarkdown } from "../../../web/src/reference/text/markdown.ts";

const text = (value: string): Inline => ({ kind: "text", text: value });
const code = (value: string): Inline => ({ kind: "code", text: value });

/** The text of inlines without their markup. */
const plain = (inlines: readonly Inline[]): string =>
  inlines.map((inline) => (inline.kind === "link" ? plain(inline.children) : inline.text)).join("");

describe("inline markup", () => {
  test.each<[string, string, Inline[]]>([
    ["plain text", "a * b", [text("a * b")]],
    ["code", "a `b` c", [text("a "), code("b"), text(" c")]],
    ["code with backticks", "``a`b``", [code("a`b")]],
    ["padded code", "`` `a` ``", [code("`a`")]],
    ["code with HTML", "`<b>`", [code("<b>")]],
    ["HTML", "<img src=x onerror=alert(1)>", [text("<img src=x onerror=alert(1)>")]],
    ["unclosed code", "a `b", [text("a `b")]],
    ["unclosed code before code", "``a `b`", [text("``a "), code("b")]],
    [
      "a link",
      "see [the `docs`](https://example.com/a)",
      [text("see "), { kind: "link", href: "https://example.com/a", children: [text("the "), code("docs")] }],
    ],
    ["a link to a path", "[a](/errors/x)", [{ kind: "link", href: "/errors/x", children: [text("a")] }]],
    ["a link to an entry", "[a](#getMe)", [{ kind: "link", href: "#getMe", children: [text("a")] }]],
    ["brackets in code", "`[a](b)`", [code("[a](b)")]],
    [
      "a bracket before a link",
      "[a [b](/c)",
      [text("[a "), { kind: "link", href: "/c", children: [text("b")] }],
    ],
  ])("parses %s", (_, source, expected) => {
    expect(parseInline(source)).toEqual(expected);
  });

  test.each([
    "javascript:alert(1)",
    " javascript:x",
    "data:text/html,x",
    "//evil.example",
    "/\\evil.example",
    "a",
  ])("keeps a link to %s as text", (href) => {
    expect(parseInline(`[a](${href})`).filter(({ kind }) => kind === "link")).toEqual([]);
  });

  test("no text is lost but delimiters, and every link has a safe target", () => {
    const part = fc.constantFrom(
      "`",
      "``",
      "[",
      "](",
      ")",
      "a",
      "/b",
      "https://c",
      " ",
      "\n",
      "<",
      "javascript:",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
        const inlines = parseInline(parts.join(""));
        for (const inline of inlines)
          if (inline.kind === "link") expect(inline.href).toMatch(/^(?:https?:\/\/\S|#|\/(?![/\\]))/);
        expect(parts.join("")).toContain(plain(inlines).slice(0, 1));
      }),
    );
  });

  test("text of many delimiters is parsed in linear time", () => {
    const hostile = ["`".repeat(200_000), "[".repeat(200_000), "[](".repeat(70_000), "` `` ".repeat(40_000)];
    const startedMs = performance.now();
    for (const source of hostile) parseInline(source);
    // Quadratic time would take minutes.
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });
});

describe("blocks", () => {
  test("lines of a paragraph are joined, and a blank line ends it", () => {
    expect(parseMarkdown("a\nb\n\nc")).toEqual([
      { kind: "paragraph", content: [text("a b")] },
      { kind: "paragraph", content: [text("c")] },
    ]);
  });

  test("items of a list continue on further lines", () => {
    expect(parseMarkdown("before:\n- a\n  b\n- `c`\n\nafter")).toEqual([
      { kind: "paragraph", content: [text("before:")] },
      { kind: "list", isOrdered: false, items: [[text("a b")], [code("c")]] },
      { kind: "paragraph", content: [text("after")] },
    ]);
    expect(parseMarkdown("1. a\n2. b")).toEqual([
      { kind: "list", isOrdered: true, items: [[text("a")], [text("b")]] },
    ]);
  });

  test("headings, tables and fenced code", () => {
    expect(parseMarkdown("## A `b`\n| x | y |\n|---|:--|\n| 1 | `2` |\n```sh\na\n\nb\n```\nend")).toEqual([
      { kind: "heading", level: 2, content: [text("A "), code("b")] },
      { kind: "table", header: [[text("x")], [text("y")]], rows: [[[text("1")], [code("2")]]] },
      { kind: "code", text: "a\n\nb" },
      { kind: "paragraph", content: [text("end")] },
    ]);
  });

  test("an unclosed fence and a lone bar end with the text", () => {
    expect(parseMarkdown("```\na")).toEqual([{ kind: "code", text: "a" }]);
    expect(parseMarkdown("|")).toEqual([{ kind: "table", header: [[]], rows: [] }]);
  });

  test("the description of the sockets is read without a rest of markup", () => {
    const blocks = parseMarkdown(String(asyncApiDocument({ version: "0.0.0" }).info["description"]));
    const kinds = Map.groupBy(blocks, ({ kind }) => kind);
    expect([...kinds.keys()].toSorted()).toEqual(["heading", "list", "paragraph", "table"]);
    expect(kinds.get("table")).toHaveLength(1);
    const paragraphs = blocks.flatMap((block) => (block.kind === "paragraph" ? [plain(block.content)] : []));
    expect(paragraphs.filter((paragraph) => /`|^[#|-]/.test(paragraph))).toEqual([]);
  });
});
