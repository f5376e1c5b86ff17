import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { highlightParts } from "../../../web/src/views/search/highlights.ts";

/** The parts as text, matches in brackets. */
const shown = (content: string, highlights: [number, number][]): string =>
  highlightParts(content, highlights)
    .map(({ text, isMatch }) => (isMatch ? `[${text}]` : text))
    .join("");

describe("highlights", () => {
  test("mark the matches", () => {
    expect(shown("the deploy failed", [[4, 10]])).toBe("the [deploy] failed");
    expect(
      shown("deploy, deploy", [
        [0, 6],
        [8, 14],
      ]),
    ).toBe("[deploy], [deploy]");
  });

  test("count code points, not UTF-16 units", () => {
    expect(shown("👩‍🚀🚀 deploy 🎉", [[5, 11]])).toBe("👩‍🚀🚀 [deploy] 🎉");
  });

  test("a text without a match is shown as it is", () => {
    expect(shown("no match", [])).toBe("no match");
    expect(shown("", [])).toBe("");
  });

  test("in any order, overlapping or beyond the end, show each character once", () => {
    expect(
      shown("abcdef", [
        [4, 9],
        [0, 3],
        [2, 5],
      ]),
    ).toBe("[abc][de][f]");
  });

  test("a long text is shown around its first match", () => {
    const parts = highlightParts(`${"a ".repeat(500)}match ${"b ".repeat(500)}`, [[1_000, 1_005]]);
    const text = parts.map((part) => part.text).join("");
    expect(text.startsWith("…")).toBe(true);
    expect(text.endsWith("…")).toBe(true);
    expect(parts.find(({ isMatch }) => isMatch)?.text).toBe("match");
    expect([...text].length).toBe(402);
  });

  test("a match at the end of a long text is shown with what precedes it", () => {
    const content = `${"a".repeat(1_000)}match`;
    expect(shown(content, [[1_000, 1_005]])).toBe(`…${"a".repeat(395)}[match]`);
  });

  test("lose no character of a short text", () => {
    const range = fc
      .tuple(fc.nat(60), fc.nat(60))
      .map(([one, other]): [number, number] => (one < other ? [one, other] : [other, one]));
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 50 }),
        fc.array(range, { maxLength: 6 }),
        (content, ranges) => {
          expect(
            highlightParts(content, ranges)
              .map(({ text }) => text)
              .join(""),
          ).toBe(content);
        },
      ),
    );
  });
});
