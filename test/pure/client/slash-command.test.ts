import { expect, test } from "vitest";
import { isSlashCommand, ParleyError } from "../../../src/client/index.ts";
import { parseCommand } from "../../../src/client/slash-command.ts";

test.each([
  ["/deploy", { command: "deploy", text: "" }],
  ["  /Deploy  web 1.2  ", { command: "Deploy", text: "web 1.2" }],
  ["/me waves\nat all", { command: "me", text: "waves\nat all" }],
  ["/a-b_c x/y", { command: "a-b_c", text: "x/y" }],
])("[CL2] %j is a command", (typed, parsed) => {
  expect(isSlashCommand(typed)).toBe(true);
  expect(parseCommand(typed)).toEqual(parsed);
});

test.each(["", "/", "/ x", "//x", "/etc/hosts", "deploy", "/-x", "x /deploy"])(
  "[CL2] %j is no command",
  (typed) => {
    expect(isSlashCommand(typed)).toBe(false);
    expect(() => parseCommand(typed)).toThrow(ParleyError);
  },
);
