import { randomToken } from "../lib/ids.ts";

/** The length of the readable part, since a username has at most 32 characters. */
const maxPrefix = 22;

/**
 * Returns a username for a bot that the server creates: the name's ASCII letters and digits, and random ones, since usernames are unique.
 *
 * @param fallback the readable part for a name without such characters
 */
export function botUsername(name: string, fallback: string): string {
  const words =
    name
      .normalize("NFKD")
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  const prefix = words.reduce(
    (text, word) => (text.length + word.length < maxPrefix ? `${text}${word}-` : text),
    "",
  );
  const suffix = randomToken(6)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "0");
  return `${prefix || `${fallback}-`}${suffix}`;
}
