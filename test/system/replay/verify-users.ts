import { getNotifications, getThreads, getUnreads } from "../../../src/client/index.ts";
import type { Answer } from "../../../src/client/index.ts";
import { withRetries } from "./accounts.ts";
import type { Account } from "./accounts.ts";
import { inParallel } from "../../../src/lib/parallel.ts";
import type { ExpectedUsers } from "./expected-users.ts";
import { formatCount } from "../../../scripts/support/progress.ts";
import type { StartProgress } from "../../../scripts/support/progress.ts";
import type { ReadMarker } from "./read-simulation.ts";
import { createCheck, pollDifferences, compareValues } from "./verify.ts";
import type { Check } from "./verify.ts";

export interface UserCheckOptions {
  expectedUsers: ExpectedUsers;
  accounts: ReadonlyMap<string, Account>;
  channelId: string;
  /** Message ids, by `seq`. */
  ids: ReadonlyMap<number, string>;
  timeoutMs: number;
  startProgress: StartProgress;
}

const maxConcurrentUsers = 4;

/** Checks the responses to read markers, in the channel and in threads, and applies the markers to the expected state. */
export function checkReads(
  markers: readonly ReadMarker[],
  { expectedUsers, accounts }: Pick<UserCheckOptions, "expectedUsers" | "accounts">,
): Check {
  const differences = markers.flatMap((reading) => {
    const wanted = expectedUsers.read(reading, accounts.get(reading.user)?.userId ?? "");
    return compareValues(`${reading.user} at #${reading.seq}`, wanted, reading.response);
  });
  const inThreads = markers.filter(({ rootId }) => rootId !== null).length;
  const readers = new Set(markers.map(({ user }) => user)).size;
  return createCheck(
    "reads",
    `${formatCount(markers.length)} by ${formatCount(readers)} users, ${formatCount(inThreads)} of them in threads`,
    differences,
  );
}

/** Checks each user's unread counts of the channel. */
export async function checkUnreads(options: UserCheckOptions): Promise<Check> {
  const { expectedUsers, channelId } = options;
  const distribution = { none: 0, some: 0, many: 0 };
  const differences = await checkEachUser(options, "Unreads", async ({ client, userId }) => {
    const { items } = await withRetries(() => client.call(getUnreads));
    const lastReadSeq = expectedUsers.lastRead(userId);
    const counts = expectedUsers.unread(userId, lastReadSeq);
    const got = items.map(({ channelId: of, lastReadSeq: read, unread, mentions }) => ({
      of,
      lastReadSeq: read,
      unread,
      mentions,
    }));
    return compareValues("unread", [{ of: channelId, lastReadSeq, ...counts }], got);
  });
  for (const { userId } of options.accounts.values()) {
    const { unread } = expectedUsers.unread(userId, expectedUsers.lastRead(userId));
    distribution[unread === 0 ? "none" : unread < 99 ? "some" : "many"]++;
  }
  return createCheck(
    "unreads",
    `of ${formatCount(options.accounts.size)} users: ${formatCount(distribution.none)} with none, ${formatCount(distribution.some)} with 1 to 98, ${formatCount(distribution.many)} with 99 or more`,
    differences,
  );
}

/** Checks each user's list of followed threads: its order, and the read state of each thread. */
export async function checkFollowed(options: UserCheckOptions): Promise<Check> {
  let count = 0;
  for (const { userId } of options.accounts.values()) count += options.expectedUsers.follows(userId).length;
  const differences = await checkEachUser(options, "Following", async ({ client, userId }) => {
    const list = await fetchAll((cursor) =>
      client.call(getThreads, { query: { limit: 20, ...(cursor && { cursor }) } }),
    );
    const got = list.map(({ message, lastReadSeq, unread }) => [message.id, lastReadSeq, unread]);
    const wanted = options.expectedUsers.follows(userId);
    return compareValues(
      "follows",
      wanted.map(({ rootId, lastReadSeq, unread }) => [rootId, lastReadSeq, unread]),
      got,
    );
  });
  return createCheck(
    "following",
    `${formatCount(count)} threads, by the authors of roots and replies`,
    differences,
  );
}

/** Checks each user's notifications: of mentions, and of replies by others in followed threads; each once, in order, no other. */
export async function checkNotifications(options: UserCheckOptions): Promise<Check> {
  const { expectedUsers, channelId, ids } = options;
  let count = 0;
  for (const { userId } of options.accounts.values()) count += expectedUsers.notifications(userId).length;
  const differences = await checkEachUser(options, "Notified", async ({ client, userId }) => {
    const list = await fetchAll((cursor) =>
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
    const wanted = expectedUsers.notifications(userId).map((notification) => ({
      kind: notification.kind,
      channelSeq: notification.channelSeq,
      threadId: notification.threadId,
      actorId: notification.actorId,
      messageId: ids.get(notification.channelSeq),
      channelId,
      read: expectedUsers.hasRead(userId, notification),
    }));
    return compareNotifications(wanted, got);
  });
  const summary = `${formatCount(count)}, of replies in followed threads and of ${formatCount(expectedUsers.mentionCount)} mentions`;
  return createCheck("notified", summary, differences);
}

type Notification = { channelSeq: number };

/** Reports which notifications are missing and which are unexpected, instead of both lists. */
function compareNotifications(wanted: readonly Notification[], got: readonly Notification[]): string[] {
  const seqsOf = (all: readonly Notification[]) => new Set(all.map(({ channelSeq }) => channelSeq));
  const [wantedSeqs, gotSeqs] = [seqsOf(wanted), seqsOf(got)];
  const missing = [...wantedSeqs].filter((seq) => !gotSeqs.has(seq));
  const unexpected = [...gotSeqs].filter((seq) => !wantedSeqs.has(seq));
  if (missing.length === 0 && unexpected.length === 0)
    return wanted.length === got.length
      ? wanted.flatMap((one, index) => compareValues(`#${one.channelSeq}`, one, got[index])).slice(0, 1)
      : [`${formatCount(got.length)} notifications instead of ${formatCount(wanted.length)}: some twice`];
  return [`notifications missing: ${list(missing)}; unexpected: ${list(unexpected)}`];
}

const list = (seqs: number[]): string =>
  seqs.length === 0
    ? "none"
    : `${seqs
        .slice(0, 5)
        .map((seq) => `#${seq}`)
        .join(", ")}${seqs.length > 5 ? " …" : ""}`;

/** Runs a check for each user; repeats it while a projection may be behind. */
async function checkEachUser(
  { accounts, timeoutMs, startProgress }: UserCheckOptions,
  label: string,
  check: (account: Account) => Promise<string[]>,
): Promise<string[]> {
  const deadline = Date.now() + timeoutMs;
  const progress = startProgress(label, accounts.size);
  const differences = await inParallel([...accounts], maxConcurrentUsers, async ([name, account]) => {
    const found = await pollDifferences(() => check(account), deadline);
    progress.advance();
    return found.map((difference) => `${name}: ${difference}`);
  });
  progress.finish();
  return differences.flat();
}

type Page = Answer<typeof getThreads> | Answer<typeof getNotifications>;

async function fetchAll<P extends Page>(
  page: (cursor: string | null) => Promise<P>,
): Promise<P["items"][number][]> {
  const items: P["items"][number][] = [];
  for (let cursor: string | null = null; ;) {
    const next: P = await withRetries(() => page(cursor));
    items.push(...next.items);
    cursor = next.nextCursor;
    if (cursor === null) return items;
  }
}
