import type { IdPrefix } from "../lib/ids.ts";
import { newId } from "../lib/ids.ts";
import { assertNever, reject } from "../errors/app-error.ts";
import type {
  MemberStateChange,
  ReadState,
  RoomEvent,
  RoomState,
  ProjectionData,
} from "../domain/room-state.ts";
import { isoTime } from "../lib/time.ts";
import { ChannelTable } from "../features/channels/index.ts";
import { CarriedFileTable } from "../features/files/index.ts";
import { MemberTable } from "../features/members/index.ts";
import {
  type GroupMentionConfig,
  GroupMentionTable,
  HistoryTable,
  MessageTable,
} from "../features/messages/index.ts";
import { PinTable } from "../features/pins/index.ts";
import { ReactionTable } from "../features/reactions/index.ts";
import { ReadStateTable } from "../features/reads/index.ts";
import { RetentionTable } from "../features/retention/index.ts";
import { ThreadTable } from "../features/threads/index.ts";
import { SubscriptionTable } from "../features/event-subscriptions/index.ts";
import { EventLog, type LogRow } from "../durable/event-log.ts";
import { IdempotencyKeys } from "../durable/idempotency-keys.ts";
import { RevisionCounter } from "../durable/revisions.ts";
import type { EventData, Message } from "../protocol/index.ts";

/** The projections read events soon after they were committed. At 1,400 messages/s, they read what was committed in the last second. */
const recentLogBytes = 1024 * 1024;

/** The room's state in its SQLite. Decisions read it; only `apply` and `applyMemberState` change it. */
export class StoredRoomState implements RoomState {
  readonly log: EventLog;
  readonly nonces: IdempotencyKeys;
  readonly revisions: RevisionCounter;
  readonly members: MemberTable;
  readonly messages: MessageTable;
  readonly history: HistoryTable;
  readonly threads: ThreadTable;
  readonly reads: ReadStateTable;
  readonly files: CarriedFileTable;
  readonly pins: PinTable;
  readonly #groupMentions: GroupMentionTable;
  readonly retention: RetentionTable;
  readonly subscriptions: SubscriptionTable;
  readonly #reactions: ReactionTable;
  readonly #channel: ChannelTable;
  readonly #connected: () => readonly string[];
  atMs = 0;
  nowMs = 0;

  /** @param connected returns the ids of users with a socket who are visible to others */
  constructor(sql: SqlStorage, connected: () => readonly string[], config: GroupMentionConfig) {
    this.log = new EventLog(sql, { recentBytes: recentLogBytes });
    this.nonces = new IdempotencyKeys(sql);
    this.revisions = new RevisionCounter(sql);
    this.members = new MemberTable(sql);
    this.messages = new MessageTable(sql, this.log);
    this.history = new HistoryTable(sql);
    this.threads = new ThreadTable(sql, this.revisions);
    this.reads = new ReadStateTable(sql, this.revisions);
    this.files = new CarriedFileTable(sql);
    this.pins = new PinTable(sql);
    this.#groupMentions = new GroupMentionTable(sql, config);
    this.retention = new RetentionTable(sql);
    this.subscriptions = new SubscriptionTable(sql);
    this.#reactions = new ReactionTable(sql);
    this.#channel = new ChannelTable(sql);
    this.#connected = connected;
  }

  get channel() {
    return this.#channel.channel;
  }

  get nameClaim() {
    return this.#channel.nameClaim;
  }

  get nextSeq(): number {
    return this.log.head + 1;
  }

  get at(): string {
    return isoTime(this.atMs);
  }

  newId(prefix: IdPrefix): string {
    return newId(prefix, this.atMs);
  }

  member(userId: string) {
    return this.members.find(userId);
  }

  memberIncludingSuspended(userId: string) {
    return this.members.findIncludingSuspended(userId);
  }

  workspaceRole(userId: string) {
    return this.members.workspaceRole(userId);
  }

  mute(userId: string) {
    return this.members.mute(userId);
  }

  groupMentionWaitMs(userId: string): number {
    return this.#groupMentions.waitMs(userId, this.nowMs);
  }

  memberByUsername(username: string) {
    return this.members.findByUsername(username);
  }

  memberIds(limit: number): string[] {
    return this.members.activeIds(limit);
  }

  presentIds(): string[] {
    return this.#connected().filter((userId) => this.member(userId) !== undefined);
  }

  ownerCount(): number {
    return this.members.ownerCount();
  }

  message(messageId: string): Message | undefined {
    const found = this.messages.find(messageId);
    if (!found?.isTouched) return found?.message;
    return {
      ...found.message,
      reactions: this.#reactions.countsByEmoji(messageId),
      thread: this.threads.summary(messageId),
      pinned: this.pins.has(messageId),
    };
  }

  isNonceUsed(authorId: string, nonce: string): boolean {
    return this.nonces.find(authorId, nonce) !== undefined;
  }

  unchanged(messages: readonly Message[]): Set<string> {
    return this.messages.filterUnchanged(messages);
  }

  hasReacted(messageId: string, emoji: string, userId: string): boolean {
    return this.#reactions.has(messageId, emoji, userId);
  }

  pinCount(): number {
    return this.pins.count();
  }

