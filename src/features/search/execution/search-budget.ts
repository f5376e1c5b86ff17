import { configOf } from "../../../config.ts";
import type { SearchBudget } from "./find-page.ts";
import { searchRunner } from "./run-statements.ts";
import type { RunBatch } from "./sql-template.ts";
import { raw } from "./sql-template.ts";

/** How long a count is used: it only chooses between plans, so it may be old. */
const countTtlMs = 10 * 60_000;
let cachedCount: { messages: number; expiresAtMs: number } | undefined;

/** Returns about how many messages the index has, from the counter of FTS5's averages record; cached in the isolate for ten minutes. */
export async function indexedMessageCount(run: RunBatch): Promise<number> {
  if (cachedCount && Date.now() < cachedCount.expiresAtMs) return cachedCount.messages;
  const [result] = await run([
    raw("SELECT hex(substr(block, 1, 9)) AS averages FROM search_text_data WHERE id = 1"),
  ]);
  const [row] = (result?.rows ?? []) as { averages: string }[];
  cachedCount = { messages: firstVarint(row?.averages ?? ""), expiresAtMs: Date.now() + countTtlMs };
  return cachedCount.messages;
}

/** Decodes the SQLite varint at the beginning of an FTS5 record: 7 bits a byte, the highest first; bit 8 is set in all but the last byte. */
function firstVarint(hex: string): number {
  let number = 0;
  for (let at = 0; at < hex.length; at += 2) {
    const byte = Number.parseInt(hex.slice(at, at + 2), 16);
    number = number * 128 + (byte & 127);
    if (byte < 128) break;
  }
  return number;
}

/** Returns the budget of one search: `SEARCH_BUDGET_MS`, and the size of the index. */
export const searchBudget = (env: Env): SearchBudget => ({
  ms: configOf(env).SEARCH_BUDGET_MS,
  indexedMessages: () => indexedMessageCount(searchRunner(env)),
});
