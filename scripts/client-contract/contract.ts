import { format } from "oxfmt";
import { commands, type CommandType } from "../../src/protocol/commands.ts";
import { errorCatalog } from "../../src/protocol/errors.ts";
import { eventTypes } from "../../src/protocol/events.ts";
import {
  controlFrames,
  type ControlType,
  sockets,
  subprotocol,
  ServerEnvelope,
} from "../../src/protocol/frames.ts";
import { signalTypes } from "../../src/protocol/presence.ts";
import { PushPayload } from "../../src/protocol/push.ts";
import { userEventTypes, userSignalTypes } from "../../src/protocol/user-events.ts";
import { endpointConstant } from "./endpoints.ts";
import { endpoints, moduleOfEndpoint } from "./protocol.ts";
import { protocolSource } from "./source-comments.ts";
import { docComment, sentence, TypeWriter } from "./types.ts";

/** Modules without zod, which are copied to the client unchanged. */
const copied = ["close-codes", "compact-events", "limits", "version"];

const header = (source: string): string => `// Generated from ${source} by \`npm run docs\`. Do not edit.\n`;

/** Generates the files of `src/client/contract`, by name: the protocol as plain types and constants, without zod. */
export async function contractFiles(): Promise<Map<string, string>> {
  const types = new TypeWriter();
  const parts = new Map<string, { text: string; needs: Set<string> }[]>();
  const add = (module: string, part: { text: string; needs: Set<string> }): void => {
    parts.set(module, [...(parts.get(module) ?? []), part]);
  };

  types.declare("Page", "common", "output", () => pageType);
  types.type(ServerEnvelope, "output");
  types.type(PushPayload, "output");
  for (const [name, endpoint] of Object.entries(endpoints)) {
    const module = moduleOfEndpoint(name);
    add(module, endpointConstant(name, module, endpoint, types));
  }
  add(
    "commands",
    types.collect(() => commandTypes(types)),
  );
  add(
    "frames",
    types.collect(() => frameTypes(types)),
  );
  add("errors", { text: errorConstants(), needs: new Set() });
  add("events", { text: eventConstants("Event", "EventEnvelope", eventTypes), needs: new Set() });
  add("presence", { text: eventConstants("Signal", "SignalEnvelope", signalTypes), needs: new Set() });
  add("user-events", {
    text: [
      eventConstants("UserEvent", "UserEventEnvelope", userEventTypes),
      eventConstants("UserSignal", "UserSignalEnvelope", userSignalTypes),
    ].join("\n\n"),
    needs: new Set(),
  });

  const texts = new Map(copied.map((module) => [module, protocolSource(module)]));
  const modules = new Set([...parts.keys(), ...[...types.declarations.values()].map(({ module }) => module)]);
  for (const module of modules) texts.set(module, moduleText(module, types, parts.get(module) ?? []));
  const index = [...texts.keys()].toSorted().map((module) => `export * from "./${module}.ts";\n`);
  texts.set("index", index.join(""));

  const files = new Map<string, string>();
  for (const [module, text] of texts) {
    const source = module === "index" ? "src/protocol" : `src/protocol/${module}.ts`;
    const { code, errors } = await format(`${module}.ts`, `${header(source)}\n${text}`, { printWidth: 110 });
    if (errors.length > 0) throw new Error(`${module}.ts: ${JSON.stringify(errors)}`);
    files.set(`${module}.ts`, code);
  }
  return files;
}

function moduleText(
  module: string,
  types: TypeWriter,
  parts: readonly { text: string; needs: Set<string> }[],
): string {
  const own = [...types.declarations.values()].filter((declaration) => declaration.module === module);
  const all = [...own, ...parts];
  const needed = new Set(all.flatMap(({ needs }) => [...needs]));
  const imports = new Map<string, string[]>();
  for (const name of [...needed].toSorted()) {
    const home = types.declarations.get(name)?.module;
    if (home !== undefined && home !== module) imports.set(home, [...(imports.get(home) ?? []), name]);
  }
  const text = all.map((part) => part.text).join("\n\n");
  const lines = [...imports].map(
    ([home, names]) => `import type { ${names.join(", ")} } from "./${home}.ts";\n`,
  );
  const shared = ["Endpoint", "NoInput"].filter((name) => new RegExp(`\\b${name}\\b`).test(text));
  if (shared.length > 0) lines.unshift(`import type { ${shared.join(", ")} } from "../endpoint.ts";\n`);
  return `${lines.join("")}\n${text}\n`;
}

const pageType = `${docComment("One page of a list.")}export interface Page<Item> {
  items: Item[];
  ${docComment("Pass it as `cursor` to get the next page; null on the last one.")}nextCursor: string | null;
}`;

const pascal = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
const list = (name: string, items: readonly string[]): string =>
  `export const ${name} = ${JSON.stringify(items)} as const;`;

/** Writes the list of type names of a kind of event, and the types derived from it. */
const eventConstants = (kind: string, envelope: string, names: readonly string[]): string =>
  [
    list(`${kind.charAt(0).toLowerCase()}${kind.slice(1)}Types`, names),
    `export type ${kind}Type = ${envelope}["type"];`,
    `export type ${kind}Data<T extends ${kind}Type> = Extract<${envelope}, { type: T }>["data"];`,
  ].join("\n\n");

/** Writes `Commands`: the data that each command of a channel accepts, and the data of its `ack`. */
function commandTypes(types: TypeWriter): string {
  const entries = Object.entries(commands).map(([type, { summary, data, ack }]) => {
    const input = types.interface(`${pascal(type)}Data`, "commands", data, "input");
    const output = types.interface(`${pascal(type)}Ack`, "commands", ack, "output");
    return `${docComment(sentence(summary))}${type}: { data: ${input}; ack: ${output} };\n`;
  });
  const withNonce = (Object.keys(commands) as CommandType[]).filter(
    (type) => "nonce" in commands[type].data.shape,
  );
  return [
    `${docComment("The commands of a channel: the data that each accepts, and the data of its `ack`.")}export interface Commands {\n${entries.join("")}}`,
    "export type CommandType = keyof Commands;",
    list("commandTypes", Object.keys(commands)),
    `${docComment("Commands with an idempotency key.")}${list("nonceCommands", withNonce)}`,
  ].join("\n\n");
}

function frameTypes(types: TypeWriter): string {
  const entries = (Object.keys(controlFrames) as ControlType[]).map((type) => {
    const { summary, data } = controlFrames[type];
    return `${docComment(sentence(summary))}${type}: ${types.interface(`${pascal(type)}Frame`, "frames", data, "input")};\n`;
  });
  const paths = Object.entries(sockets).map(([name, { path }]) => `${name}: ${JSON.stringify(path)}`);
  return [
    `${docComment("Frames that a client sends and that are not commands.")}export interface ControlFrames {\n${entries.join("")}}`,
    `export const subprotocol = ${JSON.stringify(subprotocol)};`,
    `${docComment("Paths of the WebSockets.")}export const socketPaths = { ${paths.join(", ")} } as const;`,
  ].join("\n\n");
}

function errorConstants(): string {
  const codes = Object.entries(errorCatalog);
  const doc = docComment(
    "Error codes: their HTTP status, and whether the same request can succeed later without a change.",
  );
  const rows = codes.map(
    ([code, { status, retry, title, help }]) =>
      `${docComment(`${sentence(title)} ${help}`)}${code}: { status: ${status}, retry: ${retry} },\n`,
  );
  return `${doc}export const errorCodes = {\n${rows.join("")}} as const;\n\nexport type ErrorCode = keyof typeof errorCodes;`;
}
