import type {
  Channel,
  ChannelRole,
  EventData,
  EventType,
  Member,
  Message,
  Mute,
  NotificationLevel,
  WorkspaceRole,
} from "../protocol/index.ts";
import type { Actor, UserFacts } from "./actor.ts";
import { invalidField, reject } from "../errors/app-error.ts";
import type { IdPrefix } from "../lib/ids.ts";
import { type Action, checkPermissions, rankOf } from "./permissions.ts";

/** Everything that a decision may read: the room's own state at one moment, including the time. */
export interface RoomState {
  readonly channel: Channel;
  /** The claim under which the channel's name is registered in D1; null for a channel without a name there. */
  readonly nameClaim: string | null;
  /** The `seq` of the next event. */
  readonly nextSeq: number;
  /** The time of the decision, ISO 8601, never before the time of an earlier event. */
  readonly at: string;
  /** The time of the clock, in ms since 1970, which may have been set back. For comparisons with other clocks. */
  readonly nowMs: number;
  newId(prefix: IdPrefix): string;
  member(userId: string): Member | undefined;
  /** As `member`, including suspended ones, who may do nothing but can be removed. */
  memberIncludingSuspended(userId: string): Member | undefined;
  /** The workspace role of a member, suspended or not, as their hub last sent it. */
  workspaceRole(userId: string): WorkspaceRole | undefined;
  /** The mute of a user, member or not; undefined if they are not muted now. */
  mute(userId: string): Mute | undefined;
  /** How long the user must wait before they may mention a whole group again, in ms; 0: they may. */
  groupMentionWaitMs(userId: string): number;
  /** The number of owners who are neither suspended nor guests of the workspace, counted up to 2. */
  ownerCount(): number;
  /** The message as a reader sees it now, with reactions, thread and pin. */
  message(messageId: string): Message | undefined;
  /** The member with this username, in lower case. */
  memberByUsername(username: string): Member | undefined;
  /** The ids of members who are not suspended, at most `limit`, in no order. */
  memberIds(limit: number): string[];
  /** The ids of members with a connection. */
  presentIds(): string[];
  /** Whether the author has used the nonce in this channel. */
  isNonceUsed(authorId: string, nonce: string): boolean;
  hasReacted(messageId: string, emoji: string, userId: string): boolean;
  pinCount(): number;
  /** The summary of the thread without this reply; null when it is the last one. */
  threadSummaryWithout(reply: Message): ThreadSummary | null;
  follow(rootId: string, userId: string): Follow | undefined;
  /** The number of replies by others after `seq`, counted up to 99. */
  unreadReplies(rootId: string, userId: string, seq: number): number;
  readState(userId: string): ReadState;
  /** The numbers of messages by others and of mentions after `seq`, each counted up to 99. */
  unread(userId: string, seq: number): { unread: number; mentions: number };
}

export type ThreadSummary = NonNullable<Message["thread"]>;

/** A member's read position and notification level. */
export interface ReadState {
  lastReadSeq: number;
  level: NotificationLevel;
}

/** A member's state in a thread. */
export interface Follow {
  following: boolean;
  lastReadSeq: number;
}

/** A change of state that belongs to one member. It gets a revision instead of an event, and is not broadcast to others. */
export type MemberStateChange =
  | { type: "readState"; userId: string; change: Partial<ReadState> }
  | { type: "follow"; userId: string; rootId: string; change: Partial<Follow> };

/** An event that a decision makes: what clients receive, and what only the log and the projections receive. */
export type RoomEvent = {
  [T in EventType]: {
    type: T;
    data: EventData<T>;
    /** Never sent to a client. */
    projectionData?: ProjectionData;
    /** The id of the message whose deletion redacts this event; absent for the event that created the message. */
    subject?: string;
  };
}[EventType];

/** Data of an event that only projections need. */
export interface ProjectionData {
  /** The version of the message before this edit. */
  previous?: { version: number; content: string; at: string };
  /** The claim of the new name. */
  claim?: string;
  /** The claim of the name that the channel no longer has. */
  releasedClaim?: string;
  /** The ids of users that the edit mentions and the previous version did not. */
  newlyMentioned?: string[];
  /** The ids of users that the previous version, or the deleted message, mentioned and the new version does not. */
  noLongerMentioned?: string[];
  /** The message's reactions after the event. */
  reactions?: Message["reactions"];
  /** The files of the deleted message. */
  fileIds?: string[];
  /** The new member's account. */
  facts?: UserFacts;
  /** The message mentions a whole group, which counts towards its author's limit. */
  groupMention?: true;
}

