import { createHash } from "node:crypto";
import { getChannelMessages, getThreadMessages } from "../../src/client/index.ts";
import type { Message } from "../../src/client/index.ts";
import type { Participant } from "./participant.ts";

/** The summary of one view of the channel and the thread. */
export interface View {
  of: string;
  messages: number;
  replies: number;
  lastSeq: number;
  /** Hash of the messages and replies in their order, without the viewer's own reactions. */
  fingerprint: string;
}

/** The result of the comparison. */
export interface Verdict {
  views: View[];
  /** Differences as text; empty if all views agree. */
  differences: string[];
}

interface Conversations {
  channelId: string;
  /** The root of the thread that all participants have open. */
  root: Message;
  /** The direct message between the first two participants. */
  dmId: string;
}

/**
 * Compares the live view of each participant with the others and with the history and the thread by REST, including the participant's
 * own reactions. Also checks that no message is unread, since all were marked as read.
 */
export async function compareViews(
  people: Participant[],
  { channelId, root, dmId }: Conversations,
): Promise<Verdict> {
  const differences: string[] = [];
  const views: View[] = [];
  for (const participant of people) {
    const { name, view, thread } = participant;
    const fetched = [
      await fetchHistory(participant, channelId),
      await fetchThread(participant, channelId, root),
    ] as const;
    const held = [view.list(), thread?.list() ?? []] as const;
    if (serialize(held.flat(), { own: true }) !== serialize(fetched.flat(), { own: true }))
      differences.push(`${name}'s live view differs from the server's history`);
    if (fetched[0].length === 0) differences.push("The history is empty");
    views.push(viewOf(name, ...held));
    if (participant === people.at(-1)) views.push(viewOf("REST", ...fetched));
  }
  if (new Set(views.map(({ fingerprint }) => fingerprint)).size > 1)
    differences.push("The live views differ from each other");

  for (const { name, events } of people) {
    const broken = events.find(({ seq }, index) => index > 0 && seq !== (events[index - 1]?.seq ?? 0) + 1);
    if (broken) differences.push(`${name} missed the event before #${broken.seq}, or received it twice`);
  }
  const channels = people.flatMap((participant, index) =>
    (index < 2 ? [channelId, dmId] : [channelId]).map((id) => ({ participant, id })),
  );
  for (const { participant, id } of channels)
    if (!(await participant.hasReadAll(id)))
      differences.push(`${participant.name} has marked all as read, but channel ${id} has unread messages`);
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

/** @param own - whether to include the viewer's own reactions */
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

/** Fetches the first page: the demo's thread is shorter. */
async function fetchThread({ client }: Participant, channelId: string, { id }: Message): Promise<Message[]> {
  const params = { channelId, messageId: id };
  return (await client.call(getThreadMessages, { params, query: { limit: 100 } })).items;
}
