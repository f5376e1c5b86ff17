import { type Components, isObject, type Schema } from "../contract/document.ts";
import { flattenSchema } from "./flatten-schema.ts";
import type { KnownValues } from "./known-values.ts";

/** Nesting at which an example ends; deeper values are null. */
const maxDepth = 12;

/** Values of strings with a format. */
const ofFormat: Readonly<Record<string, string>> = {
  "date-time": "2026-11-22T09:30:00.000Z",
  uri: "https://example.org/",
  email: "ann@example.com",
};

/**
 * Builds an example of a schema: its own example or constant, a known value, or else a minimal value of its type. Optional properties are
 * included where a value is known and other examples include them as well.
 *
 * @param property - the name under which the value is sent, by which values are known as well
 */
export const exampleOf = (
  schema: Schema,
  components: Components,
  known: KnownValues,
  property = "",
): unknown => build(schema, property, { components, known, names: [], depth: 0 });

/** Returns an example of the required properties only; the whole example if none is required. */
export function requiredOnly(example: unknown, schema: Schema | undefined, components: Components): unknown {
  const required = schema ? (flattenSchema(schema, components).schema.required ?? []) : [];
  if (required.length === 0 || typeof example !== "object" || example === null) return example;
  return Object.fromEntries(Object.entries(example).filter(([name]) => required.includes(name)));
}

interface Context {
  components: Components;
  known: KnownValues;
  /** Components around this schema. */
  names: readonly string[];
  depth: number;
}

function build(schema: Schema, property: string, context: Context): unknown {
  const { components, known, names, depth } = context;
  const { names: ownNames, schema: flat, choices, isNullable } = flattenSchema(schema, components);
  if (depth > maxDepth || ownNames.some((name) => names.includes(name))) return null;
  const [name = ""] = ownNames;
  if (ownNames.length === 1 && known.ofSchema.has(name)) return known.ofSchema.get(name);
  if ("const" in flat) return flat.const;
  if ("example" in flat) return flat.example;
  if (flat.examples?.length) return flat.examples[0];
  const alternatives = choices.flatMap(({ schemas }) => schemas);
  const value = known.ofProperty.get(property);
  const isPossible = [flat, ...alternatives].some((one) => fits(one, value, components));
  if (value !== undefined && isPossible) return value;
  if ("default" in flat) return flat.default;
  if (flat.enum?.length) return flat.enum[0];
  const within = { ...context, names: [...names, ...ownNames], depth: depth + 1 };
  const parts = choices.flatMap(({ schemas }) =>
    schemas.slice(0, 1).map((one) => build(one, property, within)),
  );
  if (!flat.properties && parts.length > 0) return parts[0];
  const built = ofType(flat, isNullable, within);
  return isObject(built) ? Object.assign({}, ...parts.filter(isObject), built) : built;
}

function ofType(schema: Schema, isNullable: boolean, context: Context): unknown {
  const { type, properties = {}, required = [], items, minimum, maxLength = 4, format = "" } = schema;
  if (schema.properties || type === "object") {
    const entries = Object.entries(properties).filter(
      ([name, value]) => required.includes(name) || isUsual(name, value, properties, context),
    );
    return Object.fromEntries(entries.map(([name, value]) => [name, build(value, name, context)]));
  }
  if (type === "array") return typeof items === "object" ? [build(items, "", context)] : [];
  if (isNullable) return null;
  if (type === "integer" || type === "number") return minimum ?? 1;
  if (type === "boolean") return true;
  if (type === "string") return ofFormat[format] ?? "text".slice(0, maxLength);
  return null;
}

/** Whether an example includes an optional property: a value is known for it, or for a property inside it. */
function isUsual(
  name: string,
  schema: Schema,
  siblings: Readonly<Record<string, Schema>>,
  { known, components }: Context,
): boolean {
  // A position to resume from is not part of a typical frame.
  const isPosition = "since" in siblings && (name === "since" || name === "epoch");
  if (isPosition || known.rare.has(name)) return false;
  const { names, schema: flat } = flattenSchema(schema, components);
  if (known.ofProperty.has(name) || known.ofSchema.has(names[0] ?? "")) return true;
  const { properties = {}, required = [] } = flat;
  const inner = Object.keys(properties).filter((key) => !("since" in properties) || key !== "epoch");
  return required.length > 0 || inner.some((key) => known.ofProperty.has(key) && !known.rare.has(key));
}

/** Whether a value has the type of a schema, and is one of its values if it lists them. */
function fits(schema: Schema, value: unknown, components: Components): boolean {
  const { type, enum: values } = flattenSchema(schema, components).schema;
  if (values) return values.includes(value);
  if (Array.isArray(value)) return type === "array";
  if (Number.isInteger(value)) return type === "integer" || type === "number";
  return type === typeof value;
}
