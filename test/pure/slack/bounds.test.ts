import { expect, test } from "vitest";
import {
  fromMrkdwn,
  noSlackIds,
  noSlackNames,
  slackMessageText,
  toMrkdwn,
} from "../../../src/features/slack/index.ts";
import { backtrackingInputs, cpuMs } from "../../support/backtracking-inputs.ts";

const options = { names: noSlackNames };
const ids = { ...noSlackIds, userIdOf: () => "U1" };
/** In milliseconds, for 32 KiB. Quadratic code takes some seconds. */
const boundMs = 250;

const markup = ["*a ", "_a", "~a~", "<", "<a", "<@", "<@U1>", "<https://a", "<!date^", "```", "`", "``", "[", "](", "](a", "[a](https:(", "&am", "&gt;\n", ">>>", "@a.", "#a.", "https://a)", "***a", "\\", "# "]; // prettier-ignore

const subjects = {
  "Slack's text": (text: string) => fromMrkdwn(text, options),
  Markdown: (text: string) => toMrkdwn(text, ids),
  "a message": (text: string) =>
    slackMessageText(
      {
        text,
        blocks: [
          { type: "section", text: { type: "plain_text", text } },
          {
            type: "rich_text",
            elements: [
              {
                type: "rich_text_section",
                elements: [
                  { type: "text", text, style: { code: true } },
                  { type: "link", url: text, text },
                ],
              },
            ],
          },
        ],
        attachments: [{ title: text, title_link: text, text, fields: [{ title: text, value: text }] }],
      },
      options,
    ),
};

test.for(Object.entries(subjects))("[BW1] %s: the worst inputs take linear time", { timeout: 60_000 }, ([name, run]) => {
  const length = name === "a message" ? 2 * 1_024 : 32 * 1_024;
  const slow: string[] = [];
  const inputs = [...backtrackingInputs(length), ...markup.map((text) => text.repeat(length / text.length))];
  for (const input of inputs)
    if (cpuMs(() => run(input), boundMs) >= boundMs) slow.push(JSON.stringify(input.slice(0, 40)));
  expect(slow).toEqual([]);
}); // prettier-ignore

test("[IH3] deeply nested or odd values are read without an error", () => {
  let nested: unknown = { type: "section", text: { type: "mrkdwn", text: "x" } };
  for (let depth = 0; depth < 2_000; depth++)
    nested = { type: "rich_text_section", [["elements", "text", "accessory"][depth % 3]!]: [nested] };
  const values = [nested, null, 1, "x", [], {}, [[]], true];
  for (const value of values) {
    const fields = {
      text: value,
      blocks: [{ type: "section", text: value, fields: value, accessory: value }],
    };
    expect(() => slackMessageText({ ...fields, attachments: [value] }, options)).not.toThrow();
    for (const type of ["rich_text", "actions", "context", "image", "input", "table", "video", "header"])
      expect(() =>
        slackMessageText(
          { blocks: [{ type, elements: value, element: value, text: value, rows: value }] },
          options,
        ),
      ).not.toThrow();
  }
});
