import { z } from "zod";
import { errorsOf } from "../../src/protocol/endpoint.ts";
import { type Endpoint, metaOf } from "./protocol.ts";
import { docComment, isOptional, itemsOf, sentence, type TypeWriter } from "./types.ts";

/** Writes the TypeScript constant of an endpoint; `needs` holds the names of the types that it refers to. */
export function endpointConstant(
  name: string,
  module: string,
  endpoint: Endpoint,
  types: TypeWriter,
): { text: string; needs: Set<string> } {
  return types.collect(() => {
    const input = inputOf(name, module, endpoint, types);
    const output = `${outputOf(name, module, endpoint, types)}${acceptedOf(endpoint, types)}`;
    const properties = Object.entries(runtimeOf(endpoint)).map(
      ([key, value]) => `${key}: ${JSON.stringify(value)}`,
    );
    return `${endpointComment(endpoint)}export const ${name}: Endpoint<${input}, ${output}> = { ${properties.join(", ")} };`;
  });
}

/** Returns the properties of an endpoint that the client uses at run time; see `Endpoint` in src/client/endpoint.ts. */
export function runtimeOf(endpoint: Endpoint) {
  const { method, path, auth, body, consumes, status, response } = endpoint;
  return {
    method: method.toUpperCase(),
    path,
    ...(auth === "public" && { isPublic: true }),
    ...(body && { sends: "json" }),
    ...(consumes && { sends: "bytes" }),
    ...(!response && { answers: status === 204 || status === 202 ? "nothing" : "response" }),
    ...(isIdempotent(endpoint) && { idempotent: true }),
    ...(hasNonce(endpoint) && { takesNonce: true }),
    ...pagesOf(endpoint),
  };
}

/** Whether repeating a request has the same outcome, so that the client may retry it without knowing the first one's. */
function isIdempotent(endpoint: Endpoint): boolean {
  const { method, repeatStatus, repeatable } = endpoint;
  return (
    method === "get" || method === "put" || method === "delete" || repeatStatus === 200 || repeatable === true
  );
}

const shapeOf = (schema: z.ZodType | undefined): Record<string, z.core.$ZodType> =>
  schema instanceof z.ZodObject ? schema.shape : {};

const hasNonce = ({ body }: Endpoint): boolean => "nonce" in shapeOf(body);

function pagesOf({ query, response }: Endpoint): { pages?: "cursor" | "messages" | "events" } {
  const responseShape = shapeOf(response);
  if ("cursor" in shapeOf(query)) return { pages: "cursor" };
  if ("events" in responseShape) return { pages: "events" };
  return "hasMoreBefore" in responseShape ? { pages: "messages" } : {};
}

const pascal = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

function inputOf(name: string, module: string, endpoint: Endpoint, types: TypeWriter): string {
  const { params, query, body, consumes } = endpoint;
  const inputName = `${pascal(name)}Input`;
  const parts: string[] = [];
  const add = (part: string, schema: z.ZodType | undefined, isOptionalPart = false): void => {
    if (!schema) return;
    const type = types.interface(`${pascal(name)}${pascal(part)}`, module, schema, "input");
    parts.push(`${part}${isOptionalPart ? "?" : ""}: ${type};\n`);
  };
  return types.declare(inputName, module, "input", () => {
    if (params) parts.push(`params: ${types.type(anonymous(params), "input")};\n`);
    add(
      "query",
      query,
      Object.values(shapeOf(query)).every((one) => isOptional(one, "input")),
    );
    add("body", body);
    if (consumes)
      parts.push(
        `${docComment("The bytes; the type of the `Blob`, if it has one, is sent as their media type.")}bytes: Blob;\n`,
      );
    return parts.length === 0
      ? `export type ${inputName} = NoInput;`
      : `export interface ${inputName} {\n${parts.join("")}}`;
  });
}

/** Copies a named schema of parameters into one without a name, so that it is written inline. */
const anonymous = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodObject ? z.object(schema.shape) : schema;

function outputOf(name: string, module: string, { response, status }: Endpoint, types: TypeWriter): string {
  if (!response) return status === 204 || status === 202 ? "undefined" : "Response";
  const page = itemsOf(response);
  if (page && Object.keys(page.rest).length === 0) {
    const item = types.type(page.item, "output");
    types.need("Page");
    return `Page<${item}>`;
  }
  return types.interface(`${pascal(name)}Response`, module, response, "output");
}

/** Returns the type that is a further one of the output; empty if there is none. */
const acceptedOf = ({ acceptedResponse }: Endpoint, types: TypeWriter): string =>
  acceptedResponse ? ` | ${types.type(acceptedResponse, "output")}` : "";

/** Returns the error codes that are specific to this endpoint: without those that any endpoint may return. */
export function ownErrors(endpoint: Endpoint): string[] {
  const common = new Set([
    "internal",
    "rate_limited",
    "second_factor_required",
    "unavailable",
    "unauthenticated",
    "unsupported_media_type",
  ]);
  return errorsOf(endpoint).filter((code) => !common.has(code) || endpoint.errors.includes(code));
}

function endpointComment(endpoint: Endpoint): string {
  const errors = ownErrors(endpoint);
  const codes = errors.map((code) => `\`${code}\``).join(", ");
  const address = `\`${endpoint.method.toUpperCase()} ${endpoint.path}\``;
  const description = metaOf(endpoint.response ?? z.never())["description"];
  return docComment(
    sentence(endpoint.summary),
    address,
    typeof description === "string" ? sentence(description) : undefined,
    errors.length > 0 ? `@throws ParleyError ${codes}` : undefined,
  );
}
