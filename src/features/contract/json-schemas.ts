import { z } from "zod";

export type JsonSchema = { [keyword: string]: unknown };

/** What a document says of the protocol's zod types. Types with an id are said once, as components. */
export interface SchemaSet {
  /** As clients send it: unknown fields refused, defaults optional. */
  input(type: z.ZodType): JsonSchema;
  /** As the server sends it. Open to more fields: an addition is no new version. */
  output(type: z.ZodType): JsonSchema;
  /** Those with an id that were met so far, by name. */
  components(): Record<string, JsonSchema>;
}

/** OpenAPI 3.1 speaks JSON Schema 2020-12, AsyncAPI 3.0 draft 7. Throws when one id names two different schemas. */
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
      const known = components.get(id);
      if (known && JSON.stringify(known) !== JSON.stringify(schema))
        throw new Error(`Two schemas are named ${id}`);
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
  // Zod leaves out the default of a transform, whose input has another type; the documented type is the output's.
  if (zodSchema instanceof z.ZodDefault) schema.default = zodSchema.def.defaultValue;
  // A number in a query is a string to zod; its pattern says nothing about an integer.
  if (schema.type === "integer") delete schema.pattern;
};

/** References into `components`, each alternative once, no bounds that only mean "an integer", answers open to additions. */
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
  // Draft 7 needs `allOf` around a reference that has something beside it; zod writes it around all.
  if (Array.isArray(schema.allOf) && schema.allOf.length === 1 && Object.keys(schema).length === 1)
    return schema.allOf[0];
  if (schema.type === "integer" && schema.maximum === undefined) schema.format = "int64";
  return schema;
}

const distinct = (items: unknown[]): unknown[] => [
  ...new Map(items.map((item) => [JSON.stringify(item), item])).values(),
];
