import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = process.cwd();
let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "parley-add-command-"));
  for (const path of ["src", "docs", "test/support", "scripts/support", "package.json", "tsconfig.json"])
    cpSync(join(root, path), join(copy, path), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

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
  const { stdout } = spawnSync(process.execPath, [compiler, "-p", config, "--pretty", "false"], {
    cwd: copy,
    encoding: "utf8",
  });
  return [
    ...new Set([...stdout.matchAll(/^(\S+)\(\d+,\d+\): error/gm)].map(([, path]) => path ?? "")),
  ].sort();
}

/** The files that step 2 of the checklist in ARCHITECTURE.md names. */
function filesOfChecklist(): string[] {
  const text = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
  const [, step = ""] = /## To add a command[^]*?\n2\. ([^]*?)\n3\. /.exec(text) ?? [];
  return [...step.matchAll(/`((?:src|test)\/[^`]+\.ts)`/g)].map(([, path]) => path ?? "").sort();
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

test("the compiler reports the files of the checklist, and no others", { timeout: 240_000 }, () => {
  insert(declaration);
  expect(filesWithErrors()).toEqual(filesOfChecklist());
  expect(Object.keys(rest).sort()).toEqual(filesOfChecklist());
  insert(rest);
  expect(filesWithErrors()).toEqual([]);
});
