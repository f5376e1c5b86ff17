import { describe, expect, test } from "vitest";
import { emojiList } from "../../../scripts/support/emoji-list.ts";
import type { CustomEmoji } from "../../../src/client/index.ts";
import { toEmoji } from "../../../src/text/emoji.ts";
import {
  cellAfterKey,
  cellSize,
  headingHeight,
  layOut,
  sectionAt,
  visibleRows,
} from "../../../web/src/emoji/emoji-grid.ts";
import { searchEmoji, sectionsOf } from "../../../web/src/emoji/emoji-sections.ts";
import { skinTones, withoutTone, withTone } from "../../../web/src/emoji/skin-tone.ts";

const standard = emojiList().map(([emoji, label, names, group, hasTones]) => ({
  emoji,
  label,
  names,
  group,
  hasTones: hasTones === 1,
}));
const custom = ["shipit", "party_parrot"].map(
  (name) => ({ name, imageUrl: `/v1/emoji/${name}/image` }) as CustomEmoji,
);
const sources = { standard, custom, recent: [], tone: "" as const };

describe("the list of emoji", () => {
  test("has the forms to which the server converts reactions", () => {
    expect(standard.filter(({ emoji }) => toEmoji(emoji) !== emoji)).toEqual([]);
    expect(new Set(standard.map(({ emoji }) => emoji)).size).toBe(standard.length);
  });

  test("has names for nearly all, and is not large", () => {
    expect(standard.filter(({ names }) => names.length === 0).length).toBeLessThan(standard.length / 10);
    expect(JSON.stringify(emojiList()).length).toBeLessThan(110_000);
  });

  test("each emoji with skin tones is valid in all of them", () => {
    const toned = standard.filter(({ hasTones }) => hasTones);
    expect(toned.length).toBeGreaterThan(300);
    for (const { emoji } of toned)
      for (const { tone } of skinTones) {
        const result = withTone(emoji, tone);
        expect(toEmoji(result)).toBe(result);
        expect(withoutTone(result)).toBe(withoutTone(emoji));
      }
  });
});

describe("sections", () => {
  test("the workspace's emoji precede those of Unicode; empty ones are left out", () => {
    const titles = sectionsOf(sources).map(({ title }) => title);
    expect(titles.slice(0, 2)).toEqual(["Of this workspace", "Smileys and emotion"]);
    expect(sectionsOf({ ...sources, standard: [], custom: [] })).toEqual([]);
  });

  test("recently used ones come first, in their order and skin tone", () => {
    const recent = ["👍🏽", ":shipit:", ":deleted:", "✌️"];
    const [first] = sectionsOf({ ...sources, recent, tone: "🏿" });
    expect(first?.choices.map(({ value, label }) => `${value} ${label}`)).toEqual([
      "👍🏽 thumbs up",
      ":shipit: shipit",
      "✌️ victory hand",
    ]);
  });

  test("the chosen skin tone applies to those that have it", () => {
    const people = sectionsOf({ ...sources, tone: "🏿" }).find(({ title }) => title.startsWith("People"));
    expect(people?.choices.some(({ value }) => value === "👍🏿")).toBe(true);
    const animals = sectionsOf({ ...sources, tone: "🏿" }).find(({ title }) => title.startsWith("Animals"));
    expect(animals?.choices.some(({ value }) => /\p{Emoji_Modifier}/u.test(value))).toBe(false);
  });
});

describe("search", () => {
  const first = (text: string) => searchEmoji(sources, text)[0]?.value;

  test.each([
    ["tada", "🎉"],
    [":tada:", "🎉"],
    ["+1", "👍"],
    ["thumbs up", "👍"],
    ["THUMBS UP", "👍"],
    ["heart", "❤️"],
    ["parrot", "🦜"],
    ["party_par", ":party_parrot:"],
    ["party par", ":party_parrot:"],
    ["shipit", ":shipit:"],
  ])("%s", (text, expected) => {
    expect(first(text)).toBe(expected);
  });

  test("finds parts of names and descriptions", () => {
    expect(searchEmoji(sources, "parrot").map(({ value }) => value)).toContain(":party_parrot:");
    expect(searchEmoji(sources, "sunglasses").map(({ value }) => value)).toContain("😎");
    expect(searchEmoji(sources, "no such emoji")).toEqual([]);
  });
});

describe("the grid", () => {
  const sectionOf = (count: number) => ({
    choices: Array.from({ length: count }, (_, at) => ({ value: String(at), label: "", names: [] })),
  });
  // Rows: 0-3, 4-6 | 7-8 | 9-12, 13-16.
  const grid = layOut([sectionOf(7), sectionOf(2), sectionOf(8)], 4);

  test("has a heading and rows for each section", () => {
    expect(grid.cells).toBe(17);
    expect(grid.height).toBe(3 * headingHeight + 5 * cellSize);
    expect(grid.rows.map(({ from, count }) => [from, count])).toEqual([
      [0, 4],
      [4, 3],
      [7, 2],
      [9, 4],
      [13, 4],
    ]);
    expect(grid.rows[2]?.top).toBe(2 * headingHeight + 2 * cellSize);
    expect(layOut([], 4)).toEqual({ rows: [], headings: [], height: 0, cells: 0 });
  });

  test.each([
    [0, "ArrowRight", 1],
    [0, "ArrowLeft", 0],
    [16, "ArrowRight", 16],
    [6, "ArrowRight", 7],
    [3, "ArrowDown", 6],
    [6, "ArrowDown", 8],
    [8, "ArrowDown", 10],
    [10, "ArrowUp", 8],
    [1, "ArrowUp", 1],
    [15, "ArrowDown", 15],
    [1, "PageDown", 14],
    [14, "PageUp", 1],
    [10, "Home", 9],
    [4, "End", 6],
  ])("from cell %d, %s leads to %d", (cell, key, expected) => {
    expect(cellAfterKey(grid, cell, key)).toBe(expected);
  });

  test("other keys, and an empty grid, lead nowhere", () => {
    expect(cellAfterKey(grid, 0, "a")).toBeUndefined();
    expect(cellAfterKey(layOut([], 4), 0, "ArrowDown")).toBeUndefined();
  });

  test("the rows of a range, and one more at both ends", () => {
    const rows = visibleRows(grid, grid.rows[2]?.top ?? 0, (grid.rows[2]?.top ?? 0) + cellSize);
    expect(rows.map(({ from }) => from)).toEqual([4, 7, 9]);
  });

  test("the section at a height", () => {
    expect([0, headingHeight, grid.headings[1] ?? 0, grid.height].map((top) => sectionAt(grid, top))).toEqual(
      [0, 0, 1, 2],
    );
  });
});
