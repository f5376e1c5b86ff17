import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { wordDiff } from "../../../web/src/messages/word-diff.ts";

/** The difference as text: what was removed in `[-…-]`, what was added in `{+…+}`. */
const shown = (before: string, after: string): string =>
  wordDiff(before, after)
    .map(({ kind, text }) => (kind === "same" ? text : kind === "added" ? `{+${text}+}` : `[-${text}-]`))
    .join("");

describe("the difference of two versions", () => {
  test("names the words that were added, removed and replaced", () => {
    expect(shown("closed on Friday", "closed on Friday and Monday")).toBe("closed on Friday{+ and Monday+}");
    expect(shown("a big red car", "a red car")).toBe("a [-big -]red car");
    expect(shown("at 9:00", "at 10:00")).toBe("at [-9-]{+10+}:00");
  });

  test("keeps a word when only the mark behind it changes", () => {
    expect(shown("on Friday.", "on Friday!")).toBe("on Friday[-.-]{+!+}");
  });

  test("shows changes of blanks and lines", () => {
    expect(shown("one two", "one\ntwo")).toBe("one[- -]{+\n+}two");
  });

  test("equal texts have none, and an empty one has nothing in common", () => {
    expect(shown("same", "same")).toBe("same");
    expect(shown("", "new")).toBe("{+new+}");
    expect(shown("old", "")).toBe("[-old-]");
    expect(wordDiff("", "")).toEqual([]);
  });

  test("a change that is too long for the comparison is shown as one", () => {
    const before = Array.from({ length: 1_500 }, (_, at) => `a${at}`).join(" ");
    const after = Array.from({ length: 1_500 }, (_, at) => `b${at}`).join(" ");
    expect(wordDiff(`x ${before} y`, `x ${after} y`).map(({ kind }) => kind)).toEqual([
      "same",
      "removed",
      "added",
      "same",
    ]);
  });

  test("both versions can be read from it", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c", " ", "\n", ".", "👍", "ä"), { maxLength: 40 });
    fc.assert(
      fc.property(text, text, (one, other) => {
        const before = one.join("");
        const after = other.join("");
        const parts = wordDiff(before, after);
        const textOf = (left: "added" | "removed"): string =>
          parts
            .filter(({ kind }) => kind !== left)
            .map((part) => part.text)
            .join("");
        expect(textOf("added")).toBe(before);
        expect(textOf("removed")).toBe(after);
      }),
    );
  });
});
