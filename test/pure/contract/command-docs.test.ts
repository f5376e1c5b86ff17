import { existsSync, globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { commandTypes, errorCodes } from "../../../src/protocol/index.ts";

const page = readFileSync("docs/commands.md", "utf8");
const handlers = readFileSync("src/channel-object/commands/handlers.ts", "utf8");

interface Row {
  command: string;
  name: string;
  path: string;
  codes: string[];
}

/** The rows of the table below a heading: the command, its function and file, and the error codes of its rules. */
function rowsOf(heading: string): Row[] {
  const [, section = ""] = page.split(`## ${heading}\n`);
  const [table = ""] = section.split("\n## ");
  return [...table.matchAll(/^\| `(\w+)` \| `(\w+)` in `([\w/.-]+)` \| (.*) \|$/gm)].map(
    ([, command = "", name = "", path = "", rules = ""]) => ({
      command,
      name,
      path,
      codes: sorted([...rules.matchAll(/`(\w+)`/g)].map(([, code = ""]) => code).filter(isErrorCode)),
    }),
  );
}

const sorted = (codes: Iterable<string>): string[] => [...new Set(codes)].toSorted();
const isErrorCode = (code: string): boolean => (errorCodes as string[]).includes(code);

/** The source of each top-level function of the files that can reject a command, by its name. */
const functions = new Map(
  [
    ...globSync("src/features/*/{decide,mentions,message,names,prepare}.ts"),
    "src/domain/room-state.ts",
  ].flatMap((path) => {
    const declarations = readFileSync(path, "utf8").split(
      /^(?=(?:export )?(?:async )?(?:function|const|interface|type) )/m,
    );
    return declarations.flatMap((source): [string, string][] => {
      const [, name] = /^(?:export )?(?:async )?(?:function|const) (\w+)/.exec(source) ?? [];
      return name === undefined ? [] : [[name, source]];
    });
  }),
);

/** The error codes that a function throws, itself or through the functions that it calls. Defects (`internal`) aside. */
function codesOf(name: string, visited = new Set<string>()): string[] {
  if (visited.has(name)) return [];
  visited.add(name);
  const source = functions.get(name) ?? "";
  const calls = [...source.matchAll(/\b(\w+)\(/g)].map(([, called = ""]) => called);
  return sorted([
    ...[...source.matchAll(/\breject\(\s*"(\w+)"/g)].map(([, code = ""]) => code),
    ...(calls.includes("notFound") ? ["not_found"] : []),
    ...(calls.includes("invalidField") ? ["validation_failed"] : []),
    ...calls.filter((called) => functions.has(called)).flatMap((called) => codesOf(called, visited)),
  ]).filter((code) => code !== "internal");
}

/** The function of a handler that carries out this step of a command; undefined for none. */
function handlerOf(command: string, step: "decide" | "prepare"): string | undefined {
  const [, handler = ""] = new RegExp(`^  ${command}: \\{([^{}]*)\\}`, "m").exec(handlers) ?? [];
  return new RegExp(`\\b${step}: (\\w+)`).exec(handler)?.[1];
}

describe("docs/commands.md", () => {
  const decisions = rowsOf("Rules of each command");
  const preparations = rowsOf("Rules of the preparation");

  test("has a row for the decision of each command", () => {
    expect(decisions.map(({ command }) => command).toSorted()).toEqual(commandTypes.toSorted());
    for (const { command, name, path } of decisions) {
      expect(name, command).toBe(handlerOf(command, "decide"));
      expect(readFileSync(path, "utf8"), command).toContain(`export function ${name}(`);
    }
  });

  test.each(decisions)("lists the error codes of $name, and no others", ({ name, codes }) => {
    expect(codes).toEqual(codesOf(name));
  });

  test("has a row for each preparation", () => {
    const prepared = commandTypes.filter((command) => handlerOf(command, "prepare") !== undefined);
    expect(preparations.map(({ command }) => command).toSorted()).toEqual(prepared.toSorted());
    for (const { command, name, path } of preparations) {
      expect(name, command).toBe(handlerOf(command, "prepare"));
      expect(readFileSync(path, "utf8"), command).toContain(` ${name}`);
    }
  });

  test.each(preparations)("lists the error codes of $name", ({ name, codes }) => {
    // Hubs reject with further codes, which are not in these files.
    expect(codes).toEqual(expect.arrayContaining(codesOf(name)));
  });

  test("names only files that exist", () => {
    const paths = [...page.matchAll(/`((?:src|test)\/[\w/.-]+)`/g)].map(([, path = ""]) => path);
    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
  });

  test("finds the codes of calls as well", () => {
    expect(codesOf("authorize")).toEqual(["forbidden", "not_found"]);
    expect(codesOf("decideUpdateThread")).toEqual(codesOf("decideUpdateMessage"));
  });
});
