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

/** A row of the table of the checks that every command passes. */
interface Check {
  row: number;
  codes: string[];
  where: { name: string; path: string }[];
  /** By transport: `✓`, `once` or `–`. */
  marks: string[];
}

const ascending = (one: number, other: number): number => one - other;
const transports = ["REST", "Subscribed", "Not subscribed", "Own socket"];

const checks = [
  ...page.matchAll(/^\| (\d+) \| .+ \| (.+) \| (.+) \| (.+) \| (.+) \| (.+) \| (.+) \|$/gm),
].map(([, row, codes = "", where = "", ...marks]): Check => ({
  row: Number(row),
  codes: [...codes.matchAll(/`(\w+)`/g)].map(([, code = ""]) => code),
  where: [...where.matchAll(/`([#\w]+)` in `([\w/.-]+)`/g)].map(([, name = "", path = ""]) => ({
    name,
    path,
  })),
  marks,
}));

/** Codes that a file of that table throws for something other than a command. */
const otherCodes: Record<string, string[]> = {
  // Creating a channel in a room that has one.
  "src/channel-object/channel-room.ts": ["conflict"],
  // The frames `subscribe` and `statusUpdate`.
  "src/channel-object/sockets/frame-handler.ts": ["validation_failed"],
  // The handshake of a room's socket.
  "src/channel-object/sockets/socket-admission.ts": ["unauthenticated"],
  // The frames `subscribe` and `typing`.
  "src/gateway/channel-queue.ts": ["conflict"],
  // Other calls of a hub.
  "src/user-object/rpc-failures.ts": ["not_found", "conflict", "second_factor_required", "unavailable"],
};

/** The error codes that occur in a source text, defects aside. */
const codesIn = (source: string): string[] =>
  sorted([
    ...[...source.matchAll(/\b(?:reject\(|code:)\s*"(\w+)"/g)].map(([, code = ""]) => code),
    ...(/\bnotFound\(|, "readChannel"\)/.test(source) ? ["not_found"] : []),
    ...(/\binvalidFields?\(/.test(source) ? ["validation_failed"] : []),
  ]).filter((code) => code !== "internal");

/** The source of a function or method of a file, with the functions beside it that it uses; undefined if there is none. */
function sourceOf(path: string, name: string, visited = new Set<string>()): string | undefined {
  visited.add(name);
  const text = readFileSync(path, "utf8");
  const declaration = new RegExp(
    String.raw`^(?:(?:export )?(?:async )?function\*? ${name}\b.*?^}$|(?:export )?const ${name} = [^;]*?=>$.*?;$` +
      String.raw`|(?:export )?const ${name} = .*?(?:^}.*;$|;$)|  (?:override )?(?:async )?${name}\([^;]*? \{$.*?^  }$)`,
    "ms",
  );
  const [source] = declaration.exec(text) ?? [];
  if (source === undefined) return undefined;
  const used = new Set([...source.matchAll(/(?<![.#\w])\w+/g)].map(([word]) => word));
  const beside = [...text.matchAll(/^(?:export )?(?:async )?(?:function\*?|const) (\w+)/gm)]
    .map(([, other = ""]) => other)
    .filter((other) => used.has(other) && !visited.has(other));
  return [source, ...beside.map((other) => sourceOf(path, other, visited) ?? "")].join("\n");
}

/** The rows that an order of the page lists. */
const orderOf = (heading: string): number[] =>
  (new RegExp(String.raw`^- \*\*${heading}\*\*: ([\d →]+)$`, "m").exec(page)?.[1] ?? "")
    .split(" → ")
    .map(Number);

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

  test("numbers the checks of every command", () => {
    expect(checks.map(({ row }) => row)).toEqual(Array.from({ length: 32 }, (_, index) => index + 1));
  });

  test.each(checks)("row $row names functions that throw its codes", ({ codes, where }) => {
    expect(where).not.toEqual([]);
    const thrown = where.flatMap(({ name, path }) => {
      const source = sourceOf(path, name);
      expect(source, `${name} in ${path}`).toBeDefined();
      return codesIn(source ?? "");
    });
    expect(thrown).toEqual(expect.arrayContaining(codes));
  });

  const files = sorted([
    ...checks.flatMap(({ where }) => where.map(({ path }) => path)),
    ...globSync("src/channel-object/commands/*.ts"),
  ]);
  test.each(files)("the rows of %s name all its codes", (path) => {
    const rows = checks.filter(({ where }) => where.some((place) => place.path === path));
    const named = new Set(rows.flatMap(({ codes }) => codes));
    const missing = codesIn(readFileSync(path, "utf8")).filter((code) => !named.has(code));
    expect(missing).toEqual(sorted(otherCodes[path] ?? []));
  });

  test.each(transports.map((name, column) => ({ name, column })))(
    "the orders of $name list its rows",
    ({ name, column }) => {
      const rows = checks.filter(({ marks }) => marks[column] === "✓").map(({ row }) => row);
      const inRoom = orderOf("Commands with a preparation");
      expect([...orderOf(name), ...inRoom].toSorted(ascending)).toEqual(rows);
      const preparation = 24;
      expect([...orderOf("Commands without a preparation"), preparation].toSorted(ascending)).toEqual(
        inRoom.toSorted(ascending),
      );
    },
  );

  test("names only files that exist", () => {
    const paths = [...page.matchAll(/`((?:src|test)\/[\w/.-]+)`/g)].map(([, path = ""]) => path);
    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
  });

  test("finds the codes of calls as well", () => {
    expect(codesOf("authorize")).toEqual(["forbidden", "not_found"]);
    expect(codesOf("decideUpdateThread")).toEqual(codesOf("decideUpdateMessage"));
  });
});
