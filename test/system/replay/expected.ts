import type { Account } from "./accounts.ts";
import { rootsOf } from "./threads.ts";
import type { SentLine } from "./corpus.ts";

/** The compared fields of a message. */
export interface SeenMessage {
  seq: number;
  authorId: string;
  content: string;
  /** Id of the thread's root; null for a message that is no reply. */
  threadId: string | null;
}

export interface ExpectedThread {
  rootId: string;
  root: SeenMessage;
  replies: SeenMessage[];
  summary: { replyCount: number; lastReplyAt: string; participantIds: string[] };
}

/** The expected conversation. */
export interface Expected {
  /** All messages in the file's order, with the acknowledged `seq`. */
  messages: SeenMessage[];
  /** The messages in the channel's history, without replies. */
  history: SeenMessage[];
  /** By root id, in the order of the first reply. */
  threads: Map<string, ExpectedThread>;
}

/** Limit of `participantIds` in a thread's summary: the first authors of replies. */
const maxParticipants = 5;

/** Derives the expected conversation from the file alone; only ids, sequence numbers and times are those of the acknowledgements. */
export function expectedOf(sent: readonly SentLine[], accounts: ReadonlyMap<string, Account>): Expected {
  const roots = rootsOf(sent.map(({ line }) => line));
  const ids = new Map(sent.map(({ line, message }) => [line.n, message.id]));
  const seen = new Map<number, SeenMessage>();
  const expected: Expected = { messages: [], history: [], threads: new Map() };
  for (const { line, message } of sent) {
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
  const isNew = !participantIds.includes(reply.authorId) && participantIds.length < maxParticipants;
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
