import { setTimeout as sleep } from "node:timers/promises";
import { getChannelEvents, getChannelMessages, getThreadMessages } from "../../../src/client/index.ts";
import type { EventEnvelope, Message, ThreadPage } from "../../../src/client/index.ts";
import { patiently } from "./accounts.ts";
import type { Account } from "./accounts.ts";
import { atOnce } from "./at-once.ts";
import type { Expected, ExpectedThread, SeenMessage } from "./expected.ts";
import { number } from "./progress.ts";
import type { StartProgress } from "./progress.ts";
import type { Head } from "./record.ts";
import { checked, differencesOf, eventually, otherThan } from "./verify.ts";
import type { Check } from "./verify.ts";

const readsAtOnce = 4;

const seenOf = ({ seq, authorId, content, threadId }: Message): SeenMessage => ({
  seq,
  authorId,
  content,
  threadId,
});

/** The whole history by REST: without replies, each root with what it says of its thread. */
export async function checkHistory(
  { history, threads }: Expected,
  { client }: Account,
  { channelId, head, patienceMs }: Head,
): Promise<Check> {
  const deadline = Date.now() + patienceMs;
  const messages: Message[] = [];
  for (;;) {
    const query = { after: messages.at(-1)?.seq ?? 0, limit: 100 };
    const page = await patiently(() => client.call(getChannelMessages, { params: { channelId }, query }));
    messages.push(...page.items);
    if (page.hasMoreAfter && page.items.length > 0) continue;
    if (page.seq >= head || Date.now() > deadline) break;
    await sleep(100);
  }
  const summaries = messages.flatMap(({ id, seq, thread }) =>
    otherThan(`the thread of #${seq}`, threads.get(id)?.summary ?? null, thread),
  );
  return checked("history", `${number(messages.length)} messages, page by page, without replies`, [
    ...differencesOf(history, messages.map(seenOf)),
    ...summaries,
  ]);
}

/** Each thread by REST, asked for by its root or, every other one, by its last reply; pages of various lengths. */
export async function checkThreads(
  { threads }: Expected,
  { client }: Account,
  { channelId, patienceMs }: Head,
  { ids, startProgress }: { ids: ReadonlyMap<number, string>; startProgress: StartProgress },
): Promise<Check> {
  const deadline = Date.now() + patienceMs;
  const progress = startProgress("Threads", threads.size);
  const look = async ({ rootId, root, replies, summary }: ExpectedThread, index: number) => {
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
      const page: ThreadPage = await patiently(() => read(cursor));
      got.push(...page.items);
      found.push(
        ...otherThan("the root", { ...root, id: rootId }, { ...seenOf(page.root), id: page.root.id }),
        ...otherThan("what the root says", summary, page.root.thread),
      );
      cursor = page.nextCursor;
    } while (cursor !== null);
    return [...found, ...differencesOf(replies, got.map(seenOf))];
  };
  const differences = await atOnce(readsAtOnce, [...threads.values()], async (thread, index) => {
    const found = await eventually(() => look(thread, index), deadline);
    progress.advance();
    return found.map((difference) => `thread of #${thread.root.seq}: ${difference}`);
  });
  progress.finish();
  const replies = [...threads.values()].reduce((sum, thread) => sum + thread.replies.length, 0);
  return checked("threads", `${number(threads.size)} with ${number(replies)} replies`, differences.flat());
}

/** The room's log from its first event on. */
export async function readLog({ client }: Account, channelId: string): Promise<EventEnvelope[]> {
  const events: EventEnvelope[] = [];
  for (let hasMore = true; hasMore;) {
    const query = { after: events.at(-1)?.seq ?? 0, limit: 100 };
    const page = await patiently(() => client.call(getChannelEvents, { params: { channelId }, query }));
    events.push(...(page.events as EventEnvelope[]));
    hasMore = page.hasMore && page.events.length > 0;
  }
  return events;
}

/** Without a hole, each message once, and each reply with what its root said from then on. */
export function checkLog(
  events: readonly EventEnvelope[],
  { messages, threads }: Expected,
  people: number,
): Check {
  const holes = events.flatMap(({ seq }, index) =>
    seq === index + 1 ? [] : [`#${seq} stands in the place of #${index + 1}`],
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
    return otherThan(`the thread at #${event.seq}`, wanted, event.data.thread);
  });
  const others = events.length - logged.length;
  return checked("log", `${number(events.length)} events without a hole`, [
    ...holes.slice(0, 1),
    ...differencesOf(
      messages,
      logged.map(({ data }) => seenOf(data.message)),
    ),
    ...otherThan("events besides messages (the channel, and who came)", people + 1, others),
    ...summaries,
  ]);
}

/** At which seqs people came into the channel, by their ids. */
export const joinsIn = (events: readonly EventEnvelope[]): Map<string, number> =>
  new Map(
    events.flatMap((event) =>
      event.type === "memberJoin" ? [[event.data.member.userId, event.seq] as const] : [],
    ),
  );
