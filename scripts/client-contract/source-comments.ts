import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../support/paths.ts";

const comment = String.raw`/\*\*((?:[^*]|\*(?!/))*)\*/`;

/** Reads the source text of a module of `src/protocol`. */
export const protocolSource = (module: string): string =>
  readFileSync(join(repositoryRoot, "src/protocol", `${module}.ts`), "utf8");

/** Returns the doc comments of a module's exported constants, by name. */
export const exportComments = (module: string): Map<string, string> =>
  commentsBefore(module, String.raw`export const (\w+)`);

/** Returns the doc comments of the properties of a module's exported object, by property name. */
export function propertyComments(module: string, object: string): Map<string, string> {
  return commentsBefore(module, String.raw`(\w+):`, (source) => {
    const from = source.indexOf(`export const ${object} = {`);
    return source.slice(from, source.indexOf("\n}", from));
  });
}

function commentsBefore(
  module: string,
  what: string,
  part: (source: string) => string = (source) => source,
): Map<string, string> {
  const matches = part(protocolSource(module)).matchAll(new RegExp(String.raw`${comment}\s*${what}`, "g"));
  return new Map([...matches].map(([, text = "", name = ""]) => [name, plain(text)]));
}

/** Returns a comment without its asterisks, as one paragraph. */
const plain = (text: string): string =>
  text
    .replace(/^\s*\* ?/gm, " ")
    .replace(/\s+/g, " ")
    .trim();
