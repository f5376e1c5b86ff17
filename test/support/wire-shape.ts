const proseKeys: ReadonlySet<string> = new Set(["title", "summary", "description"]);

/**
 * Removes the prose from a contract document: titles, summaries and descriptions, and the texts within examples, whose shape stays.
 * What remains is what clients and validators depend on. Keys are sorted: operations are in the order of a module's exports, which
 * Vitest keeps as in the source, while Node sorts the names of a module namespace.
 */
export function withoutProse(node: unknown, isExample = false): unknown {
  if (Array.isArray(node)) return node.map((item) => withoutProse(item, isExample));
  if (isExample && typeof node === "string") return "text";
  if (typeof node !== "object" || node === null) return node;
  // A property may be named `title`: its value is a schema, not a text.
  const isProse = (key: string, value: unknown): boolean =>
    !isExample && proseKeys.has(key) && typeof value === "string";
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key, value]) => !isProse(key, value))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [
        key,
        withoutProse(value, isExample || key === "example" || key === "examples"),
      ]),
  );
}
