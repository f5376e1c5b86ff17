import type { Components, Operation, Parameter } from "../contract/document.ts";
import { parametersOf } from "../contract/entries.ts";
import { exampleOf } from "../schema/example-of.ts";
import type { KnownValues } from "../schema/known-values.ts";

/** What a reader entered for an operation. */
export interface OperationInput {
  /** By the key of the parameter; absent or empty: not given. */
  values: ReadonlyMap<string, string>;
  /** Null for an operation without a body. */
  contentType: string | null;
  /** The text of a JSON body. */
  body: string;
}

/** Distinguishes parameters of the same name in different places. */
export const parameterKey = ({ in: place, name }: Pick<Parameter, "in" | "name">): string =>
  `${place}.${name}`;

export const isJsonType = (contentType: string | null): boolean =>
  contentType !== null && /[/+]json$/.test(contentType);

/** Returns the media types of the operation's body, JSON first; empty without a body. */
export const contentTypesOf = ({ requestBody }: Operation): string[] =>
  Object.keys(requestBody?.content ?? {}).toSorted(
    (one, other) => Number(isJsonType(other)) - Number(isJsonType(one)),
  );

/** Returns the example of the operation's JSON body: that of the document, or one that is built from the schema. */
export function bodyExample(
  { requestBody }: Operation,
  contentType: string | null,
  components: Components,
  known: KnownValues,
): unknown {
  const media = contentType === null ? undefined : requestBody?.content[contentType];
  if (!media) return undefined;
  if (media.example !== undefined) return media.example;
  const [first] = Object.values(media.examples ?? {});
  return first ? first.value : exampleOf(media.schema ?? {}, components, known);
}

/** Returns an example value of each required parameter, by its key. */
export function requiredValues(
  operation: Operation,
  components: Components,
  known: KnownValues,
): Map<string, string> {
  const required = parametersOf(operation).filter((parameter) => parameter.required);
  return new Map(
    required.map((parameter) => [parameterKey(parameter), parameterExample(parameter, components, known)]),
  );
}

/** Returns an example of a parameter as text. */
export function parameterExample(
  { name, schema }: Parameter,
  components: Components,
  known: KnownValues,
): string {
  const value = exampleOf(schema, components, known, name);
  return typeof value === "string" ? value : JSON.stringify(value);
}
