import { expect, test } from "vitest";
import { randomInteger, randomItem, seededRandom } from "../../../scripts/support/seeded-random.ts";
import { foldKey } from "../../../src/text/fold-key.ts";
import { ChannelName, FileName, updateMe, updateUserStatus } from "../../../src/protocol/index.ts";
import { cleanLabel } from "../../../src/protocol/labels.ts";

const DisplayName = updateMe.body.shape.displayName;
const labels = { ChannelName, FileName, DisplayName };

/** Characters that are rendered as nothing by themselves. */
const invisible = [
  "\u00ad",
  "\u034f",
  "\u061c",
  "\u115f",
  "\u1160",
  "\u17b4",
  "\u17b5",
  "\u180b",
  "\u180e",
  "\u200b",
  "\u200c",
  "\u200d",
  "\u200e",
  "\u200f",
  "\u202a",
  "\u202e",
  "\u2060",
  "\u2064",
  "\u2066",
  "\u2069",
  "\u206a",
  "\u2800",
  "\u3164",
  "\ufe0e",
  "\ufe0f",
  "\ufeff",
  "\uffa0",
  "\ufff0",
  "\u{1d173}",
  "\u{e0001}",
  "\u{e0041}",
  "\u{e007f}",
  "\u{e0100}",
];

test.for(invisible.map((mark) => [mark.codePointAt(0)!.toString(16), mark] as const))(
  "[NM4] U+%s alone is no name, and is removed or rejected in any position",
  ([, mark]) => {
    for (const [kind, schema] of Object.entries(labels)) {
      expect(schema.safeParse(mark).success, kind).toBe(false);
      expect(schema.safeParse(` ${mark}\u3000${mark}${mark} `).success, kind).toBe(false);
      expect(schema.parse(`${mark}plan${mark} a${mark}`), kind).toBe("plan a");
      expect(schema.parse(`pl${mark}9`), kind).toBe("pl9");
    }
    expect(foldKey(`pl${mark}an`)).toBe("plan");
  },
);

test.for([
  "①資料",
  "x²",
  "（案）",
  "ℹ️ help",
  "5／10 議事録.csv",
  "重要＼メモ.txt",
  "½ price",
  "ﬁne",
  "№ 5",
  "ｶﾀｶﾅ",
  "Ⅳ",
  "™",
  "한국어",
  "한글",
  "👨‍👩‍👧",
  "🏳️‍🌈",
  "👩🏽‍💻",
  "❤️",
  "☺︎",
  "1️⃣",
  "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
  "کتاب‌ها",
  "नमस्‍ते",
  "葛󠄀城",
  "Ångström",
  "a b",
])("[NM4] %s is stored as it is shown", (name) => {
  for (const [kind, schema] of Object.entries(labels))
    expect(schema.parse(name), kind).toBe(name.normalize("NFC"));
});

test("[NM4] names are composed and trimmed, and compatibility folds only the key", () => {
  expect(ChannelName.parse("  u\u0308ber\u00a0 ")).toBe("über");
  for (const [one, other] of [
    ["①資料", "1資料"],
    ["x²", "x2"],
    ["（案）", "(案)"],
    ["ＡＢＣ", "abc"],
    ["ﬁne", "FINE"],
    ["❤️", "❤"],
    ["کتاب‌ها", "کتابها"],
  ] as const)
    expect(foldKey(ChannelName.parse(one))).toBe(foldKey(ChannelName.parse(other)));
});

test("[NM4] direction marks are stripped from file names; paths are rejected", () => {
  expect(FileName.parse("\u200eIMG-2026\u200f.jpg")).toBe("IMG-2026.jpg");
  expect(FileName.parse("jpg.\u202egnp.exe")).toBe("jpg.gnp.exe");
  for (const name of ["a/b", "a\\b", ".", "..", "\u200b..", ".\u200d.", "/\u2060"])
    expect(FileName.safeParse(name).success, name).toBe(false);
});

test("[NM4] control characters and line separators are rejected in every label", () => {
  for (const [kind, schema] of Object.entries(labels))
    for (const mark of ["\0", "\n", "\t", "\u001b", "\u0085", "\u2028", "\u2029", "\ud800"])
      expect(schema.safeParse(`a${mark}b`).success, `${kind} ${JSON.stringify(mark)}`).toBe(false);
});

test("[NM4] a status text may be empty, but not of invisible characters", () => {
  const parse = (text: string) => updateUserStatus.body.safeParse({ custom: { text } });
  expect(parse("").success).toBe(true);
  expect(parse("\u200b \u3164").success).toBe(false);
  expect(parse(" away\u200b ").data?.custom).toEqual({ text: "away" });
});

test("[NM4] cleaning is idempotent, and invisible differences are removed", () => {
  const parts = [
    ...invisible,
    "a",
    "é",
    "e\u0301",
    "漢",
    "ا",
    "क",
    "👩",
    "🏴",
    "❤",
    " ",
    "\u3000",
    "1",
    "\ufdd0",
    "\ufdd1",
    "0",
  ];
  const random = seededRandom(7);
  for (let run = 0; run < 5_000; run++) {
    const text = Array.from({ length: randomInteger(random, 9) }, () => randomItem(random, parts)).join("");
    const once = cleanLabel(text);
    expect(cleanLabel(once), JSON.stringify(text)).toBe(once);
    expect(once.trim()).toBe(once);
    expect(once).not.toMatch(/[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\u00ad\u3164\u2800\ufdd0\ufdd1]/);
  }
});
