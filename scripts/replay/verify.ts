import { setTimeout as sleep } from "node:timers/promises";
import { getChannelMessages } from "../../src/client/index.ts";
import { patiently } from "./accounts.ts";
import type { Account } from "./accounts.ts";
import { number } from "./progress.ts";
import type { Spoken } from "./speakers.ts";
import type { SeenMessage } from "./subscribers.ts";

/** One comparison with the file. */
export interface Check {
  what: string;
  /** What was compared, in words, or why it was not. */
  summary: string;
  skipped: boolean;
  /** In words, the first few; none means that it agrees. */
  differences: string[];
}

const shownAtMost = 5;

/** The conversation as it should be seen: the file's lines in the file's order, under the seqs that were acknowledged. */
export function expectedOf(spoken: readonly Spoken[], accounts: ReadonlyMap<string, Account>): SeenMessage[] {
  return spoken.map(({ line, message }) => ({ seq: message.seq, authorId: accounts.get(line.user)?.userId ?? "", content: line.text }));
}

/** What a view has otherwise than it should: missing, twice, in another order, by another author, under another seq. */
export function differencesOf(expected: readonly SeenMessage[], actual: readonly SeenMessage[]): string[] {
  const differences: string[] = [];
  if (actual.length !== expected.length) differences.push(`${number(actual.length)} messages instead of ${number(expected.length)}`);
  for (let index = 0; index < expected.length && differences.length < shownAtMost; index++) {
    const [wanted, got] = [expected[index], actual[index]];
    if (!wanted || !got) break;
    for (const field of ["seq", "authorId", "content"] as const) {
      if (wanted[field] === got[field]) continue;
      differences.push(`message ${number(index + 1)}: ${field} ${JSON.stringify(got[field])} instead of ${JSON.stringify(wanted[field])}`);
    }
  }
  return differences;
}

/** What was acknowledged: in the file's order, as the file has it. */
export function checkAcks(spoken: readonly Spoken[]): Check {
  const differences = spoken.flatMap(({ line, message }, index) => {
    const before = spoken[index - 1]?.message.seq ?? 0;
    if (message.seq <= before) return [`line ${line.n} was acknowledged as #${message.seq}, after #${before}`];
    return message.content === line.text ? [] : [`line ${line.n} was acknowledged with another text`];
  });
  return { what: "acks", summary: `${number(spoken.length)} in the file's order`, skipped: false, differences: differences.slice(0, shownAtMost) };
}

/** The whole history by REST, as soon as it reaches `head`. */
export async function readHistory({ client }: Account, channelId: string, head: number, patienceMs: number): Promise<SeenMessage[]> {
  const deadline = Date.now() + patienceMs;
  const messages: SeenMessage[] = [];
  for (;;) {
    const after = messages.at(-1)?.seq ?? 0;
    const page = await patiently(() => client.call(getChannelMessages, { params: { channelId }, query: { after, limit: 100 } }));
    for (const { seq, authorId, content } of page.items) messages.push({ seq, authorId, content });
    if (page.hasMoreAfter && page.items.length > 0) continue;
    if (page.seq >= head || Date.now() > deadline) return messages;
    await sleep(100);
  }
}
