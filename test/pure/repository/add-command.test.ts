import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const root = process.cwd();
let copy: string;

beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), "parley-add-command-"));
  for (const path of ["src", "docs", "test/support", "scripts/support", "package.json", "tsconfig.json"])
    cpSync(join(root, path), join(copy, path), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
});
afterEach(() => rmSync(copy, { recursive: true, force: true }));

/** A text of a file, once, and what follows it afterwards. */
type Insertions = Record<string, [after: string, inserted: string][]>;

function insert(insertions: Insertions): void {
  for (const [path, edits] of Object.entries(insertions)) {
    let text = readFileSync(join(copy, path), "utf8");
    for (const [after, inserted] of edits) {
      expect(text.split(after), `${path}: ${after}`).toHaveLength(2);
      text = text.replace(after, () => after + inserted);
    }
    writeFileSync(join(copy, path), text);
  }
}

/** The files in which the compiler reports errors. */
function filesWithErrors(): string[] {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const config = join(copy, "tsconfig.copy.json");
  writeFileSync(config, JSON.stringify({ extends: "./tsconfig.json", include: ["src", "test/support"] }));
  // On one thread the compiler needs less than half of the CPU time: several check the same types more than once.
  const args = [compiler, "-p", config, "--pretty", "false", "--singleThreaded"];
  const { stdout } = spawnSync(process.execPath, args, { cwd: copy, encoding: "utf8" });
  return [
    ...new Set([...stdout.matchAll(/^(\S+)\(\d+,\d+\): error/gm)].map(([, path]) => path ?? "")),
  ].sort();
}

