import { invalidField } from "../errors/app-error.ts";

/**
 * Checks that the percent-encoded bytes of a query are UTF-8. Hono would pass other bytes on in their encoded form, and they could be
 * stored as part of a name. A `%` that does not begin an encoded byte is kept as it is (WHATWG URL, `application/x-www-form-urlencoded`
 * parsing). Paths need no check: an id or emoji with such bytes does not exist.
 *
 * @throws `validation_failed` with the name of the parameter
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

/** Decodes the percent-encoded bytes of a text; returns undefined when they are not UTF-8. */
function decoded(text: string): string | undefined {
  try {
    return text.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, (bytes) => decodeURIComponent(bytes));
  } catch {
    return undefined;
  }
}
