import { base64url } from "jose";
import type { z } from "zod";
import { invalidField } from "../errors/app-error.ts";

/** Encodes the sort key of a page's last item as an opaque cursor. */
export function encodeCursor(key: unknown): string {
  return base64url.encode(JSON.stringify(key));
}

/**
 * Decodes the sort key from a cursor.
 *
 * @throws `validation_failed` for the field `cursor` when this server did not make it for this list
 */
export function decodeCursor<T>(cursor: string, key: z.ZodType<T>): T {
  try {
    return key.parse(JSON.parse(new TextDecoder().decode(base64url.decode(cursor))));
  } catch {
    throw invalidField(
      "cursor",
      "Must be a `nextCursor` of this list, unchanged",
      "The cursor is not from a response of this list",
    );
  }
}

/**
 * Makes a page from up to `limit + 1` rows. The extra row is not part of the page: it shows that there is a next one.
 *
 * @param keyOf the sort key of a row, for the cursor
 */
export function toPage<Row, Item>(
  rows: Row[],
  limit: number,
  present: (row: Row) => Item,
  keyOf: (row: Row) => unknown,
): { items: Item[]; nextCursor: string | null } {
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  return {
    items: kept.map(present),
    nextCursor: rows.length > limit && last ? encodeCursor(keyOf(last)) : null,
  };
}
