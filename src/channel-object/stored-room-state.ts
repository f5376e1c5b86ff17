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
import { ChannelTable, createChannelTable } from "../features/channels/index.ts";
import { createCarriedFiles, FileState } from "../features/files/index.ts";
import { createMemberNames, createMemberTable, MemberTable } from "../features/members/index.ts";
import { createMessageTables, createUnreadTables, MessageTable } from "../features/messages/index.ts";
import { createPinTable, PinTable } from "../features/pins/index.ts";
import { createReactionTables, ReactionTable } from "../features/reactions/index.ts";
import { createReaderTable, createReadRevisions, ReadStateTable } from "../features/reads/index.ts";
import { createThreadTables, ThreadTable } from "../features/threads/index.ts";
import { createAlarmTable } from "../durable/alarm-scheduler.ts";
import { createLog, EventLog, type LogRow } from "../durable/event-log.ts";
import type { Migration } from "../durable/migrations.ts";
import { createIdempotencyKeys, dropHashesOfDeleted, IdempotencyKeys } from "../durable/idempotency-keys.ts";
import { createRevisions, RevisionCounter } from "../durable/revisions.ts";
import { createCursors } from "../durable/projection-sink.ts";
import type { EventData, Message } from "../protocol/index.ts";
import { createDeliveries } from "./notifications/notification-outbox.ts";
import { createDepartures } from "./presence/disconnect-grace.ts";
import { createQuotaMarks } from "./commands/write-quota.ts";
import { createIndexLife, indexByNewRules } from "./projections/index-generation.ts";

/** Nobody is told of what they read before this. */
const createReadingsCursor: Migration = (sql) => {
  sql.exec("INSERT INTO cursors (sink, seq) SELECT 'readings', rev FROM revisions");
};

/** The schema of a room's SQLite, step by step. Append; never edit a step that was released. */
export const roomMigrations: readonly Migration[] = [
  (sql) => {
    for (const create of [
      createLog,
      createIdempotencyKeys,
      createCursors,
      createAlarmTable,
      createChannelTable,
      createMemberTable,
      createMessageTables,
    ])
      create(sql);
  },
  (sql) => {
    for (const create of [
      createRevisions,
      createMemberNames,
      createUnreadTables,
      createReactionTables,
      createPinTable,
      createReaderTable,
      createThreadTables,
      createDeliveries,
    ])
      create(sql);
  },
  (sql) => {
    for (const create of [createDepartures, createReadRevisions, createReadingsCursor]) create(sql);
  },
  (sql) => {
    for (const create of [createCarriedFiles, createIndexLife]) create(sql);
  },
  createQuotaMarks,
  dropHashesOfDeleted,
  indexByNewRules,
];

/** The room's state over its SQLite: what decisions read, and the one place where events change it. */
export class StoredRoomState implements RoomState {
  readonly log: EventLog;
  readonly nonces: IdempotencyKeys;
  readonly revisions: RevisionCounter;
  readonly members: MemberTable;
  readonly messages: MessageTable;
  readonly threads: ThreadTable;
  readonly reads: ReadStateTable;
  readonly files: FileState;
  readonly #reactions: ReactionTable;
  readonly #pins: PinTable;
  readonly #channel: ChannelTable;
  readonly #connected: () => readonly string[];
  atMs = 0;
  nowMs = 0;

  /** `connected`: who has a socket here, and is seen by others. */
  constructor(sql: SqlStorage, connected: () => readonly string[]) {
    this.log = new EventLog(sql);
    this.nonces = new IdempotencyKeys(sql);
    this.revisions = new RevisionCounter(sql);
    this.members = new MemberTable(sql);
    this.messages = new MessageTable(sql, this.log);
    this.threads = new ThreadTable(sql, this.revisions);
    this.reads = new ReadStateTable(sql, this.revisions);
    this.files = new FileState(sql);
    this.#reactions = new ReactionTable(sql);
    this.#pins = new PinTable(sql);
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

  memberOrSuspended(userId: string) {
    return this.members.findIncludingSuspended(userId);
  }

  memberNamed(username: string) {
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
      pinned: this.#pins.has(messageId),
    };
  }

