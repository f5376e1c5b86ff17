import { invalidField } from "../errors/app-error.ts";

/**
 * Rejects a query whose percent-encoded bytes are not UTF-8 with `validation_failed`. Without it such bytes would reach the schemas, and
 * names that are stored, in their encoded form. A `%` that begins no such byte stands for itself, as in
 * `application/x-www-form-urlencoded`. In a path such bytes are part of an id or an emoji that does not exist.
 */
export function requireUtf8Query(url: string): void {
  const start = url.indexOf("?");
  if (start < 0 || !url.includes("%", start)) return;
  for (const field of url.slice(start + 1).split("&")) {
    if (decoded(field) !== undefined) continue;
    throw invalidField(
      decoded(field.replace(/=.*/s, "")) ?? "",
      "Not readable as UTF-8",
      "The query is not UTF-8",
    );
  }
}

/** The text with its percent-encoded bytes decoded; undefined where they are not UTF-8. */
function decoded(text: string): string | undefined {
  try {
    return text.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, (bytes) => decodeURIComponent(bytes));
  } catch {
    return undefined;
  }
}
