import fc from "fast-check";
import { expect, test } from "vitest";
import { foldKey } from "../../../src/text/fold-key.ts";

const everyCharacter = (): string[] => {
  const all: string[] = [];
  for (let code = 0; code < 0x110000; code++)
    if (code < 0xd800 || code > 0xdfff) all.push(String.fromCodePoint(code));
  return all;
};

test("[NM1] no character has two keys, by case or composition", () => {
  const faults: string[] = [];
  for (const character of everyCharacter()) {
    const key = foldKey(character);
    const forms = [
      character.toUpperCase(),
      character.toLowerCase(),
      character.normalize("NFD"),
      character.normalize("NFKC"),
      character.normalize("NFKD"),
      key,
    ];
    if (forms.some((form) => foldKey(form) !== key))
      faults.push(`U+${character.codePointAt(0)!.toString(16)} ${character}`);
  }
  expect(faults).toEqual([]);
}, 60_000);

test("[NM1] full case folding: one character may become many", () => {
  for (const [a, b] of [
    ["Straße", "STRASSE"],
    ["Straße", "STRAẞE"],
    ["ﬃ", "FFI"],
    ["ŉ", "ʼN"],
    ["ǰ", "J̌"],
    ["և", "ԵՒ"],
    ["ᾳ", "ΑΙ"],
    ["ΟΔΥΣΣΕΥΣ", "οδυσσευσ"],
    ["Å", "å"],
    ["K", "k"],
    ["ſ", "S"],
  ] as const) {
    expect(foldKey(a), `${a} ${b}`).toBe(foldKey(b));
  }
});

test("[NM1] names that differ by more than case and width stay distinct", () => {
  for (const [a, b] of [
    ["a", "b"],
    ["e", "é"],
    ["o", "ø"],
    ["general", "genera1"],
    ["а", "a"],
    ["ab", "a b"],
    ["ss", "s"],
    ["", " "],
  ] as const)
    expect(foldKey(a), `${a} ${b}`).not.toBe(foldKey(b));
});

const text = fc.string({
  unit: fc.oneof(fc.constantFrom(..."sSßẞσςΣΑaİıiIﬁÅ\u030a\u0345\u0301\u0307ᾳǰ "), fc.constantFrom("s", "A")),
  maxLength: 12,
});

test("[NM1] folding is idempotent and ignores case in any combination", () => {
  fc.assert(
    fc.property(text, (typed) => {
      // The iota subscript is reordered with the marks after it when it becomes a letter, so marks are put in order
      // first.
      const name = typed.normalize("NFD");
      const key = foldKey(name);
      expect(foldKey(typed)).toBe(key);
      expect(foldKey(key)).toBe(key);
      expect(foldKey(name.toUpperCase())).toBe(key);
      expect(foldKey(name.toLowerCase())).toBe(key);
      expect(foldKey(name.normalize("NFKC"))).toBe(key);
    }),
    { numRuns: 5_000 },
  );
});

test("[NM1] the key of a name's prefix is a prefix of its key, so lists find it", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(..."abSßΣσΑж1 -")), fc.nat(12), (letters, cut) => {
      const name = letters.join("");
      const start = letters.slice(0, cut).join("");
      expect(foldKey(name).startsWith(foldKey(start))).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
