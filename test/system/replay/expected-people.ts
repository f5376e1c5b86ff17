import type { Account } from "./accounts.ts";
import type { Expected, SeenMessage } from "./expected.ts";
import type { Reading } from "./readers.ts";

export interface ExpectedFollow {
  rootId: string;
  lastReadSeq: number;
  unread: number;
  lastReplyAt: string;
}

export interface ExpectedNotice {
  kind: "mention" | "thread";
  channelSeq: number;
  threadId: string | null;
  actorId: string;
}

const counted = 99;

/** What one of the people should find: what is unread, which threads they follow, of what they are notified. */
export class ExpectedPeople {
  readonly #expected: Expected;
  /** By whom each message mentions, as user ids, in the order of `messages`. */
  readonly #mentions: string[][];
  /** Up to where each has read: by user, or by user and thread. */
  readonly #lastRead = new Map<string, number>();
  readonly #follows = new Map<string, Map<string, number>>();
  readonly #notices = new Map<string, ExpectedNotice[]>();

  /** `joinedAt`: the seqs at which people came into the channel; what was before is read. */
  constructor(
    expected: Expected,
    accounts: ReadonlyMap<string, Account>,
    joinedAt: ReadonlyMap<string, number>,
  ) {
    this.#expected = expected;
    const names = new Map([...accounts.values()].map(({ username, userId }) => [username, userId]));
    this.#mentions = expected.messages.map(({ content }) => mentionedIn(content, names));
    for (const [userId, seq] of joinedAt) this.#lastRead.set(userId, seq);
    for (const [index, message] of expected.messages.entries()) this.#hear(message, index);
  }

  /** Takes what somebody read, and tells what they should have been answered. */
  read({ rootId, seq, markUnread, after }: Reading, userId: string): Reading["answer"] {
    const before = this.lastRead(userId, rootId);
    const lastReadSeq = markUnread ? seq : Math.max(seq, before);
    this.#lastRead.set(keyOf(userId, rootId), lastReadSeq);
    if (rootId === null) return { lastReadSeq, ...this.unread(userId, lastReadSeq, after) };
    return { lastReadSeq, unread: this.#unreadReplies(rootId, userId, lastReadSeq, after) };
  }

  lastRead(userId: string, rootId: string | null = null): number {
    return (
      this.#lastRead.get(keyOf(userId, rootId)) ??
      (rootId === null ? 0 : (this.#follows.get(userId)?.get(rootId) ?? 0))
    );
  }

  /** Of the first `after` messages, counted from the end. */
  unread(userId: string, seq: number, after = this.#expected.messages.length) {
    const counts = { unread: 0, mentions: 0 };
    for (let index = after - 1; index >= 0; index--) {
      const message = this.#expected.messages[index] as SeenMessage;
      if (message.seq <= seq) break;
      if (message.threadId !== null || message.authorId === userId) continue;
      counts.unread++;
      if (this.#mentions[index]?.includes(userId)) counts.mentions++;
    }
    return { unread: Math.min(counted, counts.unread), mentions: Math.min(counted, counts.mentions) };
  }

  /** In the order of the list: with unread replies first, then by the last reply. */
  follows(userId: string): ExpectedFollow[] {
    const follows = [...(this.#follows.get(userId)?.keys() ?? [])].map((rootId): ExpectedFollow => {
      const lastReadSeq = this.lastRead(userId, rootId);
      const unread = this.#unreadReplies(rootId, userId, lastReadSeq);
      const lastReplyAt = this.#expected.threads.get(rootId)?.summary.lastReplyAt ?? "";
      return { rootId, lastReadSeq, unread, lastReplyAt };
    });
    const key = ({ unread, lastReplyAt, rootId }: ExpectedFollow) =>
      `${unread > 0 ? 1 : 0} ${lastReplyAt} ${rootId}`;
    return follows.toSorted((one, other) => (key(one) < key(other) ? 1 : -1));
  }

  /** Oldest first. */
  notices(userId: string): ExpectedNotice[] {
    return this.#notices.get(userId) ?? [];
  }

  get mentionCount(): number {
    return this.#mentions.flat().length;
  }

  /** Whom each message in the channel's history mentions, its author aside. */
  mentionsInHistory(): { seq: number; userId: string }[] {
    return this.#expected.messages.flatMap(({ seq, threadId, authorId }, index) =>
      threadId === null
        ? (this.#mentions[index] ?? []).flatMap((userId) => (userId === authorId ? [] : [{ seq, userId }]))
        : [],
    );
  }

  #hear({ seq, threadId, authorId }: SeenMessage, index: number): void {
    const notify = (userId: string, kind: ExpectedNotice["kind"]): void => {
      const notices = this.#notices.get(userId) ?? [];
      this.#notices.set(userId, notices);
      if (userId !== authorId && notices.at(-1)?.channelSeq !== seq)
        notices.push({ kind, channelSeq: seq, threadId, actorId: authorId });
    };
    for (const userId of this.#mentions[index] ?? []) notify(userId, "mention");
    if (threadId === null) return;
    const root = this.#expected.threads.get(threadId)?.root as SeenMessage;
    this.#follow(root.authorId, threadId, root.seq);
    this.#follow(authorId, threadId, seq - 1);
    for (const [userId, follows] of this.#follows) if (follows.has(threadId)) notify(userId, "thread");
  }

  /** Who follows already stays where they are. */
  #follow(userId: string, rootId: string, lastReadSeq: number): void {
    const follows = this.#follows.get(userId) ?? new Map<string, number>();
    this.#follows.set(userId, follows);
    if (!follows.has(rootId)) follows.set(rootId, lastReadSeq);
  }

  #unreadReplies(rootId: string, userId: string, seq: number, after?: number): number {
    const last = this.#expected.messages[(after ?? this.#expected.messages.length) - 1]?.seq ?? 0;
    const replies = this.#expected.threads.get(rootId)?.replies ?? [];
    const unread = replies.filter(
      (reply) => reply.seq > seq && reply.seq <= last && reply.authorId !== userId,
    );
    return Math.min(counted, unread.length);
  }
}

const keyOf = (userId: string, rootId: string | null): string => `${userId} ${rootId ?? ""}`.trimEnd();

/**
 * Whom a line calls by `@` and a name that somebody has; a full stop may follow, code does not count. By another way than the
 * server's, on purpose.
 */
export function mentionedIn(text: string, names: ReadonlyMap<string, string>): string[] {
  const parts = text.replace(/(`+)[^`]+\1/g, " ").split("@");
  const mentioned = new Set<string>();
  for (const [index, part] of parts.entries()) {
    const before = parts[index - 1];
    if (before === undefined) continue;
    // An empty part before the first `@` is the beginning; later it is another `@`.
    if ((before === "" && index > 1) || /[\p{L}\p{N}_./\\-]$/u.test(before)) continue;
    let name = /^[a-z0-9._-]*/i.exec(part)?.[0].toLowerCase() ?? "";
    while (!names.has(name) && /[._-]$/.test(name)) name = name.slice(0, -1);
    const userId = names.get(name);
    if (userId !== undefined) mentioned.add(userId);
  }
  return [...mentioned];
}