  knowsNonce(authorId: string, nonce: string): boolean {
    return this.nonces.find(authorId, nonce) !== undefined;
  }

  unchanged(messages: readonly Message[]): Set<string> {
    return this.messages.filterUnchanged(messages);
  }

  hasReacted(messageId: string, emoji: string, userId: string): boolean {
    return this.#reactions.has(messageId, emoji, userId);
  }

  pinCount(): number {
    return this.#pins.count();
  }

  threadWithout(reply: Message) {
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

  /** Sets the moment that the next decisions are made at. */
  setTime(nowMs: number): void {
    this.nowMs = nowMs;
    this.atMs = this.log.monotonicTime(nowMs);
  }

  /** What the event of `row` made, as it is now: the answer to a repeated command. */
  resultOf(row: LogRow): object {
    const { message } = JSON.parse(row.data) as EventData<"messageCreate">;
    const { threadId } = message;
    return {
      message: this.message(message.id) ?? message,
      ...(threadId !== null && { thread: this.message(threadId)?.thread ?? null }),
    };
  }

  /** Takes the event that was just logged into the state. */
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
          projectionData?.facts ?? reject("internal", "A member without facts"),
        );
        // Who comes has read what was there.
        return this.reads.upsert(data.member.userId, {
          ...this.readState(data.member.userId),
          lastReadSeq: seq,
        });
      case "memberUpdate":
        return this.members.setRole(data.member);
      case "memberLeave":
        this.threads.unfollowAllThreads(data.member.userId);
        return this.members.delete(data.member);
      case "messageCreate":
        return this.#add(data.message);
      case "messageUpdate":
      case "threadUpdate":
        return this.messages.update(data.message);
      case "messageDelete":
        return this.#remove(data.message, projectionData);
      case "threadCreate":
        this.#add(data.message);
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
        this.#pins.insert(data.messageId);
        return this.messages.recordAnnotation(data.messageId, seq);
      case "messageUnpin":
        this.#pins.delete(data.messageId);
        return this.messages.recordAnnotation(data.messageId, seq);
      default:
        return assertNever(type);
    }
  }

  applyMemberState(change: MemberStateChange): void {
    const { userId } = change;
    if (change.type === "reading") {
      const reading = { ...this.readState(userId), ...change.change };
      if (change.change.lastReadSeq === undefined) this.reads.upsert(userId, reading);
      else this.reads.upsertAfterRead(userId, reading);
    } else this.threads.updateFollow(change.rootId, userId, change.change);
  }

  /** What memory holds may have been rolled back: all of it is read again. */
  invalidate(): void {
    this.log.invalidate();
    this.revisions.forget();
    this.members.clearCache();
    this.files.forget();
    this.#channel.clearCache();
  }

  #add(message: Message): void {
    this.messages.insert(message);
    this.files.carry(message);
  }

  #remove(message: Message, { fileIds = [] }: ProjectionData = {}): void {
    this.messages.markDeleted(message);
    this.nonces.redact(message.seq);
    this.files.drop(fileIds, message.rev);
    this.#reactions.deleteAllOfMessage(message.id);
    this.#pins.delete(message.id);
  }

  /** The root of a thread whose reply came or went. */
  #putThread(reply: Message, summary: Message["thread"], seq: number): void {
    const root = this.messages.find(reply.threadId ?? "")?.message;
    if (!root) return;
    this.threads.setSummary(root.id, summary);
    if (reply.deletedAt === null)
      this.threads.followOnReply(root, reply, this.memberOrSuspended(root.authorId) !== undefined);
    this.messages.recordAnnotation(root.id, seq);
  }
}
