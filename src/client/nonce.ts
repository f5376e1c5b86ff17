/** Creates an idempotency key: 128 random bits in hex. `crypto.randomUUID` is unavailable on pages that were loaded by plain HTTP. */
export function newNonce(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
