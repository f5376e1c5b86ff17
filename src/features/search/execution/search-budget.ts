import { configOf } from "../../../config.ts";
import type { SearchBudget } from "./find-page.ts";
import { searchRunner } from "./run-statements.ts";
import type { RunBatch } from "./sql-template.ts";
import { raw } from "./sql-template.ts";

/** How long a count is good enough to choose a plan by. */
const freshMs = 10 * 60_000;
let known: { messages: number; untilMs: number } | undefined;

/** About how many messages the index has, as FTS5 counts them for its averages; read once in ten minutes. */
export async function indexedMessageCount(run: RunBatch): Promise<number> {
  if (known && Date.now() < known.untilMs) return known.messages;
  const [ran] = await run([
    raw("SELECT hex(substr(block, 1, 9)) AS averages FROM search_text_data WHERE id = 1"),
  ]);
  const [row] = (ran?.rows ?? []) as { averages: string }[];
  known = { messages: firstNumber(row?.averages ?? ""), untilMs: Date.now() + freshMs };
  return known.messages;
}

/** The number with which a record of FTS5 begins: 7 bits a byte, the highest first; all but its last byte have the eighth bit. */
function firstNumber(hex: string): number {
  let number = 0;
  for (let at = 0; at < hex.length; at += 2) {
    const byte = Number.parseInt(hex.slice(at, at + 2), 16);
    number = number * 128 + (byte & 127);
    if (byte < 128) break;
  }
  return number;
}

export const searchBudget = (env: Env): SearchBudget => ({
  ms: configOf(env).SEARCH_BUDGET_MS,
  indexedMessages: () => indexedMessageCount(searchRunner(env)),
});
