import { seededRandom } from "../../../scripts/support/seeded-random.ts";

/** A line of a conversation. */
export interface ConversationLine {
  user: string;
  text: string;
  replyTo: number | null;
}

export const random = seededRandom(5);
export const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

/** Generates a conversation. */
export function generateConversation(): ConversationLine[] {
  const syllables = [
    "ub",
    "un",
    "tu",
    "in",
    "stall",
    "ed",
    "dri",
    "ver",
    "s",
    "x",
    "net",
    "42",
    "-",
    "_",
    ".",
    "'s",
  ];
  const word = () =>
    Array.from({ length: 1 + Math.floor(random() ** 2 * 4) }, () => pick(syllables)).join("");
  return Array.from({ length: 3_000 }, () => ({
    user: pick(["ann", "bob", "cat"]),
    text: Array.from({ length: 1 + Math.floor(random() * 12) }, word).join(pick([" ", ", ", "/"])),
    replyTo: random() < 0.2 ? 0 : null,
  }));
}

/**
 * Whether a text in ASCII has a match, by a plain scan: words are letters and digits between any other
 * characters.
 */
const plain = new Map<string, RegExp>();
const has = (text: string, pattern: string): boolean => {
  const known = plain.get(pattern) ?? new RegExp(`(?<![a-z0-9])${pattern}`, "i");
  plain.set(pattern, known);
  return known.test(text);
};
export const word = (one: string) => (text: string) => has(text, `${one}(?![a-z0-9])`);
export const prefix = (one: string) => (text: string) => has(text, one);
export const phrase = (words: readonly string[]) => (text: string) =>
  has(text, `${words.join("[^a-z0-9]+")}(?![a-z0-9])`);
