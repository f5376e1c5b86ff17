import { describe, expect, test } from "vitest";
import {
  completeOperator,
  insertOperator,
  operatorAt,
} from "../../../web/src/views/search/search-operators.ts";

/** The text with the cursor at `|`. */
const at = (marked: string): [text: string, cursor: number] => [marked.replace("|", ""), marked.indexOf("|")];
const shown = ({ text, cursor }: { text: string; cursor: number }): string =>
  `${text.slice(0, cursor)}|${text.slice(cursor)}`;

describe("the operator before the cursor", () => {
  test.each([
    ["from:|", "from", ""],
    ["deploy from:@an|", "from", "an"],
    ["in:#gen| deploy", "in", "gen"],
    ["-has:fi|", "has", "fi"],
    ["(in:de|", "in", "de"],
    ["FROM:Me|", "from", "Me"],
    ['in:"two|', "in", "two"],
    ["before:2026-|", "before", "2026-"],
  ])("%s", (marked, operator, value) => {
    expect(operatorAt(...at(marked))).toMatchObject({ operator, value });
  });

  test.each(["deploy|", "http:|", "from:ann |", "xfrom:an|", "from:@ann |deploy", "|from:"])(
    "%s has none",
    (marked) => {
      expect(operatorAt(...at(marked))).toBeNull();
    },
  );
});

describe("a suggestion", () => {
  test.each([
    ["|", "from:|"],
    ["deploy|", "deploy from:|"],
    ["deploy |", "deploy from:|"],
    ["deploy| failed", "deploy from:| failed"],
    ["deploy |failed", "deploy from:| failed"],
  ])("inserts an operator as a word of its own: %s", (before, after) => {
    expect(shown(insertOperator(...at(before), "from"))).toBe(after);
  });

  test.each([
    ["from:@an|", "@ann", "from:@ann |"],
    ["from:|", "me", "from:me |"],
    ["in:de| failed", "#deploys", "in:#deploys |failed"],
    ["in:|", "#two words", 'in:"#two words" |'],
    ['in:"two|', "#two words", 'in:"#two words" |'],
  ])("completes the value: %s", (before, value, after) => {
    const [text, cursor] = at(before);
    const typed = operatorAt(text, cursor);
    expect(typed && shown(completeOperator(text, typed, value))).toBe(after);
  });
});
