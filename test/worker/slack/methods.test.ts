import { expect, test } from "vitest";
import document from "../../../docs/slack.md?raw";
import { slackMethods } from "../../../src/features/slack/index.ts";

test("[SK1] docs/slack.md lists the methods that are supported, and no others", () => {
  const [, section = ""] = /^## Methods$(.*?)^## /ms.exec(document) ?? [];
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  const listed = rows
    .flatMap((row) => row.match(/`[a-z]+(?:\.[A-Za-z]+)+`/g) ?? [])
    .map((name) => name.slice(1, -1));
  expect(listed.toSorted()).toEqual([...slackMethods.keys()].toSorted());
  expect(listed.length).toBeGreaterThan(50);
});
