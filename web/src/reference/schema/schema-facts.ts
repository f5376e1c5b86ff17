import type { Schema } from "../contract/document.ts";

/** A constraint or an annotation of a schema, for display. */
export interface Fact {
  label: string;
  /** A phrase. */
  text?: string;
  /** Values in the notation of JSON, or a pattern. */
  codes?: readonly string[];
}

/** Returns the constraints, allowed values, default and examples of a schema, in a fixed order. The type is not among them. */
export function factsOf(schema: Schema): Fact[] {
  const { format, pattern, not, multipleOf, uniqueItems, propertyNames } = schema;
  const facts: (Fact | undefined | false)[] = [
    "const" in schema && { label: "Always", codes: [json(schema.const)] },
    schema.enum && { label: "One of", codes: schema.enum.map(json) },
    not && "const" in not && { label: "Not", codes: [json(not.const)] },
    format !== undefined && { label: "Format", codes: [format] },
    phrase("Length", range(schema.minLength, schema.maxLength), "character"),
    phrase("Range", numberRange(schema), ""),
    multipleOf !== undefined && { label: "Multiple of", codes: [json(multipleOf)] },
    phrase("Size", range(schema.minItems, schema.maxItems), "item"),
    uniqueItems === true && { label: "Items", text: "all different" },
    phrase("Size", range(schema.minProperties, schema.maxProperties), "property"),
    propertyNames && phrase("Keys", range(propertyNames.minLength, propertyNames.maxLength), "character"),
    pattern !== undefined && { label: "Pattern", codes: [pattern] },
    "default" in schema && { label: "Default", codes: [json(schema.default)] },
    exampleFact(schema),
  ];
  return facts.filter((fact): fact is Fact => Boolean(fact));
}

const json = (value: unknown): string => JSON.stringify(value) ?? "undefined";

function exampleFact(schema: Schema): Fact | undefined {
  const examples = "example" in schema ? [schema.example] : (schema.examples ?? []);
  if (examples.length === 0) return undefined;
  return { label: examples.length > 1 ? "Examples" : "Example", codes: examples.map(json) };
}

/** A range as text, and whether its last number is one. */
interface Range {
  text: string;
  isOne: boolean;
}

function range(min: number | undefined, max: number | undefined): Range | undefined {
  if (min !== undefined && max !== undefined)
    return { text: min === max ? `${min}` : `${min} to ${max}`, isOne: max === 1 };
  if (max !== undefined) return { text: `at most ${max}`, isOne: max === 1 };
  // A minimum of zero excludes nothing.
  return min ? { text: `at least ${min}`, isOne: min === 1 } : undefined;
}

function numberRange(schema: Schema): Range | undefined {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const bounds = [
    minimum !== undefined && `≥ ${minimum}`,
    exclusiveMinimum !== undefined && `> ${exclusiveMinimum}`,
    maximum !== undefined && `≤ ${maximum}`,
    exclusiveMaximum !== undefined && `< ${exclusiveMaximum}`,
  ].filter((bound) => bound !== false);
  return bounds.length > 0 ? { text: bounds.join(", "), isOne: false } : undefined;
}

const plurals: Readonly<Record<string, string>> = {
  character: "characters",
  item: "items",
  property: "properties",
};

function phrase(label: string, found: Range | undefined, unit: string): Fact | undefined {
  if (!found) return undefined;
  const noun = found.isOne ? unit : (plurals[unit] ?? "");
  return { label, text: noun ? `${found.text} ${noun}` : found.text };
}
