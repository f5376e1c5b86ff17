const prose: ReadonlySet<string> = new Set(["title", "summary", "description"]);

/**
 * Removes the prose from a contract document: titles, summaries and descriptions, and the texts within examples, whose shape stays.
 * What remains is what clients and validators depend on, in its order.
 */
export function withoutProse(node: unknown, isExample = false): unknown {
  if (Array.isArray(node)) return node.map((item) => withoutProse(item, isExample));
  if (isExample && typeof node === "string") return "text";
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      // A property may be named `title`: its value is a schema, not a text.
      .filter(([key, value]) => isExample || !(prose.has(key) && typeof value === "string"))
      .map(([key, value]) => [
        key,
        withoutProse(value, isExample || key === "example" || key === "examples"),
      ]),
  );
}
