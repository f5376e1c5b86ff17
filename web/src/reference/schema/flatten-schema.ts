import { type Components, own, referredName, type Schema } from "../contract/document.ts";

/** Alternatives of a schema. */
export interface Choice {
  keyword: "anyOf" | "oneOf";
  schemas: readonly Schema[];
}

/** A schema without `$ref`, `allOf`, `anyOf` and `oneOf` at its top level: these are resolved, merged or listed. */
export interface FlatSchema {
  /** The components of which it consists, in order; empty for an inline schema. */
  names: readonly string[];
  /** The merged keywords. Nested schemas are unchanged. */
  schema: Schema;
  choices: readonly Choice[];
  /** Null is valid in addition. */
  isNullable: boolean;
}

/**
 * Resolves the references of a schema at its top level, follows chains of them, merges the parts of `allOf`, and separates null from
 * alternatives. Nested schemas stay as they are, so that the cost does not depend on their depth. A reference that leads back to itself,
 * or to nothing, adds no keywords.
 */
export const flattenSchema = (schema: Schema, components: Components): FlatSchema =>
  flatten(schema, components, []);

function flatten(schema: Schema, components: Components, seen: readonly string[]): FlatSchema {
  const { $ref, allOf = [], anyOf, oneOf, ...keywords } = schema;
  const parts: FlatSchema[] = [];
  if ($ref !== undefined) parts.push(resolve($ref, components, seen));
  for (const part of allOf) parts.push(flatten(part, components, seen));
  if (anyOf) parts.push(choose({ keyword: "anyOf", schemas: anyOf }, components, seen));
  if (oneOf) parts.push(choose({ keyword: "oneOf", schemas: oneOf }, components, seen));
  parts.push(withoutNull(keywords));
  return parts.reduce(combine);
}

function resolve($ref: string, components: Components, seen: readonly string[]): FlatSchema {
  const name = referredName($ref);
  const target = own(components, name);
  const isEndless = seen.includes(name);
  const found = target && !isEndless ? flatten(target, components, [...seen, name]) : plain({});
  return { ...found, names: [name] };
}

/** Separates null from the alternatives. A single remaining one is the schema itself. */
function choose({ keyword, schemas }: Choice, components: Components, seen: readonly string[]): FlatSchema {
  const others = schemas.filter(({ type }) => type !== "null");
  const isNullable = others.length < schemas.length;
  const [only] = others;
  if (only && others.length === 1) {
    const found = flatten(only, components, seen);
    return { ...found, isNullable: isNullable || found.isNullable };
  }
  return { ...plain({}), choices: others.length > 0 ? [{ keyword, schemas: others }] : [], isNullable };
}

function withoutNull({ nullable = false, ...schema }: Schema): FlatSchema {
  const { type } = schema;
  if (!Array.isArray(type) || !type.includes("null")) return { ...plain(schema), isNullable: nullable };
  const others = type.filter((name) => name !== "null");
  return { ...plain({ ...schema, type: others.length === 1 ? others[0] : others }), isNullable: true };
}

const plain = (schema: Schema): FlatSchema => ({ names: [], schema, choices: [], isNullable: false });

/** Merges two parts. Where both have a keyword, the second one applies, except that properties and required names are united. */
function combine(one: FlatSchema, other: FlatSchema): FlatSchema {
  const properties = { ...one.schema.properties, ...other.schema.properties };
  const required = [...new Set([...(one.schema.required ?? []), ...(other.schema.required ?? [])])];
  return {
    names: [...one.names, ...other.names],
    schema: {
      ...one.schema,
      ...other.schema,
      ...(Object.keys(properties).length > 0 && { properties }),
      ...(required.length > 0 && { required }),
    },
    choices: [...one.choices, ...other.choices],
    isNullable: one.isNullable || other.isNullable,
  };
}
