import { and, asc, eq, gt, sql } from "drizzle-orm";
import {
  accountDatabase,
  auditEntries,
  channelDatabase,
  channelDirectory,
  customEmoji,
  messages,
  messageVersions,
  reactions,
  userGroupMembers,
  userGroups,
} from "../../db/index.ts";
import { isoTime } from "../../lib/time.ts";
import type { Notification } from "../../protocol/index.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { presentEntry } from "../audit/index.ts";
import { findUser, presentSelf } from "../users/index.ts";
import { listSubscriptions, presentSubscription } from "../event-subscriptions/index.ts";
import type { ArchiveEntry } from "./archive.ts";
import { json, lines } from "./entries.ts";

const auditRowsPerStep = 1_000;
/** Channels that one step reads. */
const channelsPerStep = 25;
/** Messages of one channel that one step reads: at most 16 MB. */
const messagesPerEntry = 500;
/** Bytes of texts after which a step ends. */
const bytesPerStep = 4 * 1024 * 1024;
const notificationsPerCall = 100;
const maxSubscriptions = 1_000;

/** Returns the entries of the account, its sessions, notifications, groups and emoji. */
export async function profileEntries(env: Env, userId: string): Promise<ArchiveEntry[]> {
  const hub = () => hubOf(env, userId);
  const [row, status, sessions, notifications, subscriptions, workspace] = await Promise.all([
    findUser(accountDatabase(env), userId),
    callObject(() => hub().getStatus()),
    callObject(() => hub().listSessions("")),
    allNotifications(env, userId),
    listSubscriptions(env, { ownerId: userId, limit: maxSubscriptions }),
    groupsAndEmoji(env, userId),
  ]);
  return [
    json("profile.json", { user: row && presentSelf(row), status: status.ok ? status.value : null }),
    json(
      "sessions.json",
      sessions.map(({ id, device, addressPrefix, createdAt, lastUsedAt }) => ({
        id,
        device,
        addressPrefix,
        createdAt,
        lastUsedAt,
      })),
    ),
    lines("notifications.jsonl", notifications),
    json(
      "event-subscriptions.json",
      subscriptions.map((subscription) => presentSubscription(subscription, userId)),
    ),
    json("workspace.json", workspace),
  ];
}

/** The groups of which the user is a member, and the custom emoji that they created: at most some thousand names. */
async function groupsAndEmoji(env: Env, userId: string) {
  const db = accountDatabase(env);
  const [groups, emoji] = await db.batch([
    db
      .select({ id: userGroups.id, handle: userGroups.handle, name: userGroups.name })
      .from(userGroupMembers)
      .innerJoin(userGroups, eq(userGroups.id, userGroupMembers.groupId))
      .where(eq(userGroupMembers.userId, userId)),
    db
      .select({ name: customEmoji.name, createdAt: customEmoji.createdAt })
      .from(customEmoji)
      .where(eq(customEmoji.createdBy, userId)),
  ]);
  return { groups, emoji: emoji.map(({ name, createdAt }) => ({ name, createdAt: isoTime(createdAt) })) };
}

/** A hub keeps at most 10,000 notifications, of some 300 bytes. */
async function allNotifications(env: Env, userId: string): Promise<Notification[]> {
  const all: Notification[] = [];
  for (let before: number | undefined; ;) {
    const page = await callObject(() => hubOf(env, userId).listNotifications(notificationsPerCall, before));
    if (!page.ok) return all;
    all.push(...page.value.items);
    before = page.value.items.at(-1)?.seq;
    if (before === undefined || page.value.items.length < notificationsPerCall) return all;
  }
}

