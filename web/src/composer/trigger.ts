/** The word before the cursor that can be completed. */
export interface Trigger {
  kind: "user" | "channel" | "emoji" | "command";
  /** The word without its first character, in lower case. */
  query: string;
  /** The range of the word in the text. */
  start: number;
  end: number;
}

const kinds: Record<string, Trigger["kind"]> = { "@": "user", "#": "channel", ":": "emoji", "/": "command" };
const maxQueryLength = 40;

/** Finds the word before the cursor that begins with `@`, `#`, `:` and two characters, or `/` at the beginning of the text. */
export function findTrigger(text: string, cursor: number): Trigger | null {
  const before = text.slice(Math.max(0, cursor - maxQueryLength - 1), cursor);
  const word = /(?:^|[\s([{"'])([@#:/])([\p{L}\p{N}_.+-]*)$/u.exec(before);
  if (!word) return null;
  const [, mark = "", query = ""] = word;
  const kind = kinds[mark];
  const start = cursor - query.length - 1;
  if (!kind || (kind === "command" && start !== 0) || (kind === "emoji" && query.length < 2)) return null;
  return { kind, query: query.toLowerCase(), start, end: cursor };
}
