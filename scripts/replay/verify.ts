import { setTimeout as sleep } from "node:timers/promises";
import { getChannelMessages } from "../../src/client/index.ts";
import { patiently } from "./accounts.ts";
import type { Account } from "./accounts.ts";
import { number } from "./progress.ts";
import type { Spoken } from "./speakers.ts";
import { readRecord } from "./record.ts";
import type { Head } from "./record.ts";
import type { SeenMessage, Subscriber } from "./subscribers.ts";

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
  return spoken.map(({ line, message }) => ({
    seq: message.seq,
    authorId: accounts.get(line.user)?.userId ?? "",
    content: line.text,
  }));
}

/** What a view has otherwise than it should: missing, twice, in another order, by another author, under another seq. */
export function differencesOf(expected: readonly SeenMessage[], actual: readonly SeenMessage[]): string[] {
  const differences: string[] = [];
  if (actual.length !== expected.length)
    differences.push(`${number(actual.length)} messages instead of ${number(expected.length)}`);
  for (let index = 0; index < expected.length && differences.length < shownAtMost; index++) {
    const [wanted, got] = [expected[index], actual[index]];
    if (!wanted || !got) break;
    for (const field of ["seq", "authorId", "content"] as const) {
      if (wanted[field] === got[field]) continue;
      differences.push(
        `message ${number(index + 1)}: ${field} ${JSON.stringify(got[field])} instead of ${JSON.stringify(wanted[field])}`,
      );
    }
  }
  return differences;
}

/** What was acknowledged: in the file's order, as the file has it. */
export function checkAcks(spoken: readonly Spoken[]): Check {
  const differences = spoken.flatMap(({ line, message }, index) => {
    const before = spoken[index - 1]?.message.seq ?? 0;
    if (message.seq <= before)
      return [`line ${line.n} was acknowledged as #${message.seq}, after #${before}`];
    return message.content === line.text ? [] : [`line ${line.n} was acknowledged with another text`];
  });
  return {
    what: "acks",
    summary: `${number(spoken.length)} in the file's order`,
    skipped: false,
    differences: differences.slice(0, shownAtMost),
  };
}

/** What each subscriber saw, through all cuts. */
export function checkSubscribers(
  subscribers: readonly Subscriber[],
  expected: readonly SeenMessage[],
): Check {
  const differences = subscribers.flatMap(({ name, seen, faults }) =>
    [...faults, ...differencesOf(expected, seen)].map((difference) => `${name}: ${difference}`),
  );
  const sum = (of: (subscriber: Subscriber) => number) =>
    subscribers.reduce((total, one) => total + of(one), 0);
  const cuts = sum((one) => one.cuts);
  const survived =
    cuts === 0 ? "" : `, through ${number(cuts)} cuts and ${number(sum((one) => one.gaps))} gaps`;
  const summary = `${number(expected.length)} messages in each of ${number(subscribers.length)}${survived}`;
  return { what: "subscribers", summary, skipped: false, differences: differences.slice(0, shownAtMost) };
}

/** The whole history by REST. */
export async function checkHistory(
  expected: readonly SeenMessage[],
  reader: Account,
  head: Head,
): Promise<Check> {
  const history = await readHistory(reader, head);
  const summary = `${number(history.length)} messages, page by page`;
  return { what: "history", summary, skipped: false, differences: differencesOf(expected, history) };
}

/** The record in D1, where the server's files are at hand. */
export async function checkRecord(
  expected: readonly SeenMessage[],
  persistTo: string,
  head: Head,
): Promise<Check> {
  const record = await readRecord(persistTo, head);
  if (!record.found)
    return { what: "D1", summary: `not compared: ${record.reason}`, skipped: true, differences: [] };
  const behind =
    record.projectedSeq < head.head ? [`it is at #${record.projectedSeq}, the log at #${head.head}`] : [];
  const differences = [...behind, ...differencesOf(expected, record.messages)];
  return { what: "D1", summary: `${number(record.messages.length)} rows`, skipped: false, differences };
}

/** Page by page, until it is as far as the log. */
async function readHistory(
  { client }: Account,
  { channelId, head, patienceMs }: Head,
): Promise<SeenMessage[]> {
  const deadline = Date.now() + patienceMs;
  const messages: SeenMessage[] = [];
  for (;;) {
    const query = { after: messages.at(-1)?.seq ?? 0, limit: 100 };
    const page = await patiently(() => client.call(getChannelMessages, { params: { channelId }, query }));
    for (const { seq, authorId, content } of page.items) messages.push({ seq, authorId, content });
    if (page.hasMoreAfter && page.items.length > 0) continue;
    if (page.seq >= head || Date.now() > deadline) return messages;
    await sleep(100);
  }
}
