import { randomInt } from "node:crypto";

/** Five characters that make a run's accounts and channels its own, so that it can be repeated on the same server. */
export function runTag(): string {
  const alphabet = "abcdefghjkmnpqrstvwxyz23456789";
  return Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join("");
}
