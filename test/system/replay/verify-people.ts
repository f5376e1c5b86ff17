import { getNotifications, getThreads, getUnreads } from "../../../src/client/index.ts";
import type { Answer } from "../../../src/client/index.ts";
import { patiently } from "./accounts.ts";
import type { Account } from "./accounts.ts";
import { atOnce } from "./at-once.ts";
import type { ExpectedPeople } from "./expected-people.ts";
import { number } from "./progress.ts";
import type { StartProgress } from "./progress.ts";
import type { Reading } from "./readers.ts";
import { checked, eventually, otherThan } from "./verify.ts";
import type { Check } from "./verify.ts";

export interface PeopleToCheck {
  people: ExpectedPeople;
  accounts: ReadonlyMap<string, Account>;
  channelId: string;
  /** The ids of the messages by their seqs. */
  ids: ReadonlyMap<number, string>;
  patienceMs: number;
  startProgress: StartProgress;
}

const peopleAtOnce = 4;

/** What people were answered when they read, in the channel and in threads. Moves them to where they have read up to. */
export function checkReads(
  readings: readonly Reading[],
  { people, accounts }: Pick<PeopleToCheck, "people" | "accounts">,
): Check {
  const differences = readings.flatMap((reading) => {
    const wanted = people.read(reading, accounts.get(reading.user)?.userId ?? "");
    return otherThan(`${reading.user} at #${reading.seq}`, wanted, reading.answer);
  });
  const inThreads = readings.filter(({ rootId }) => rootId !== null).length;
  const readers = new Set(readings.map(({ user }) => user)).size;
  return checked(
    "reads",
    `${number(readings.length)} by ${number(readers)} people, ${number(inThreads)} of them in threads`,
    differences,
  );
}

/** What each has unread in the channel. */
export async function checkUnreads(options: PeopleToCheck): Promise<Check> {
  const { people, channelId } = options;
  const spread = { none: 0, some: 0, many: 0 };
  const differences = await ofEach(options, "Unreads", async ({ client, userId }) => {
    const { items } = await patiently(() => client.call(getUnreads));
    const lastReadSeq = people.lastRead(userId);
    const counts = people.unread(userId, lastReadSeq);
    const got = items.map(({ channelId: of, lastReadSeq: read, unread, mentions }) => ({
      of,
      lastReadSeq: read,
      unread,
      mentions,
    }));
    return otherThan("unread", [{ of: channelId, lastReadSeq, ...counts }], got);
  });
  for (const { userId } of options.accounts.values()) {
    const { unread } = people.unread(userId, people.lastRead(userId));
    spread[unread === 0 ? "none" : unread < 99 ? "some" : "many"]++;
  }
  return checked(
    "unreads",
    `of ${number(options.accounts.size)} people: ${number(spread.none)} with none, ${number(spread.some)} with 1 to 98, ${number(spread.many)} with 99 or more`,
    differences,
  );
}

/** Which threads each follows, up to where they have read them, and in which order they are listed. */
export async function checkFollowed(options: PeopleToCheck): Promise<Check> {
  let count = 0;
  for (const { userId } of options.accounts.values()) count += options.people.follows(userId).length;
  const differences = await ofEach(options, "Following", async ({ client, userId }) => {
    const list = await whole((cursor) =>
      client.call(getThreads, { query: { limit: 20, ...(cursor && { cursor }) } }),
    );
    const got = list.map(({ message, lastReadSeq, unread }) => [message.id, lastReadSeq, unread]);
    const wanted = options.people.follows(userId);
    return otherThan(
      "follows",
      wanted.map(({ rootId, lastReadSeq, unread }) => [rootId, lastReadSeq, unread]),
      got,
    );
  });
  return checked("following", `${number(count)} threads, by those who began them or replied`, differences);
}

/** Of what each was notified: of mentions, and of what others replied where they follow. Each once, in order, no other. */
export async function checkNotifications(options: PeopleToCheck): Promise<Check> {
  const { people, channelId, ids } = options;
  let count = 0;
  for (const { userId } of options.accounts.values()) count += people.notices(userId).length;
  const differences = await ofEach(options, "Notices", async ({ client, userId }) => {
    const list = await whole((cursor) =>
      client.call(getNotifications, { query: { limit: 100, ...(cursor && { cursor }) } }),
    );
    const got = list
      .toReversed()
      .map(({ kind, channelId: of, channelSeq, messageId, threadId, actorId, read }) => ({
        kind,
        channelSeq,
        threadId,
        actorId,
        messageId,
        channelId: of,
        read,
      }));
    const wanted = people.notices(userId).map(({ kind, channelSeq, threadId, actorId }) => ({
      kind,
      channelSeq,
      threadId,
      actorId,
      messageId: ids.get(channelSeq),
      channelId,
      read: false,
    }));
    return differingNotices(wanted, got);
  });
  const summary = `${number(count)}, of replies in followed threads and of ${number(people.mentionCount)} mentions`;
  return checked("notified", summary, differences);
}

type Notice = { channelSeq: number };

/** Which are missing and which too many says more than two long lists. */
function differingNotices(wanted: readonly Notice[], got: readonly Notice[]): string[] {
  const seqsOf = (notices: readonly Notice[]) => new Set(notices.map(({ channelSeq }) => channelSeq));
  const [wantedSeqs, gotSeqs] = [seqsOf(wanted), seqsOf(got)];
  const missing = [...wantedSeqs].filter((seq) => !gotSeqs.has(seq));
  const tooMany = [...gotSeqs].filter((seq) => !wantedSeqs.has(seq));
  if (missing.length === 0 && tooMany.length === 0)
    return wanted.length === got.length
      ? wanted.flatMap((notice, index) => otherThan(`#${notice.channelSeq}`, notice, got[index])).slice(0, 1)
      : [`${number(got.length)} instead of ${number(wanted.length)}: some twice`];
  return [`not of ${list(missing)}, but of ${list(tooMany)}`];
}

const list = (seqs: number[]): string =>
  seqs.length === 0
    ? "nothing"
    : `${seqs
        .slice(0, 5)
        .map((seq) => `#${seq}`)
        .join(", ")}${seqs.length > 5 ? " …" : ""}`;

/** Looks at each of the people, again where something is still on its way. */
async function ofEach(
  { accounts, patienceMs, startProgress }: PeopleToCheck,
  label: string,
  look: (account: Account) => Promise<string[]>,
): Promise<string[]> {
  const deadline = Date.now() + patienceMs;
  const progress = startProgress(label, accounts.size);
  const differences = await atOnce(peopleAtOnce, [...accounts], async ([name, account]) => {
    const found = await eventually(() => look(account), deadline);
    progress.advance();
    return found.map((difference) => `${name}: ${difference}`);
  });
  progress.finish();
  return differences.flat();
}

type Page = Answer<typeof getThreads> | Answer<typeof getNotifications>;

async function whole<P extends Page>(
  page: (cursor: string | null) => Promise<P>,
): Promise<P["items"][number][]> {
  const items: P["items"][number][] = [];
  for (let cursor: string | null = null; ;) {
    const next: P = await patiently(() => page(cursor));
    items.push(...next.items);
    cursor = next.nextCursor;
    if (cursor === null) return items;
  }
}
