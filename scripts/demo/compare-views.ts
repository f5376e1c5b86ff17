import { createHash } from "node:crypto";
import { getChannelMessages, getThreadMessages } from "../../src/client/index.ts";
import type { Message } from "../../src/client/index.ts";
import type { Participant } from "./participant.ts";

export interface View {
  of: string;
  messages: number;
  replies: number;
  lastSeq: number;
  /** Of all that the view says of its messages and replies, in their order; what is the viewer's own aside. */
  fingerprint: string;
}

export interface Verdict {
  views: View[];
  /** In words; none means that all agree. */
  differences: string[];
}

interface Conversations {
  channelId: string;
  /** Of the thread that all have open. */
  root: Message;
  /** A direct message between the first two. */
  dmId: string;
}

/**
 * Compares what each person saw, live, with each other and with what the server gives by REST: the history and the thread,
 * for each of them with their own reactions. By then everybody has read everything, so that nothing may be unread.
 */
export async function compareViews(people: Participant[], { channelId, root, dmId }: Conversations): Promise<Verdict> {
  const differences: string[] = [];
  const views: View[] = [];
  for (const person of people) {
    const { name, view, thread } = person;
    const fetched = [
      await fetchHistory(person, channelId),
      await fetchThread(person, channelId, root),
    ] as const;
    const held = [view.list(), thread?.list() ?? []] as const;
    if (serialize(held.flat(), { own: true }) !== serialize(fetched.flat(), { own: true }))
      differences.push(`${name} saw something else than the server gives`);
    if (fetched[0].length === 0) differences.push("The history is empty");
    views.push(viewOf(name, ...held));
    if (person === people.at(-1)) views.push(viewOf("REST", ...fetched));
  }
  if (new Set(views.map(({ fingerprint }) => fingerprint)).size > 1) differences.push("Not all saw the same");

  for (const { name, events } of people) {
    const broken = events.find(({ seq }, index) => index > 0 && seq !== (events[index - 1]?.seq ?? 0) + 1);
    if (broken) differences.push(`${name} did not get the event before #${broken.seq}, or got it twice`);
  }
  const channels = people.flatMap((person, index) =>
    (index < 2 ? [channelId, dmId] : [channelId]).map((id) => ({ person, id })),
  );
  for (const { person, id } of channels)
    if (!(await person.hasReadAll(id)))
      differences.push(`${person.name} has read everything, and something is unread in ${id}`);
  return { views, differences };
}

function viewOf(of: string, messages: Message[], replies: Message[]): View {
  const all = [...messages, ...replies];
  const fingerprint = createHash("sha256")
    .update(serialize(all, { own: false }))
    .digest("hex")
    .slice(0, 10);
  const lastSeq = Math.max(0, ...all.map(({ seq }) => seq));
  return { of, messages: messages.length, replies: replies.length, lastSeq, fingerprint };
}

/** `own`: with what the viewer reacted. */
const serialize = (messages: Message[], { own }: { own: boolean }): string =>
  JSON.stringify(
    messages.map(
      ({ id, seq, rev, authorId, content, version, mentions, reactions, thread, threadId, pinned }) => [
        [id, seq, rev, authorId, content, version, mentions, threadId, pinned],
        reactions.map(({ emoji, count, me }) => [emoji, count, own && me === true]),
        thread && [thread.replyCount, thread.lastReplyAt, thread.participantIds],
      ],
    ),
  );

async function fetchHistory({ client }: Participant, channelId: string): Promise<Message[]> {
  const messages: Message[] = [];
  for (let more = true; more;) {
    const after = messages.at(-1)?.seq ?? 0;
    const page = await client.call(getChannelMessages, {
      params: { channelId },
      query: { after, limit: 100 },
    });
    messages.push(...page.items);
    more = page.hasMoreAfter && page.items.length > 0;
  }
  return messages;
}

/** One page: it is a short one. */
async function fetchThread({ client }: Participant, channelId: string, { id }: Message): Promise<Message[]> {
  const params = { channelId, messageId: id };
  return (await client.call(getThreadMessages, { params, query: { limit: 100 } })).items;
}
