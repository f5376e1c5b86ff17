import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/**
 * Returns a MAC (HMAC-SHA-256, RFC 2104) of `message` in base64url. The purpose is part of the input, so that a MAC for one
 * purpose is invalid for another.
 *
 * @param key a Worker secret in base64url
 * @param bytes the length to which the MAC is truncated; at least 16
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

/** Compares two texts in constant time: the duration does not depend on where they differ. */
export function isSameText(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Returns the SHA-256 of a text in base64url. For secrets with so many random bits that they can't be guessed, unlike passwords. */
export const sha256Of = (text: string): string => createHash("sha256").update(text).digest("base64url");
