import { base64url } from "jose";
import type { z } from "zod";
import { invalidField } from "../errors/app-error.ts";

/** An opaque cursor from the sort key of the last item. */
export function encodeCursor(key: unknown): string {
  return base64url.encode(JSON.stringify(key));
}

/** The sort key within a cursor; anything that we did not make is refused as the field `cursor`. */
export function decodeCursor<T>(cursor: string, key: z.ZodType<T>): T {
  try {
    return key.parse(JSON.parse(new TextDecoder().decode(base64url.decode(cursor))));
  } catch {
    throw invalidField(
      "cursor",
      "Wants a `nextCursor` as it was given",
      "This cursor is not from an answer of this list",
    );
  }
}

/** A page from `limit + 1` rows: the extra one only tells that there is more. */
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
