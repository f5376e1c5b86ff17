import type { Account } from "./accounts.ts";
import { rootsOf } from "./threads.ts";
import type { Spoken } from "./corpus.ts";

/** What is compared of a message. */
export interface SeenMessage {
  seq: number;
  authorId: string;
  content: string;
  /** The root that it is a reply to. */
  threadId: string | null;
}

export interface ExpectedThread {
  rootId: string;
  root: SeenMessage;
  replies: SeenMessage[];
  summary: { replyCount: number; lastReplyAt: string; participantIds: string[] };
}

/** The conversation as it should be seen. */
export interface Expected {
  /** In the file's order, under the seqs that were acknowledged. */
  messages: SeenMessage[];
  /** Of these, those in the channel's history: replies stay in their threads. */
  history: SeenMessage[];
  /** By the ids of their roots, in the order of the first reply. */
  threads: Map<string, ExpectedThread>;
}

/** As many of those who replied first are named by a root. */
const participants = 5;

/** From the file alone; ids, seqs and times are those of the acks. */
export function expectedOf(spoken: readonly Spoken[], accounts: ReadonlyMap<string, Account>): Expected {
  const roots = rootsOf(spoken.map(({ line }) => line));
  const ids = new Map(spoken.map(({ line, message }) => [line.n, message.id]));
  const seen = new Map<number, SeenMessage>();
  const expected: Expected = { messages: [], history: [], threads: new Map() };
  for (const { line, message } of spoken) {
    const rootN = roots.get(line.n);
    const authorId = accounts.get(line.user)?.userId ?? "";
    const threadId = rootN === undefined ? null : (ids.get(rootN) ?? null);
    const one = { seq: message.seq, authorId, content: line.text, threadId };
    seen.set(line.n, one);
    expected.messages.push(one);
    if (rootN === undefined || threadId === null) {
      expected.history.push(one);
      continue;
    }
    const thread = expected.threads.get(threadId) ?? {
      rootId: threadId,
      root: seen.get(rootN) as SeenMessage,
      replies: [],
      summary: { replyCount: 0, lastReplyAt: "", participantIds: [] },
    };
    expected.threads.set(threadId, withReply(thread, one, message.createdAt));
  }
  return expected;
}

function withReply(thread: ExpectedThread, reply: SeenMessage, at: string): ExpectedThread {
  const { replies, summary } = thread;
  const { participantIds } = summary;
  const isNew = !participantIds.includes(reply.authorId) && participantIds.length < participants;
  replies.push(reply);
  return {
    ...thread,
    summary: {
      replyCount: replies.length,
      lastReplyAt: at,
      participantIds: isNew ? [...participantIds, reply.authorId] : participantIds,
    },
  };
}
