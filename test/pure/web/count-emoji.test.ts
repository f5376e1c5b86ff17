import { expect, test } from "vitest";
import { countEmoji } from "../../../web/src/messages/count-emoji.ts";
import { cpuMs } from "../../support/backtracking-inputs.ts";

test("emoji are counted in a text of nothing else", () => {
  for (const [text, count] of [
    ["👍", 1],
    [" 👍 🎉\n", 2],
    ["✊🏽✊", 2],
    ["👩‍👩‍👧‍👦🇩🇪1️⃣❤️", 4],
    ["", 0],
  ] as const)
    expect(countEmoji(text), text).toBe(count);
  for (const text of ["a", "👍a", "1", "👍 ok", "\u200d"]) expect(countEmoji(text), text).toBeUndefined();
});

test("sequences that can be split in two ways take no longer than others", () => {
  for (const unit of ["✊🏽", "🇩🇪🇩", "👩‍", "1️⃣"])
    expect(
      cpuMs(() => countEmoji(`${unit.repeat(20)}a`), 150),
      unit,
    ).toBeLessThan(150);
});
