import type { Account } from "./accounts.ts";
import type { Expected, SeenMessage } from "./expected.ts";
import type { ReadMarker } from "./read-simulation.ts";

export interface ExpectedFollow {
  rootId: string;
  lastReadSeq: number;
  unread: number;
  lastReplyAt: string;
}

export interface ExpectedNotification {
  kind: "mention" | "thread";
  channelSeq: number;
  threadId: string | null;
  actorId: string;
}

const maxUnreadCount = 99;

/** The expected state of each user: unread counts, followed threads and notifications. */
export class ExpectedUsers {
  readonly #expected: Expected;
  /** User ids that each message mentions, in the order of `messages`. */
  readonly #mentions: string[][];
  /** Last read `seq`, by `userId` or by `userId rootId`. */
  readonly #lastRead = new Map<string, number>();
  /** The highest position that the user has marked as read, by the same keys: notifications up to it are read (NT7). */
  readonly #markedUpTo = new Map<string, number>();
  readonly #follows = new Map<string, Map<string, number>>();
  readonly #notifications = new Map<string, ExpectedNotification[]>();

  /** @param joinedAt - the `seq` at which each user joined; earlier messages count as read */
  constructor(
    expected: Expected,
    accounts: ReadonlyMap<string, Account>,
    joinedAt: ReadonlyMap<string, number>,
  ) {
    this.#expected = expected;
    const names = new Map([...accounts.values()].map(({ username, userId }) => [username, userId]));
    this.#mentions = expected.messages.map(({ content }) => mentionedIn(content, names));
    for (const [userId, seq] of joinedAt) this.#lastRead.set(userId, seq);
    for (const [index, message] of expected.messages.entries()) this.#addMessage(message, index);
  }

  /** Applies a read marker; returns the expected response. */
  read({ rootId, seq, markUnread, after }: ReadMarker, userId: string): ReadMarker["response"] {
    const before = this.lastRead(userId, rootId);
    const key = keyOf(userId, rootId);
    this.#markedUpTo.set(key, Math.max(seq, this.#markedUpTo.get(key) ?? 0));
    const lastReadSeq = markUnread ? seq : Math.max(seq, before);
    this.#lastRead.set(key, lastReadSeq);
    if (rootId === null) return { lastReadSeq, ...this.unread(userId, lastReadSeq, after) };
    return { lastReadSeq, unread: this.#unreadReplies(rootId, userId, lastReadSeq, after) };
  }

  lastRead(userId: string, rootId: string | null = null): number {
    return (
      this.#lastRead.get(keyOf(userId, rootId)) ??
      (rootId === null ? 0 : (this.#follows.get(userId)?.get(rootId) ?? 0))
    );
  }

  /** Returns the unread counts of the first `after` messages. */
  unread(userId: string, seq: number, after = this.#expected.messages.length) {
    const counts = { unread: 0, mentions: 0 };
    for (let index = after - 1; index >= 0; index--) {
      const message = this.#expected.messages[index] as SeenMessage;
      if (message.seq <= seq) break;
      if (message.threadId !== null || message.authorId === userId) continue;
      counts.unread++;
      if (this.#mentions[index]?.includes(userId)) counts.mentions++;
    }
    return {
      unread: Math.min(maxUnreadCount, counts.unread),
      mentions: Math.min(maxUnreadCount, counts.mentions),
    };
  }

  /** Returns the followed threads in the order of the list: those with unread replies first, then by the last reply. */
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

  /** Returns the notifications, oldest first. */
  notifications(userId: string): ExpectedNotification[] {
    return this.#notifications.get(userId) ?? [];
  }

  /** Whether the user has read up to a notification: a reply with its thread, any other message with the channel. */
  hasRead(userId: string, { channelSeq, threadId }: ExpectedNotification): boolean {
    return channelSeq <= (this.#markedUpTo.get(keyOf(userId, threadId)) ?? 0);
  }

  get mentionCount(): number {
    return this.#mentions.flat().length;
  }

  /** Returns the mentions in the channel's history, except those of a message's own author. */
  mentionsInHistory(): { seq: number; userId: string }[] {
    return this.#expected.messages.flatMap(({ seq, threadId, authorId }, index) =>
      threadId === null
        ? (this.#mentions[index] ?? []).flatMap((userId) => (userId === authorId ? [] : [{ seq, userId }]))
        : [],
    );
  }

  #addMessage({ seq, threadId, authorId }: SeenMessage, index: number): void {
    const notify = (userId: string, kind: ExpectedNotification["kind"]): void => {
      const notices = this.#notifications.get(userId) ?? [];
      this.#notifications.set(userId, notices);
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

  /** Adds a follow; an existing one keeps its `lastReadSeq`. */
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
    return Math.min(maxUnreadCount, unread.length);
  }
}

const keyOf = (userId: string, rootId: string | null): string => `${userId} ${rootId ?? ""}`.trimEnd();

/**
 * Returns the user ids that a text mentions by `@username`; a full stop may follow, and code is ignored. Deliberately a different
 * implementation than the server's, so that the same defect is unlikely in both.
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
