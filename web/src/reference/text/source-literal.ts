/** Values up to this length are written on one line. */
const lineLength = 60;

/**
 * Writes a JSON value as a literal of JavaScript: keys without quotes where possible, short values on one line.
 *
 * @param value - a value that JSON can represent
 * @param indent - the spaces before the line in which the literal begins
 */
export function sourceLiteral(value: unknown, indent = ""): string {
  const line = inline(value);
  if (typeof value !== "object" || value === null || line.length <= lineLength) return line;
  const inner = `${indent}  `;
  const lines = Array.isArray(value)
    ? value.map((item) => `${inner}${sourceLiteral(item, inner)},`)
    : Object.entries(value).map(([key, item]) => `${inner}${keyOf(key)}: ${sourceLiteral(item, inner)},`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return [open, ...lines, `${indent}${close}`].join("\n");
}

function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "undefined";
  const entries = Object.entries(value).map(([key, item]) => `${keyOf(key)}: ${inline(item)}`);
  return entries.length > 0 ? `{ ${entries.join(", ")} }` : "{}";
}

function keyOf(key: string): string {
  // In a literal this name, even in quotes, sets the prototype.
  if (key === "__proto__") return `["${key}"]`;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
}
