import { hash } from "node:crypto";
import { encodeTime } from "ulid";
import type { IdPrefix } from "./ids.ts";

/** Crockford's base 32, as in a ULID. */
const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Returns an id that is always the same for the same input: a ULID of the time whose random part is a hash of `text`. */
export function derivedId(prefix: IdPrefix, atMs: number, text: string): string {
  const bytes = hash("sha256", text, "buffer").subarray(0, 16);
  return `${prefix}_${encodeTime(atMs)}${Array.from(bytes, (byte) => digits[byte % 32]).join("")}`;
}
