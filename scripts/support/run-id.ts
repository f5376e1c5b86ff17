import { randomInt } from "node:crypto";

/** Returns five random characters that make the names of a run's accounts and channels unique, so that it can be repeated on a server. */
export function runTag(): string {
  const alphabet = "abcdefghjkmnpqrstvwxyz23456789";
  return Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join("");
}
