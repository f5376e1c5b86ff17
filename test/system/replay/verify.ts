import { setTimeout as sleep } from "node:timers/promises";
import type { SeenMessage } from "./expected.ts";
import { formatCount } from "../../../scripts/support/progress.ts";
import type { SentLine } from "./corpus.ts";
import type { Subscriber } from "./subscribers.ts";

/** One comparison with the file. */
export interface Check {
  what: string;
  /** Describes what was compared, or why nothing was. */
  summary: string;
  skipped: boolean;
  /** The first differences as text; empty if there is none. */
  differences: string[];
}

const maxShown = 5;

/** Creates the result of a comparison, with the first five differences. */
export const createCheck = (what: string, summary: string, differences: string[]): Check => ({
  what,
  summary,
  skipped: false,
  differences: [
    ...differences.slice(0, maxShown),
    ...(differences.length > maxShown ? [`and ${formatCount(differences.length - maxShown)} more`] : []),
  ],
});

/** Compares two lists of messages by `seq`, author, content and thread; returns the first differences as text. */
export function compareMessages(expected: readonly SeenMessage[], actual: readonly SeenMessage[]): string[] {
  const differences: string[] = [];
  if (actual.length !== expected.length)
    differences.push(`${formatCount(actual.length)} messages instead of ${formatCount(expected.length)}`);
  for (let index = 0; index < expected.length && differences.length < maxShown; index++) {
    const [wanted, got] = [expected[index], actual[index]];
    if (!wanted || !got) break;
    for (const field of ["seq", "authorId", "content", "threadId"] as const) {
      if (wanted[field] === got[field]) continue;
      differences.push(
        `message ${formatCount(index + 1)}: ${field} ${toText(got[field])} instead of ${toText(wanted[field])}`,
      );
    }
  }
  return differences;
}

/** Compares two JSON values without regard to the order of fields; returns at most one difference as text. */
export const compareValues = (of: string, wanted: unknown, got: unknown): string[] =>
  toText(wanted) === toText(got) ? [] : [`${of}: ${toText(got)} instead of ${toText(wanted)}`];

const toText = (value: unknown): string => JSON.stringify(value, sorted) ?? "nothing";
const sorted = (_: string, value: unknown): unknown =>
  value !== null && typeof value === "object" && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
    : value;

/** Repeats a comparison until it finds no difference or the deadline is over, because projections lag behind the log. */
export async function pollDifferences(compare: () => Promise<string[]>, deadline: number): Promise<string[]> {
  for (;;) {
    const differences = await compare();
    if (differences.length === 0 || Date.now() > deadline) return differences;
    await sleep(200);
  }
}

/** Checks the acknowledged messages: their order, their texts, and the thread of each reply. */
export function checkAcks(
  sent: readonly SentLine[],
  expected: readonly SeenMessage[],
  threads: number,
): Check {
  const differences = sent.flatMap(({ line, message }, index) => {
    const { threadId } = expected[index] as SeenMessage;
    const before = sent[index - 1]?.message.seq ?? 0;
    if (message.seq <= before)
      return [`line ${line.n} was acknowledged as #${message.seq}, after #${before}`];
    return [
      ...compareValues(`line ${line.n}`, line.text, message.content),
      ...compareValues(`line ${line.n}, the thread`, threadId, message.threadId),
    ];
  });
  const replies = expected.filter(({ threadId }) => threadId !== null).length;
  const summary = `${formatCount(sent.length)} in the file's order, ${formatCount(replies)} of them in ${formatCount(threads)} threads`;
  return createCheck("acks", summary, differences);
}

/** Checks the messages that each subscriber received, through all reset connections. */
export function checkSubscribers(
  subscribers: readonly Subscriber[],
  expected: readonly SeenMessage[],
): Check {
  const differences = subscribers.flatMap(({ name, seen, violations }) =>
    [...violations, ...compareMessages(expected, seen)].map((difference) => `${name}: ${difference}`),
  );
  const sum = (of: (subscriber: Subscriber) => number) =>
    subscribers.reduce((total, one) => total + of(one), 0);
  const cuts = sum((one) => one.cuts);
  const survived =
    cuts === 0 ? "" : `, through ${formatCount(cuts)} resets and ${formatCount(sum((one) => one.gaps))} gaps`;
  const summary = `${formatCount(expected.length)} messages in each of ${formatCount(subscribers.length)}${survived}`;
  return createCheck("subscribers", summary, differences);
}
