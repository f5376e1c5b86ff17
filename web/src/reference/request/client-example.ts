import type { Components, OpenApi, Schema } from "../contract/document.ts";
import { type OperationEntry, parametersOf, responsesOf } from "../contract/entries.ts";
import { flattenSchema } from "../schema/flatten-schema.ts";
import { sourceLiteral } from "../text/source-literal.ts";
import { isJsonType, type OperationInput, parameterKey } from "./operation-input.ts";
import { requiredCredential } from "./required-credential.ts";

/** How the token is named in examples. */
const tokens = { none: null, "access token": "<access token>", "server key": "srv_…" } as const;

/**
 * Writes a call of an operation with `parley/client` as TypeScript: an iteration over all pages for a list, and a connection for an operation
 * that opens a socket.
 *
 * @param origin - scheme, host and port of the server
 */
export function clientExample(
  origin: string,
  entry: OperationEntry,
  input: OperationInput,
  openApi: OpenApi,
): string {
  const { operation, id, socket } = entry;
  const token = tokens[requiredCredential(operation)];
  const options = { url: origin, ...(token !== null && { token }) };
  const isOneChannel = entry.path.includes("{channelId}");
  if (socket) return socketExample(options, isOneChannel);
  const { schemas } = openApi.components;
  const answer = answerOf(entry, openApi);
  const isList = answer === "list" && parametersOf(operation).some(({ name }) => name === "cursor");
  const call = `client.${isList ? "list" : "call"}(${[id, ...inputOf(entry, input, schemas)].join(", ")})`;
  const statement = isList
    ? `for await (const item of ${call}) {\n  console.log(item);\n}`
    : answer === "nothing"
      ? `await ${call};`
      : `const ${answer === "response" ? "response" : "answer"} = await ${call};`;
  const needsFile = input.contentType !== null && !isJsonType(input.contentType);
  return [
    importLine(["createClient", id]),
    "",
    `const client = createClient(${sourceLiteral(options)});`,
    ...(needsFile ? ['const file = new Blob(["the bytes"]);'] : []),
    statement,
  ].join("\n");
}

const importLine = (names: readonly string[]): string =>
  `import { ${names.join(", ")} } from "parley/client";`;

function socketExample(options: object, isOneChannel: boolean): string {
  const channelId = JSON.stringify("chn_01M8GFARZ9G15DD56ZNRDJRWG3");
  return [
    importLine(["createClient"]),
    "",
    `const client = createClient(${sourceLiteral(options)});`,
    ...(isOneChannel
      ? [`const room = client.room(${channelId});`]
      : ["const realtime = client.connect();", `const room = realtime.subscribe(${channelId});`]),
    'room.on("messageCreate", ({ data }) => console.log(data.message.content));',
    'await room.send("messageCreate", { content: "Hello" });',
  ].join("\n");
}

/** Returns the input of the call as source text; empty if the call needs none. */
function inputOf(
  { operation }: OperationEntry,
  { values, contentType, body }: OperationInput,
  components: Components,
): string[] {
  const given: Record<"params" | "query", Record<string, unknown>> = { params: {}, query: {} };
  for (const parameter of parametersOf(operation)) {
    const value = values.get(parameterKey(parameter));
    if (!value) continue;
    if (parameter.in === "path")
      given.params[parameter.name] = typedValue(value, parameter.schema, components);
    if (parameter.in === "query")
      given.query[parameter.name] = typedValue(value, parameter.schema, components);
  }
  const isJson = isJsonType(contentType);
  const parts = [
    ...Object.entries(given)
      .filter(([, named]) => Object.keys(named).length > 0)
      .map(([name, named]) => `${name}: ${sourceLiteral(named, "  ")}`),
    ...(isJson && body.trim() ? [`body: ${jsonLiteral(body)}`] : []),
    ...(contentType !== null && !isJson ? ["bytes: file"] : []),
  ];
  if (parts.length === 0) return [];
  const line = `{ ${parts.join(", ")} }`;
  return [
    line.length <= 80 && !line.includes("\n")
      ? line
      : `{\n${parts.map((part) => `  ${part},`).join("\n")}\n}`,
  ];
}

/** Returns a text of JSON as a literal; a text that is not JSON as a comment. */
function jsonLiteral(body: string): string {
  try {
    return sourceLiteral(JSON.parse(body), "  ");
  } catch {
    return "{} /* the body is not valid JSON */";
  }
}

/** Converts the text of a parameter to the type that the client expects. */
function typedValue(value: string, schema: Schema, components: Components): unknown {
  const { type } = flattenSchema(schema, components).schema;
  if (type === "boolean") return value === "true";
  const isNumber = type === "integer" || type === "number";
  return isNumber && value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value;
}

/** What the call returns: a page of a list, other JSON, nothing, or the `Response` because its content is not JSON. */
function answerOf({ operation }: OperationEntry, openApi: OpenApi): "list" | "json" | "nothing" | "response" {
  const success = responsesOf(operation, openApi).find(([status]) => /^[23]/.test(status))?.[1];
  const [type, media] = Object.entries(success?.content ?? {})[0] ?? [];
  if (type === undefined) return success && "302" in operation.responses ? "response" : "nothing";
  if (!isJsonType(type)) return "response";
  const { properties = {} } = flattenSchema(media?.schema ?? {}, openApi.components.schemas).schema;
  return "items" in properties && "nextCursor" in properties ? "list" : "json";
}