  threadSummaryWithout(reply: Message) {
    return this.threads.summaryWithoutReply(reply);
  }

  follow(rootId: string, userId: string) {
    return this.threads.findFollow(rootId, userId);
  }

  unreadReplies(rootId: string, userId: string, seq: number): number {
    return this.threads.unreadReplyCount(rootId, userId, seq);
  }

  readState(userId: string): ReadState {
    const { type } = this.channel;
    const level = type === "direct" || type === "group" ? "all" : "mentions";
    return this.reads.find(userId) ?? { lastReadSeq: 0, level };
  }

  unread(userId: string, seq: number) {
    return this.messages.unreadCounts(userId, seq);
  }

  /** Sets the time of the next decisions. */
  setTime(nowMs: number): void {
    this.nowMs = nowMs;
    this.atMs = this.log.monotonicTime(nowMs);
  }

  /** Returns the result of a repeated command: the message that its event created, as it is now. */
  resultOf(row: LogRow): object {
    const { message } = JSON.parse(row.data) as EventData<"messageCreate">;
    const { threadId } = message;
    return {
      message: this.message(message.id) ?? message,
      ...(threadId !== null && { thread: this.message(threadId)?.thread ?? null }),
    };
  }

  /** Applies an event to the state, within the transaction that appended it to the log. */
  apply({ type, data, projectionData }: RoomEvent): void {
    const seq = this.log.head;
    switch (type) {
      case "channelCreate":
      case "channelUpdate":
      case "channelDelete":
        return this.#channel.upsert(data.channel, projectionData?.claim);
      case "memberJoin":
        this.members.insert(
          data.member,
          projectionData?.facts ?? reject("internal", "A memberJoin event has no account facts"),
        );
        // A new member has read everything before they joined.
        return this.reads.upsert(data.member.userId, {
          ...this.readState(data.member.userId),
          lastReadSeq: seq,
        });
      case "memberUpdate":
        return this.members.setRole(data.member);
      case "memberMute":
        return this.members.setMute(data.member.userId, data.member.mute ?? { until: null });
      case "memberUnmute":
        return this.members.endMute(data.member.userId);
      case "memberLeave":
        this.threads.unfollowAllThreads(data.member.userId);
        return this.members.delete(data.member);
      case "messageCreate":
        return this.#add(data.message, projectionData);
      case "messageUpdate":
      case "threadUpdate":
        return this.messages.update(data.message);
      case "messageDelete":
        return this.#remove(data.message, projectionData);
      case "threadCreate":
        this.#add(data.message, projectionData);
        return this.#putThread(data.message, data.thread, seq);
      case "threadDelete":
        this.#remove(data.message, projectionData);
        return this.#putThread(data.message, data.thread, seq);
      case "reactionAdd":
        this.#reactions.insert(data, projectionData?.reactions ?? []);
        return this.messages.recordAnnotation(data.messageId, seq);
      case "reactionRemove":
        this.#reactions.delete(data, projectionData?.reactions ?? []);
        return this.messages.recordAnnotation(data.messageId, seq);
      case "messagePin":
        this.pins.insert(data.messageId);
        return this.messages.recordAnnotation(data.messageId, seq);
      case "messageUnpin":
        this.pins.delete(data.messageId);
        return this.messages.recordAnnotation(data.messageId, seq);
      default:
        return assertNever(type);
    }
  }

  /** Applies a change of one member's own state. */
  applyMemberState(change: MemberStateChange): void {
    const { userId } = change;
    switch (change.type) {
      case "readState": {
        const state = { ...this.readState(userId), ...change.change };
        if (change.change.lastReadSeq === undefined) this.reads.upsert(userId, state);
        else this.reads.upsertAfterRead(userId, state);
        return;
      }
      case "follow":
        return this.threads.updateFollow(change.rootId, userId, change.change);
      default:
        return assertNever(change);
    }
  }

  /** Clears all caches: what memory holds may have been rolled back. */
  invalidate(): void {
    this.log.invalidate();
    this.revisions.forget();
    this.members.clearCache();
    this.files.clearCache();
    this.reads.clearCache();
    this.retention.clearCache();
    this.subscriptions.clearCache();
    this.#channel.clearCache();
  }

  #add(message: Message, { groupMention }: ProjectionData = {}): void {
    if (groupMention) this.#groupMentions.spend(message.authorId, this.nowMs);
    this.messages.insert(message);
    this.files.insertFilesOf(message);
  }

  #remove(message: Message, { fileIds = [] }: ProjectionData = {}): void {
    this.retention.keepIfHeld(message);
    this.messages.markDeleted(message);
    this.nonces.redact(message.seq);
    this.files.markDropped(fileIds, message.rev);
    this.#reactions.deleteAllOfMessage(message.id);
    this.pins.delete(message.id);
  }

  /** Updates the root of a thread after a reply was created or deleted. */
  #putThread(reply: Message, summary: Message["thread"], seq: number): void {
    const root = this.messages.find(reply.threadId ?? "")?.message;
    if (!root) return;
    this.threads.setSummary(root.id, summary);
    if (reply.deletedAt === null)
      this.threads.followOnReply(root, reply, this.memberIncludingSuspended(root.authorId) !== undefined);
    this.messages.recordAnnotation(root.id, seq);
  }
}
