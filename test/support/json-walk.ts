export type Json = { [key: string]: unknown };

/** Yields every object within `value`, itself included, with its JSON pointer. */
export function* objectsIn(value: unknown, pointer = "#"): Generator<{ pointer: string; object: Json }> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield { pointer, object: value as Json };
  for (const [key, inner] of Object.entries(value)) {
    yield* objectsIn(inner, `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`);
  }
}

/** Resolves a JSON pointer of the form `#/a/b`; undefined if it leads nowhere. */
export function resolvePointer(document: unknown, pointer: string): unknown {
  const steps = pointer.replace(/^#\/?/, "").split("/").filter(Boolean);
  return steps.reduce<unknown>(
    (value, step) => (value as Json | undefined)?.[step.replaceAll("~1", "/").replaceAll("~0", "~")],
    document,
  );
}

/** Returns the references of a document that lead nowhere. */
export const danglingRefs = (document: unknown): string[] =>
  [...objectsIn(document)]
    .filter(
      ({ object }) =>
        typeof object["$ref"] === "string" && resolvePointer(document, object["$ref"]) === undefined,
    )
    .map(({ pointer, object }) => `${pointer} → ${String(object["$ref"])}`);
