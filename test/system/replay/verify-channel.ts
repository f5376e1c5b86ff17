import { setTimeout as sleep } from "node:timers/promises";
import { getChannelEvents, getChannelMessages, getThreadMessages } from "../../../src/client/index.ts";
import type { EventEnvelope, Message, ThreadPage } from "../../../src/client/index.ts";
import { withRetries } from "./accounts.ts";
import type { Account } from "./accounts.ts";
import { inParallel } from "../../../src/lib/parallel.ts";
import type { Expected, ExpectedThread, SeenMessage } from "./expected.ts";
import { formatCount } from "../../../scripts/support/progress.ts";
import type { StartProgress } from "../../../scripts/support/progress.ts";
import type { ChannelHead } from "./d1-rows.ts";
import { createCheck, compareMessages, pollDifferences, compareValues } from "./verify.ts";
import type { Check } from "./verify.ts";

const maxConcurrentReads = 4;

const toSeenMessage = ({ seq, authorId, content, threadId }: Message): SeenMessage => ({
  seq,
  authorId,
  content,
  threadId,
});

/** Checks the whole history by REST: it has no replies, and each root has the summary of its thread. */
export async function checkHistory(
  { history, threads }: Expected,
  { client }: Account,
  { channelId, head, timeoutMs }: ChannelHead,
): Promise<Check> {
  const deadline = Date.now() + timeoutMs;
  const messages: Message[] = [];
  for (;;) {
    const query = { after: messages.at(-1)?.seq ?? 0, limit: 100 };
    const page = await withRetries(() => client.call(getChannelMessages, { params: { channelId }, query }));
    messages.push(...page.items);
    if (page.hasMoreAfter && page.items.length > 0) continue;
    if (page.seq >= head || Date.now() > deadline) break;
    await sleep(100);
  }
  const summaries = messages.flatMap(({ id, seq, thread }) =>
    compareValues(`the thread of #${seq}`, threads.get(id)?.summary ?? null, thread),
  );
  return createCheck("history", `${formatCount(messages.length)} messages, page by page, without replies`, [
    ...compareMessages(history, messages.map(toSeenMessage)),
    ...summaries,
  ]);
}

/** Checks each thread by REST, requested by its root or, every second one, by its last reply; with pages of various lengths. */
export async function checkThreads(
  { threads }: Expected,
  { client }: Account,
  { channelId, timeoutMs }: ChannelHead,
  { ids, startProgress }: { ids: ReadonlyMap<number, string>; startProgress: StartProgress },
): Promise<Check> {
  const deadline = Date.now() + timeoutMs;
  const progress = startProgress("Threads", threads.size);
  const compare = async ({ rootId, root, replies, summary }: ExpectedThread, index: number) => {
    const lastId = ids.get(replies.at(-1)?.seq ?? 0);
    const messageId = index % 2 === 0 ? rootId : (lastId ?? rootId);
    const limit = 5 + (index % 50);
    const got: Message[] = [];
    const found: string[] = [];
    const read = (cursor: string | null) =>
      client.call(getThreadMessages, {
        params: { channelId, messageId },
        query: { limit, ...(cursor !== null && { cursor }) },
      });
    let cursor: string | null = null;
    do {
      const page: ThreadPage = await withRetries(() => read(cursor));
      got.push(...page.items);
      found.push(
        ...compareValues(
          "the root",
          { ...root, id: rootId },
          { ...toSeenMessage(page.root), id: page.root.id },
        ),
        ...compareValues("the root's summary", summary, page.root.thread),
      );
      cursor = page.nextCursor;
    } while (cursor !== null);
    return [...found, ...compareMessages(replies, got.map(toSeenMessage))];
  };
  const differences = await inParallel([...threads.values()], maxConcurrentReads, async (thread, index) => {
    const found = await pollDifferences(() => compare(thread, index), deadline);
    progress.advance();
    return found.map((difference) => `thread of #${thread.root.seq}: ${difference}`);
  });
  progress.finish();
  const replies = [...threads.values()].reduce((sum, thread) => sum + thread.replies.length, 0);
  return createCheck(
    "threads",
    `${formatCount(threads.size)} with ${formatCount(replies)} replies`,
    differences.flat(),
  );
}

/** Reads the channel's whole log. */
export async function readLog({ client }: Account, channelId: string): Promise<EventEnvelope[]> {
  const events: EventEnvelope[] = [];
  for (let hasMore = true; hasMore;) {
    const query = { after: events.at(-1)?.seq ?? 0, limit: 100 };
    const page = await withRetries(() => client.call(getChannelEvents, { params: { channelId }, query }));
    events.push(...(page.events as EventEnvelope[]));
    hasMore = page.hasMore && page.events.length > 0;
  }
  return events;
}

/** Checks the log: it has no hole and each message once, and each reply carries the summary that its root had after it. */
export function checkLog(
  events: readonly EventEnvelope[],
  { messages, threads }: Expected,
  people: number,
): Check {
  const holes = events.flatMap(({ seq }, index) =>
    seq === index + 1 ? [] : [`#${seq} instead of #${index + 1}`],
  );
  const logged = events.filter((event) => event.type === "messageCreate" || event.type === "threadCreate");
  const counts = new Map<string, number>();
  const summaries = logged.flatMap((event) => {
    if (event.type !== "threadCreate") return [];
    const { threadId, createdAt } = event.data.message;
    const thread = threads.get(threadId ?? "");
    const replyCount = (counts.get(threadId ?? "") ?? 0) + 1;
    counts.set(threadId ?? "", replyCount);
    const authors = thread?.replies.slice(0, replyCount).map(({ authorId }) => authorId);
    const participantIds = [...new Set(authors)].slice(0, 5);
    const wanted = { replyCount, lastReplyAt: createdAt, participantIds };
    return compareValues(`the thread at #${event.seq}`, wanted, event.data.thread);
  });
  const others = events.length - logged.length;
  return createCheck("log", `${formatCount(events.length)} events without a hole`, [
    ...holes.slice(0, 1),
    ...compareMessages(
      messages,
      logged.map(({ data }) => toSeenMessage(data.message)),
    ),
    ...compareValues("other events (channelCreate and memberJoin)", people + 1, others),
    ...summaries,
  ]);
}

/** Returns the `seq` of each user's `memberJoin`, by user id. */
export const joinsIn = (events: readonly EventEnvelope[]): Map<string, number> =>
  new Map(
    events.flatMap((event) =>
      event.type === "memberJoin" ? [[event.data.member.userId, event.seq] as const] : [],
    ),
  );
