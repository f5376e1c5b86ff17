import type { Line } from "./corpus.ts";

/** Returns the root of each reply, both as `n`. A reply to a reply belongs to the thread of that reply's root. */
export function rootsOf(lines: readonly Line[]): Map<number, number> {
  const roots = new Map<number, number>();
  for (const { n, replyTo } of lines) if (replyTo !== null) roots.set(n, roots.get(replyTo) ?? replyTo);
  return roots;
}