/** Returns audit entries about what the user did, after the entry `after`. */
export async function auditEntriesOf(
  env: Env,
  userId: string,
  after: string,
): Promise<{ entries: ArchiveEntry[]; next: string | null }> {
  const rows = await accountDatabase(env)
    .select()
    .from(auditEntries)
    .where(and(eq(auditEntries.actorId, userId), gt(auditEntries.id, after)))
    .orderBy(asc(auditEntries.id))
    .limit(auditRowsPerStep);
  const last = rows.at(-1);
  if (!last) return { entries: [], next: null };
  return {
    entries: [lines(`audit/${last.id}.jsonl`, rows.map(presentEntry))],
    next: rows.length === auditRowsPerStep ? last.id : null,
  };
}

interface ChannelPosition {
  after: string;
  seq: number;
}

/** Returns the user's messages and reactions in the next channels after a position. */
export async function channelPage(
  env: Env,
  userId: string,
  { after, seq }: ChannelPosition,
): Promise<{ entries: ArchiveEntry[]; next: ChannelPosition | null }> {
  const channels = await accountDatabase(env)
    .select({ channelId: channelDirectory.channelId })
    .from(channelDirectory)
    .where(seq > 0 ? sql`${channelDirectory.channelId} >= ${after}` : gt(channelDirectory.channelId, after))
    .orderBy(asc(channelDirectory.channelId))
    .limit(channelsPerStep);
  const entries: ArchiveEntry[] = [];
  let bytes = 0;
  let position: ChannelPosition = { after, seq };
  for (const { channelId } of channels) {
    const from = position.seq > 0 && channelId === position.after ? position.seq : 0;
    const own = await ownMessages(env, userId, channelId, from);
    const last = own.at(-1);
    if (last) entries.push(lines(`messages/${channelId}-${last.seq}.jsonl`, own));
    bytes += entries.at(-1)?.data.byteLength ?? 0;
    if (last && own.length === messagesPerEntry)
      return { entries, next: { after: channelId, seq: last.seq } };
    const reacted = await ownReactions(env, userId, channelId);
    if (reacted.length > 0) entries.push(lines(`reactions/${channelId}.jsonl`, reacted));
    position = { after: channelId, seq: 0 };
    if (bytes > bytesPerStep) return { entries, next: position };
  }
  return { entries, next: channels.length === channelsPerStep ? position : null };
}

async function ownMessages(env: Env, userId: string, channelId: string, after: number) {
  const db = channelDatabase(env, channelId);
  const rows = await db
    .select()
    .from(messages)
    .where(and(eq(messages.channelId, channelId), eq(messages.authorId, userId), gt(messages.seq, after)))
    .orderBy(asc(messages.seq))
    .limit(messagesPerEntry);
  const edited = rows.filter(({ version }) => version > 1).map(({ id }) => id);
  const versions =
    edited.length === 0
      ? []
      : await db
          .select()
          .from(messageVersions)
          .where(
            sql`${messageVersions.messageId} IN (SELECT value FROM json_each(${JSON.stringify(edited)}))`,
          );
  const versionsOf = Map.groupBy(versions, ({ messageId }) => messageId);
  return rows.map(({ id, seq, content, threadId, createdAt, updatedAt, deletedAt, files }) => ({
    id,
    channelId,
    seq,
    content,
    threadId,
    createdAt: isoTime(createdAt),
    updatedAt: isoTime(updatedAt),
    deletedAt: deletedAt === null ? null : isoTime(deletedAt),
    files: files.map((file) => file.id),
    earlierVersions: (versionsOf.get(id) ?? []).map((version) => ({
      version: version.version,
      content: version.content,
      at: isoTime(version.at),
    })),
  }));
}

/** A user has at most some thousand reactions in one channel: 64 bytes each. */
async function ownReactions(env: Env, userId: string, channelId: string) {
  const rows = await channelDatabase(env, channelId)
    .select({ messageId: reactions.messageId, emoji: reactions.emoji, at: reactions.at })
    .from(reactions)
    .where(and(eq(reactions.channelId, channelId), eq(reactions.userId, userId)));
  return rows
    .toSorted((one, other) => one.at - other.at)
    .map(({ messageId, emoji, at }) => ({ channelId, messageId, emoji, at: isoTime(at) }));
}
