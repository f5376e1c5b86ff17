import { z } from "zod";

export type JsonSchema = { [keyword: string]: unknown };

/** Converts zod types to JSON Schemas for one document. A type with an id becomes a component and is referenced. */
export interface SchemaSet {
  /** The schema of data that clients send: unknown fields are rejected, fields with a default are optional. */
  input(type: z.ZodType): JsonSchema;
  /** The schema of data that the server sends. Open to additional fields, since an addition does not change the protocol version. */
  output(type: z.ZodType): JsonSchema;
  /** The components that were collected so far, by name. */
  components(): Record<string, JsonSchema>;
}

/**
 * Creates a set of JSON Schemas for one document.
 *
 * @param target `draft-2020-12` for OpenAPI 3.1, `draft-07` for AsyncAPI 3.0
 * @throws Error when two different schemas have the same id
 */
export function schemaSet(target: "draft-2020-12" | "draft-07"): SchemaSet {
  const components = new Map<string, JsonSchema>();

  const convert = (type: z.ZodType, io: "input" | "output"): JsonSchema => {
    const {
      $schema: _,
      $defs,
      definitions,
      ...root
    } = z.toJSONSchema(type, { target, io, override: documentedType });
    for (const [id, found] of Object.entries($defs ?? definitions ?? {})) {
      const schema = normalizeSchema(found, io) as JsonSchema;
      const existing = components.get(id);
      if (existing && JSON.stringify(existing) !== JSON.stringify(schema))
        throw new Error(`Two schemas have the id ${id}`);
      components.set(id, schema);
    }
    return normalizeSchema(root, io) as JsonSchema;
  };

  return {
    input: (type) => convert(type, "input"),
    output: (type) => convert(type, "output"),
    components: () => Object.fromEntries([...components].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

type Override = NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>["override"]>;

const documentedType: Override = ({ zodSchema, jsonSchema: schema }) => {
  // Zod omits the default of a transform, whose input has another type. Here the output type is documented.
  if (zodSchema instanceof z.ZodDefault) schema.default = zodSchema.def.defaultValue;
  // A number in a query is a string with a pattern to zod. The pattern does not apply to the documented integer.
  if (schema.type === "integer") delete schema.pattern;
};

/**
 * Normalizes the output of zod: references point to `components`, duplicate alternatives and the bounds of safe integers are removed, and
 * output schemas allow additional properties.
 */
function normalizeSchema(node: unknown, io: "input" | "output"): unknown {
  if (Array.isArray(node)) return node.map((item) => normalizeSchema(item, io));
  if (typeof node !== "object" || node === null) return node;
  const schema: JsonSchema = {};
  for (const [key, value] of Object.entries(node)) {
    if (key === "additionalProperties" && value === false && io === "output") continue;
    if (value === Number.MIN_SAFE_INTEGER || value === Number.MAX_SAFE_INTEGER) continue;
    if (key === "$ref")
      schema[key] = String(value).replace(/^#\/(\$defs|definitions)\//, "#/components/schemas/");
    else if (key === "anyOf" && Array.isArray(value))
      schema[key] = distinct(value.map((item) => normalizeSchema(item, io)));
    else schema[key] = normalizeSchema(value, io);
  }
  // Draft 7 needs `allOf` only around a reference with sibling keywords, but zod writes it around every reference.
  if (Array.isArray(schema.allOf) && schema.allOf.length === 1 && Object.keys(schema).length === 1)
    return schema.allOf[0];
  if (schema.type === "integer" && schema.maximum === undefined) schema.format = "int64";
  return schema;
}

const distinct = (items: unknown[]): unknown[] => [
  ...new Map(items.map((item) => [JSON.stringify(item), item])).values(),
];
