import type { Line } from "./corpus.ts";

/** The root of each reply, by their `n`: a reply to a reply belongs to the thread of its root. */
export function rootsOf(lines: readonly Line[]): Map<number, number> {
  const roots = new Map<number, number>();
  for (const { n, replyTo } of lines) if (replyTo !== null) roots.set(n, roots.get(replyTo) ?? replyTo);
  return roots;
}