/** The files that step 2 of the checklist in ARCHITECTURE.md names for one kind of command. */
function filesOfChecklist(kind: "an event" | "a change of the sender's state"): string[] {
  const text = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
  const [, step = ""] = /## To add a command[^]*?\n2\. ([^]*?)\n3\. /.exec(text) ?? [];
  const [both = "", ...others] = step.split("\n   For ");
  const own = others.find((part) => part.startsWith(kind)) ?? "";
  return [...`${both}${own}`.matchAll(/`((?:src|test)\/[^`]+\.ts)`/g)].map(([, path]) => path ?? "").sort();
}

const declaration: Insertions = {
  "src/protocol/pins.ts": [
    [
      "export type Pin = z.infer<typeof Pin>;\n",
      'export const Flag = z.object({ messageId: MessageId }).meta({ id: "Flag" });\n',
    ],
  ],
  "src/protocol/events.ts": [
    ["import { Pin", ", Flag"],
    ["  messageUnpin: Pin,\n", "  messageFlag: Flag,\n"],
  ],
  "src/protocol/commands.ts": [
    [
      "ack: roomEvents.messageUnpin },\n",
      '  messageFlag: { summary: "Flag a message", data: onMessage, ack: roomEvents.messageFlag },\n',
    ],
  ],
};

const rest: Insertions = {
  "src/channel-object/commands/handlers.ts": [
    [
      "  messageUnpin: { decide: decideUnpinMessage },\n",
      '  messageFlag: { decide: (_room, _actor, data) => withEvents({ type: "messageFlag", data }) },\n',
    ],
    [
      'import type { Prepared } from "../../domain/prepared.ts";\n',
      'import { withEvents } from "../../domain/room-state.ts";\n',
    ],
  ],
  "src/channel-object/commands/write-cost.ts": [['    case "memberLeave":\n', '    case "messageFlag":\n']],
  "src/channel-object/stored-room-state.ts": [['      case "messagePin":\n', '      case "messageFlag":\n']],
  "src/channel-object/projections/database-projection.ts": [
    ["  messageUnpin: [projectMessages, projectPins],\n", "  messageFlag: [projectMessages],\n"],
  ],
  "src/channel-object/notifications/notification-recipients.ts": [
    ["    messageUnpin: undefined,\n", "    messageFlag: undefined,\n"],
  ],
  "src/features/contract/permission-descriptions.ts": [
    ['  messageUnpin: ["pinMessage"],\n', '  messageFlag: ["pinMessage"],\n'],
  ],
  "test/support/worker/clients/transports.ts": [
    [
      '  messageUnpin: (data) => ["DELETE", below(data, "/pin")],\n',
      '  messageFlag: (data) => ["PUT", below(data, "/flag")],\n',
    ],
    ["  messageUnpin: nothing,\n", "  messageFlag: asItIs,\n"],
  ],
  "test/support/worker/fixtures/command-cases.ts": [
    [
      "export const commandCases: Record<CommandType, CommandCase> = {\n",
      '  messageFlag: { by: "ann", data: onRoot, archived: "conflict", rejected: () => [unknown] },\n',
    ],
  ],
  "test/support/worker/generators/command-data.ts": [["    messageUnpin: on,\n", "    messageFlag: on,\n"]],
  "test/support/worker/generators/room-operations.ts": [["  messageUnpin: 2,\n", "  messageFlag: 2,\n"]],
};

const memberStateDeclaration: Insertions = {
  "src/protocol/commands.ts": [
    [
      "ack: roomEvents.messageUnpin },\n",
      '  messageBookmark: { summary: "Bookmark a message", data: onMessage, ack: z.object({}) },\n',
    ],
  ],
  "src/domain/room-state.ts": [
    ["export type MemberStateChange =\n", '  | { type: "bookmark"; userId: string; messageId: string }\n'],
  ],
  "src/domain/member-state-rows.ts": [
    [
      "export type MemberStateRow =",
      ' { kind: "bookmark"; userId: string; messageId: string; rev: number } |',
    ],
  ],
};

const memberStateRest: Insertions = {
  "src/channel-object/commands/handlers.ts": [
    [
      "  messageUnpin: { decide: decideUnpinMessage },\n",
      "  messageBookmark: { decide: () => memberStateChanged({}) },\n",
    ],
    [
      'import type { Prepared } from "../../domain/prepared.ts";\n',
      'import { memberStateChanged } from "../../domain/room-state.ts";\n',
    ],
  ],
  "src/channel-object/commands/write-cost.ts": [
    ['    case "memberLeave":\n', '    case "messageBookmark":\n'],
  ],
  "src/channel-object/stored-room-state.ts": [
    ["    switch (change.type) {\n", '      case "bookmark":\n        return;\n'],
  ],
  "src/channel-object/projections/member-state-projection.ts": [
    ["      switch (row.kind) {\n", '        case "bookmark":\n          break;\n'],
  ],
  "src/features/contract/permission-descriptions.ts": [
    ['  messageUnpin: ["pinMessage"],\n', '  messageBookmark: ["readChannel"],\n'],
  ],
  "test/support/worker/clients/transports.ts": [
    [
      '  messageUnpin: (data) => ["DELETE", below(data, "/pin")],\n',
      '  messageBookmark: (data) => ["PUT", below(data, "/bookmark")],\n',
    ],
    ["  messageUnpin: nothing,\n", "  messageBookmark: asItIs,\n"],
  ],
  "test/support/worker/fixtures/command-cases.ts": [
    [
      "export const commandCases: Record<CommandType, CommandCase> = {\n",
      '  messageBookmark: { by: "ann", data: onRoot, archived: "done", rejected: () => [unknown] },\n',
    ],
  ],
  "test/support/worker/generators/command-data.ts": [
    ["    messageUnpin: on,\n", "    messageBookmark: on,\n"],
  ],
  "test/support/worker/generators/room-operations.ts": [["  messageUnpin: 2,\n", "  messageBookmark: 2,\n"]],
};

const kinds = [
  ["an event", declaration, rest],
  ["a change of the sender's state", memberStateDeclaration, memberStateRest],
] as const;

test.each(kinds)(
  "the compiler reports exactly the checklist's files: %s",
  (kind, first, others) => {
    insert(first);
    expect(filesWithErrors()).toEqual(filesOfChecklist(kind));
    expect(Object.keys(others).sort()).toEqual(filesOfChecklist(kind));
  },
  120_000,
);

test("a command of each kind compiles once the checklist's files are written", () => {
  for (const [, first, others] of kinds) {
    insert(first);
    insert(others);
  }
  expect(filesWithErrors()).toEqual([]);
}, 120_000);
