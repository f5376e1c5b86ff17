import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * A MAC (HMAC-SHA-256) of `message` for one purpose, base64url.
 * @param key base64url, a Worker secret
 * @param bytes how much of it is kept; 16 or more
 */
export function macOf(
  key: string,
  { purpose, message, bytes = 32 }: { purpose: string; message: string; bytes?: number },
): string {
  return createHmac("sha256", Buffer.from(key, "base64url"))
    .update(`${purpose}|${message}`)
    .digest()
    .subarray(0, bytes)
    .toString("base64url");
}

/** Compares two texts in a time that does not tell where they differ. */
export function isSameText(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}
