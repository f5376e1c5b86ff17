import { setTimeout as sleep } from "node:timers/promises";
import type { SeenMessage } from "./expected.ts";
import { number } from "./progress.ts";
import type { Spoken } from "./corpus.ts";
import type { Subscriber } from "./subscribers.ts";

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

export const checked = (what: string, summary: string, differences: string[]): Check => ({
  what,
  summary,
  skipped: false,
  differences: [
    ...differences.slice(0, shownAtMost),
    ...(differences.length > shownAtMost ? [`and ${number(differences.length - shownAtMost)} more`] : []),
  ],
});

/** What a view has otherwise than it should: missing, twice, in another order, by another author, under another seq. */
export function differencesOf(expected: readonly SeenMessage[], actual: readonly SeenMessage[]): string[] {
  const differences: string[] = [];
  if (actual.length !== expected.length)
    differences.push(`${number(actual.length)} messages instead of ${number(expected.length)}`);
  for (let index = 0; index < expected.length && differences.length < shownAtMost; index++) {
    const [wanted, got] = [expected[index], actual[index]];
    if (!wanted || !got) break;
    for (const field of ["seq", "authorId", "content", "threadId"] as const) {
      if (wanted[field] === got[field]) continue;
      differences.push(
        `message ${number(index + 1)}: ${field} ${shown(got[field])} instead of ${shown(wanted[field])}`,
      );
    }
  }
  return differences;
}

/** The same for anything that JSON can say; the order of fields does not count. */
export const otherThan = (of: string, wanted: unknown, got: unknown): string[] =>
  shown(wanted) === shown(got) ? [] : [`${of}: ${shown(got)} instead of ${shown(wanted)}`];

const shown = (value: unknown): string => JSON.stringify(value, sorted) ?? "nothing";
const sorted = (_: string, value: unknown): unknown =>
  value !== null && typeof value === "object" && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
    : value;

/** Looks again until nothing differs, or until nobody may wait any longer: what follows the log takes its moment. */
export async function eventually(look: () => Promise<string[]>, deadline: number): Promise<string[]> {
  for (;;) {
    const differences = await look();
    if (differences.length === 0 || Date.now() > deadline) return differences;
    await sleep(200);
  }
}

/** What was acknowledged: in the file's order, as the file has it, each reply in the thread of its root. */
export function checkAcks(
  spoken: readonly Spoken[],
  expected: readonly SeenMessage[],
  threads: number,
): Check {
  const differences = spoken.flatMap(({ line, message }, index) => {
    const { threadId } = expected[index] as SeenMessage;
    const before = spoken[index - 1]?.message.seq ?? 0;
    if (message.seq <= before)
      return [`line ${line.n} was acknowledged as #${message.seq}, after #${before}`];
    return [
      ...otherThan(`line ${line.n}`, line.text, message.content),
      ...otherThan(`line ${line.n}, the thread`, threadId, message.threadId),
    ];
  });
  const replies = expected.filter(({ threadId }) => threadId !== null).length;
  const summary = `${number(spoken.length)} in the file's order, ${number(replies)} of them in ${number(threads)} threads`;
  return checked("acks", summary, differences);
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
  return checked("subscribers", summary, differences);
}
