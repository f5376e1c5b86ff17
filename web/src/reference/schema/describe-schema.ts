import type { Components, Schema } from "../contract/document.ts";
import { type Choice, type FlatSchema, flattenSchema } from "./flatten-schema.ts";
import { type Fact, factsOf } from "./schema-facts.ts";

/** A row of a schema tree. */
export interface SchemaNode {
  /** The name of the property, or what the node is: "each item", "option 1 of 3"; empty for the root. */
  name: string;
  /** Whether `name` is a property, to be shown as code. */
  isProperty: boolean;
  isRequired: boolean;
  /** For example `string`, `array of File`, `integer | null`. */
  type: string;
  description: string;
  facts: readonly Fact[];
  /** The node is inside another one of the same component, so its children are those of that one. */
  isRecursive: boolean;
  isDeprecated: boolean;
  /** Whether `childrenOf` returns any. */
  hasChildren: boolean;
  /** For `childrenOf`. */
  flat: FlatSchema;
  /** The names of the components from the root to this node. */
  path: readonly string[];
}

/** Describes a schema as the root of a tree. Children are described only when they are requested, so recursive schemas are finite. */
export const describeSchema = (schema: Schema, components: Components): SchemaNode =>
  node({ name: "", isProperty: false, isRequired: false }, schema, components, []);

/** Describes the children of a node: properties, values of other keys, items, alternatives. */
export function childrenOf(parent: SchemaNode, components: Components): SchemaNode[] {
  if (!parent.hasChildren) return [];
  const { schema, choices } = parent.flat;
  const child = (name: string, of: Schema): SchemaNode =>
    node({ name, isProperty: false, isRequired: false }, of, components, parent.path);
  const required = new Set(schema.required);
  const { additionalProperties, items, prefixItems = [], contains } = schema;
  return [
    ...Object.entries(schema.properties ?? {}).map(([name, property]) =>
      node({ name, isProperty: true, isRequired: required.has(name) }, property, components, parent.path),
    ),
    ...(isKnown(additionalProperties) ? [child("other keys", additionalProperties)] : []),
    ...prefixItems.map((item, index) => child(`item ${index + 1}`, item)),
    ...(contains ? [child("at least one item", contains)] : []),
    ...(!contains && isKnown(items) ? itemNodes(items, parent, components) : []),
    ...choices.flatMap(({ schemas }) =>
      schemas.map((choice, index) => child(`option ${index + 1} of ${schemas.length}`, choice)),
    ),
  ];
}

/** Describes the items of an array: of objects directly their properties, without a node between; of other types one node. */
function itemNodes(items: Schema, parent: SchemaNode, components: Components): SchemaNode[] {
  const place = { name: "each item", isProperty: false, isRequired: false };
  const each = node(place, items, components, parent.path);
  return each.hasChildren && each.flat.schema.properties ? childrenOf(each, components) : [each];
}

function node(
  place: Pick<SchemaNode, "name" | "isProperty" | "isRequired">,
  schema: Schema,
  components: Components,
  path: readonly string[],
): SchemaNode {
  const flat = flattenSchema(schema, components);
  const isRecursive = flat.names.some((name) => path.includes(name));
  return {
    ...place,
    type: typeOf(flat, components, scalarOf(flat)),
    description: flat.schema.description ?? "",
    facts: factsOf(flat.schema),
    isRecursive,
    isDeprecated: flat.schema.deprecated === true,
    hasChildren: !isRecursive && hasChildren(flat, components),
    flat,
    path: [...path, ...flat.names],
  };
}

function hasChildren({ schema, choices }: FlatSchema, components: Components): boolean {
  const { properties = {}, additionalProperties, items, prefixItems = [], contains } = schema;
  if (Object.keys(properties).length > 0 || prefixItems.length > 0 || contains) return true;
  if (isKnown(additionalProperties) || choices.some((choice) => !isSimple(choice, components))) return true;
  if (!isKnown(items)) return false;
  const item = flattenSchema(items, components);
  return hasChildrenBesides(item) || factsOf(item.schema).length > 0 || item.schema.description !== undefined;
}

/** Whether an item has children, without following its own items: their node is described when it is expanded. */
const hasChildrenBesides = ({ schema, choices }: FlatSchema): boolean =>
  Object.keys(schema.properties ?? {}).length > 0 || choices.length > 0 || isKnown(schema.items);

/** Whether a schema states anything: `true`, `false` and `{}` do not. */
const isKnown = (schema: Schema | boolean | undefined): schema is Schema =>
  typeof schema === "object" && Object.keys(schema).length > 0;

/** Whether all alternatives are types without constraints, which the type of the node lists already. */
const isSimple = ({ schemas }: Choice, components: Components): boolean =>
  schemas.every((schema) => {
    const { schema: keywords, choices, names } = flattenSchema(schema, components);
    return names.length === 0 && choices.length === 0 && Object.keys(keywords).every((key) => key === "type");
  });

/** @param suffix - text after the names of components */
function typeOf(
  { names, schema, choices, isNullable }: FlatSchema,
  components: Components,
  suffix = "",
): string {
  const type = names.length > 0 ? names.join(" & ") + suffix : baseType(schema, choices, components);
  return isNullable ? `${type} | null` : type;
}

/** Returns the JSON type of a component that has no children, such as ` (string)` of `MessageId`; empty for others. */
function scalarOf({ names, schema: { type } }: FlatSchema): string {
  const isScalar = typeof type === "string" && type !== "object" && type !== "array";
  return names.length > 0 && isScalar ? ` (${type})` : "";
}

/** At most so many alternatives are listed in a type. */
const listedAlternatives = 4;

function baseType(schema: Schema, choices: readonly Choice[], components: Components): string {
  const { type, properties, items, prefixItems, contains } = schema;
  if (choices.length > 0 && type === undefined && !properties)
    return choices.map((choice) => alternatives(choice, components)).join(" & ");
  if (type === undefined) return properties ? "object" : valueType(schema);
  if (typeof type !== "string") return type.join(" | ");
  if (type !== "array") return type;
  if (prefixItems)
    return `array of ${prefixItems.map((item) => typeOf(flattenSchema(item, components), components)).join(", ")}`;
  const item = contains ?? items;
  if (!isKnown(item)) return "array";
  const of = typeOf(flattenSchema(item, components), components);
  return `array of ${of.includes(" | ") ? `(${of})` : of}`;
}

function alternatives({ schemas }: Choice, components: Components): string {
  if (schemas.length > listedAlternatives) return `one of ${schemas.length} options`;
  const types = schemas.map((schema) => typeOf(flattenSchema(schema, components), components));
  return [...new Set(types)].join(" | ");
}

/** The type of the constant or the allowed values of a schema that states no type. */
function valueType(schema: Schema): string {
  const values = "const" in schema ? [schema.const] : (schema.enum ?? []);
  const types = values.map((value) =>
    value === null ? "null" : Array.isArray(value) ? "array" : typeof value,
  );
  return types.length > 0 ? [...new Set(types)].join(" | ") : "any";
}
