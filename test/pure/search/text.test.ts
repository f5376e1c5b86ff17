import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldText } from "../../../src/text/fold-text.ts";
import { wordsOf } from "../../../src/text/words.ts";

const words = (text: string): string =>
  wordsOf(text)
    .map(({ word }) => word)
    .join(" ");

/** Splits a text without blanks into every two characters and the last one. */
const pairs = (run: string): string => {
  const characters = [...run];
  return characters.map((character, at) => character + (characters[at + 1] ?? "")).join(" ");
};

describe("words", () => {
  test.each([
    ["Chinese", "北京大学很好", pairs("北京大学很好")],
    ["Japanese", "東京でプログラミング", pairs("東京でプログラミング")],
    ["Japanese in halves", "ｶﾞｷﾞ が か", "ガギ ギ が か"],
    ["Thai", "กำลังรัก", pairs("กำลังรัก".normalize("NFKD"))],
    ["Korean, composed or not", "서울에서 \u1112\u1161\u11ab", `${pairs("서울에서")} 한`],
    ["German", "Straße GROẞ Ärger Öl über", "strasse gross arger ol uber"],
    ["Turkish", "İstanbul ılık IŞIK Çığ", "istanbul ilik isik cig"],
    ["Arabic", "ٱلْكِتَاب كتـاب أحمد", "الكتاب كتاب احمد"],
    ["Hebrew", "שָׁלוֹם", "שלום"],
    ["Greek", "ΟΔΟΣ οδός", "οδοσ οδοσ"],
    ["Polish, Danish, French", "Łódź Øre cœur É", "lodz ore coeur e"],
    ["combining forms", "e\u0301te\u0301 A\u030angstro\u0308m", "ete angstrom"],
    ["astral letters", "𝓗𝓮𝓵𝓵𝓸 𠮷野家", `hello ${pairs("𠮷野家")}`],
    ["joined letters", "ﬁn ﬀ x²", "fin ff x2"],
    ["scripts side by side", "iPhone手机v2", "iphone 手机 机 v2"],
    ["what can't be seen", "Donau\u00addampf a\u200bb", "donaudampf ab"],
  ])("[SR4] are the same in every form of writing: %s", (_, text, expected) => {
    expect(words(text)).toBe(expected);
  });

  test.each([
    ["an address", "https://ex.org/a_b?q=1#frag", "https ex org a b q 1 frag"],
    ["an e-mail address", "ann.b@mail.example.org", "ann b mail example org"],
    ["a path", "/usr/lib/node_modules/x.js C:\\Temp", "usr lib node modules x js c temp"],
    [
      "names in code",
      "snake_case kebab-case camelCase a->b() x::y",
      "snake case kebab case camelcase a b x y",
    ],
    ["languages", "C++ C# F# .NET c++11 #tag a#b", "c ++ c # f # net c ++ 11 tag a b"],
    ["numbers and versions", "v1.2.3 3.14 1,000 1½ 2026-11-23", "v1 2 3 3 14 1 000 1 1 2 2026 11 23"],
    ["apostrophes", "don't Ann’s", "don t ann s"],
    ["emoji", "🎉 ship it🚀 👩🏽‍💻 ❤️ 🇩🇪 1️⃣", "🎉 ship it 🚀 👩 💻 ❤ 🇩 🇪 1"],
    ["nothing", " ,.;:-)( \n\t * \" ' ` ~ ^ $ € + = | < > \\ / … — “ ” ¿ ¡ \u0000 \u200b \ud800", ""],
    ["a trade mark", "Parley™ Foo®", "parley foo ®"],
  ])("[SR4] are the parts of %s", (_, text, expected) => {
    expect(words(text)).toBe(expected);
  });

  test("[SR9] have positions: whole characters of the text, with all their marks", () => {
    const text = "𝓐 E\u0301te\u0301! straße ½ 👩🏽‍💻 北京 ｶﾞ";
    expect(wordsOf(text).map(({ word, start, end }) => [word, text.slice(start, end)])).toEqual([
      ["a", "𝓐"],
      ["ete", "E\u0301te\u0301"],
      ["strasse", "straße"],
      ["1", "½"],
      ["2", "½"],
      ["👩", "👩🏽‍"],
      ["💻", "💻"],
      ["北京", "北京"],
      ["京", "京"],
      ["ガ", "ｶﾞ"],
    ]);
  });

  const anyText = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom(..."aAé́ßİſKﬃ北京が\u3099ﾞก้ำ각\u1100\u1161 _-+#™½㍿ﷺ👩🏽\u200d💻") }),
  );

  test("[SR4] [SR7] contain no white space, are in order and fold to themselves", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        let before = 0;
        for (const { word, start, end } of wordsOf(text)) {
          if (!/^\S+$/u.test(word) || word.includes("\0")) throw new Error(`Not a word: ${word}`);
          if (start < before || end <= start || end > text.length) throw new Error(`Not in order: ${word}`);
          before = start;
          // Marks without a letter may be reordered, and parts of Hangul are composed.
          if (!/[\p{M}\u1100-\u11ff]/u.test(word) && foldText(word).folded !== word)
            throw new Error(`Folds on: ${word}`);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test("[SR4] do not depend on case or composition, for every character", () => {
    const faults: string[] = [];
    for (let code = 0; code < 0x32000; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const character = String.fromCodePoint(code);
      // Kirat Rai's vowels are composed of letters.
      if (code >= 0x16d67 && code <= 0x16d6a) continue;
      const { folded } = foldText(character);
      const forms = [character.toUpperCase(), character.toLowerCase(), character.normalize("NFD"), folded];
      if (forms.some((form) => foldText(form).folded !== folded)) faults.push(`U+${code.toString(16)}`);
    }
    expect(faults).toEqual([]);
  }, 60_000);

  test("[SR4] [SR5] do not depend on the text around them", () => {
    const piece = fc.constantFrom(
      "deploy",
      "snake_case",
      "北京",
      "大学",
      "プログラム",
      "กำลัง",
      "서울",
      "C++",
      "🎉",
      "é",
    );
    const glue = fc.constantFrom(" ", ", ", "/", "");
    fc.assert(
      fc.property(fc.array(fc.tuple(glue, piece), { minLength: 1, maxLength: 6 }), (parts) => {
        const text = ` ${words(parts.map((part) => part.join("")).join(""))} `;
        for (const [, part] of parts) {
          const [...own] = wordsOf(part);
          const isRun = own.length > 1 && own.at(-2)?.end === own.at(-1)?.end;
          const wanted = (isRun ? own.slice(0, -1) : own).map(({ word }) => word).join(" ");
          // Letters that follow letters of the same script are one word.
          if (!/^[a-zé_]+$/u.test(part) && !text.includes(wanted))
            throw new Error(`${wanted} is not in ${text}`);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ["one word", "a"],
    ["marks", "\u0301\u0316"],
    ["marked letters", "e\u0301"],
    ["Chinese", "北"],
    ["Thai", "ก้า"],
    ["letters that become eighteen", "\ufdfa"],
    ["emoji", "👩🏽‍💻"],
    ["signs", "a+"],
    ["what can't be seen", "\u00ad"],
  ])("[SR7] take linear time: %s", { timeout: 60_000 }, (_, unit) => {
    const timeOf = (length: number): number => {
      const text = unit.repeat(Math.ceil(length / unit.length));
      const times = [1, 2, 3].map(() => {
        // CPU time, so that other processes do not count.
        const begun = process.cpuUsage();
        wordsOf(text);
        const { user, system } = process.cpuUsage(begun);
        return (user + system) / 1_000;
      });
      return Math.min(...times);
    };
    timeOf(8_000);
    expect(timeOf(64_000)).toBeLessThan(40 * timeOf(8_000) + 20);
  });
});