/** The outcome of a command: the events to commit, and the result for the sender. */
export interface Decision {
  events: RoomEvent[];
  result: object;
  /** Further data of the acknowledgement, for the sender alone. */
  senderData?: object;
  memberState?: MemberStateChange[];
}

/** Makes a decision with events, whose result is the data of the first. */
export const withEvents = (first: RoomEvent, ...more: RoomEvent[]): Decision => ({
  events: [first, ...more],
  result: first.data,
});

/** Makes a decision for a command that changes nothing: no event, and the present state as its result. */
export const noChange = (result: object): Decision => ({ events: [], result });

/** Makes a decision that changes only the actor's own state. */
export const memberStateChanged = (result: object, ...memberState: MemberStateChange[]): Decision => ({
  events: [],
  result,
  memberState,
});

/**
 * Checks the permissions of the actor in the channel.
 *
 * @throws `not_found` when the actor may not read the channel; `forbidden` when they may, but the action is not allowed
 */
export function authorize(
  room: RoomState,
  actor: Actor,
  action: Action,
  more: { isAuthor?: boolean; detail?: string } = {},
): void {
  const { onBehalfOf } = actor;
  const member = room.member(onBehalfOf ?? actor.userId);
  const channelRole: ChannelRole | null = member?.role ?? null;
  const mute =
    (member ? member.mute : room.mute(onBehalfOf ?? actor.userId)) ??
    (onBehalfOf === undefined ? undefined : room.mute(actor.userId));
  const { type: channelType, postingPolicy = "everyone" } = room.channel;
  const context = {
    workspaceRole: onBehalfOf === undefined ? actor.role : (room.workspaceRole(onBehalfOf) ?? "member"),
    channelRole,
    channelType,
    postingPolicy,
    isAuthor: more.isAuthor ?? false,
    isMuted: mute !== undefined,
  };
  if (checkPermissions(action, context)) return;
  if (!checkPermissions("readChannel", context)) reject("not_found", "No such channel");
  if (mute && checkPermissions(action, { ...context, isMuted: false }))
    reject("forbidden", `You are muted in this channel${mute.until === null ? "" : ` until ${mute.until}`}`);
  if (postingPolicy !== "everyone" && checkPermissions(action, { ...context, postingPolicy: "everyone" }))
    reject("forbidden", "Only moderators can post in this channel");
  reject(
    "forbidden",
    more.detail ?? (channelRole ? "Your role in this channel does not allow it" : "Join the channel first"),
  );
}

/** @throws `forbidden` if the actor's rank in the channel is not higher than the member's */
export function requireHigherRank(room: RoomState, actor: Actor, member: Member): void {
  const own = rankOf(actor.role, room.member(actor.userId)?.role ?? null);
  if (own <= rankOf(room.workspaceRole(member.userId) ?? "member", member.role))
    reject("forbidden", "This member has the same rank as you, or a higher one");
}

/** @throws `conflict` in an archived channel, which is read-only */
export function rejectIfArchived({ channel }: RoomState): void {
  if (channel.archivedAt !== null) reject("conflict", "This channel is archived");
}

/** @throws `conflict` in a direct or group message in which all others are suspended, so that no one would read the message */
export function rejectIfNoActiveRecipient(room: RoomState, { userId, onBehalfOf = userId }: Actor): void {
  const others = room.channel.memberIds?.filter((id) => id !== onBehalfOf) ?? [];
  if (others.length > 0 && !others.some((id) => room.member(id)))
    reject(
      "conflict",
      others.length === 1
        ? "The account of the other member is suspended, so they cannot read this"
        : "The accounts of all other members are suspended, so they cannot read this",
    );
}

/** @throws `validation_failed` for a read position after the channel's last event */
export function rejectIfPastHead({ nextSeq }: RoomState, seq: number): void {
  if (seq >= nextSeq)
    throw invalidField(
      "seq",
      `Must be at most ${nextSeq - 1}`,
      "The read position is after the last event of the channel",
    );
}

/** @throws `conflict` for a deleted message, which can no longer be changed */
export function rejectIfDeleted({ deletedAt }: Message): void {
  if (deletedAt !== null) reject("conflict", "This message was deleted");
}
