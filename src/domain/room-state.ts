import type {
  Channel,
  ChannelRole,
  EventData,
  EventType,
  Member,
  Message,
  NotificationLevel,
} from "../protocol/index.ts";
import type { Actor, UserFacts } from "./actor.ts";
import { invalidField, reject } from "../errors/app-error.ts";
import type { IdPrefix } from "../lib/ids.ts";
import { type Action, checkPermissions } from "./permissions.ts";

/** All that a decision may read: the room's own state at one moment, the clock included. */
export interface RoomState {
  readonly channel: Channel;
  /** The use of the channel's name in D1's table of names. */
  readonly nameClaim: string | null;
  /** The `seq` that the next event gets. */
  readonly nextSeq: number;
  /** The moment of the decision, never before that of an earlier event. */
  readonly at: string;
  /** The clock's own word for that moment, which may have gone back: for what is measured against other clocks. */
  readonly nowMs: number;
  newId(prefix: IdPrefix): string;
  member(userId: string): Member | undefined;
  /** As `member`, but suspended ones too: they may nothing, and can be removed. */
  memberOrSuspended(userId: string): Member | undefined;
  /** How many owners the channel has, suspended ones aside, counted up to 2. */
  ownerCount(): number;
  /** As it is now, with everything that a reader sees of it. */
  message(messageId: string): Message | undefined;
  /** The member with this username, which is in lower case. */
  memberNamed(username: string): Member | undefined;
  /** Who is in the channel, suspended members aside: at most `limit` of them, in no order. */
  memberIds(limit: number): string[];
  /** The members who are connected now. */
  presentIds(): string[];
  /** Whether this author used the nonce in this channel before. */
  knowsNonce(authorId: string, nonce: string): boolean;
  hasReacted(messageId: string, emoji: string, userId: string): boolean;
  pinCount(): number;
  /** What is left of a thread without this reply; null where that was the last one. */
  threadWithout(reply: Message): ThreadSummary | null;
  follow(rootId: string, userId: string): Follow | undefined;
  /** How many replies of others came after `seq`, exact up to 99. */
  unreadReplies(rootId: string, userId: string, seq: number): number;
  readState(userId: string): ReadState;
  /** What of others came after `seq`, exact up to 99. */
  unread(userId: string, seq: number): { unread: number; mentions: number };
}

export type ThreadSummary = NonNullable<Message["thread"]>;

/** Up to where a member has read, and what they want to be notified of. */
export interface ReadState {
  lastReadSeq: number;
  level: NotificationLevel;
}

export interface Follow {
  following: boolean;
  lastReadSeq: number;
}

/** A change of what concerns one member alone: state of the room with a revision, no event, and nobody else hears of it. */
export type MemberStateChange =
  | { type: "reading"; userId: string; change: Partial<ReadState> }
  | { type: "follow"; userId: string; rootId: string; change: Partial<Follow> };

/** What happened: an event of the wire, and what only the log and its sinks are told. */
export type RoomEvent = {
  [T in EventType]: {
    type: T;
    data: EventData<T>;
    /** For projections, never sent to a client. */
    projectionData?: ProjectionData;
    /** The message whose deletion redacts this event, where its own `seq` does not tell. */
    subject?: string;
  };
}[EventType];

export interface ProjectionData {
  /** What a message said before this edit. */
  previous?: { version: number; content: string; at: string };
  /** The name now held, and the one let go. */
  claim?: string;
  releasedClaim?: string;
  /** Whom an edit mentions who were not mentioned before. */
  newlyMentioned?: string[];
  /** Whom an edit mentions no longer, and whom a message mentioned that is deleted now. */
  noLongerMentioned?: string[];
  /** The kinds of reactions that a message now bears. */
  reactions?: Message["reactions"];
  /** What a message carried that is deleted now. */
  fileIds?: string[];
  /** What the room knows of a new member. */
  facts?: UserFacts;
}

/** Events, and what the sender is told: the first event's data unless something else is given. */
export interface Decision {
  events: RoomEvent[];
  result: object;
  /** Told to the sender besides, and to nobody else. */
  senderData?: object;
  memberState?: MemberStateChange[];
}

export const withEvents = (first: RoomEvent, ...more: RoomEvent[]): Decision => ({
  events: [first, ...more],
  result: first.data,
});

/** For what was so already: nothing is logged, and the sender is told how it is. */
export const noChange = (result: object): Decision => ({ events: [], result });

/** For what concerns the actor alone. */
export const memberStateChanged = (result: object, ...memberState: MemberStateChange[]): Decision => ({
  events: [],
  result,
  memberState,
});

/** Refuses as the table of permissions says: with 404 where the actor may not know of the channel. */
export function authorize(
  room: RoomState,
  actor: Actor,
  action: Action,
  more: { isAuthor?: boolean; detail?: string } = {},
): void {
  const channelRole: ChannelRole | null = room.member(actor.userId)?.role ?? null;
  const standing = {
    workspaceRole: actor.role,
    channelRole,
    channelType: room.channel.type,
    isAuthor: more.isAuthor ?? false,
  };
  if (checkPermissions(action, standing)) return;
  if (!checkPermissions("readChannel", standing)) reject("not_found", "No such channel");
  reject(
    "forbidden",
    more.detail ?? (channelRole ? "Your role in this channel does not allow it" : "Join the channel first"),
  );
}

/** An archived channel takes no writes. */
export function rejectIfArchived({ channel }: RoomState): void {
  if (channel.archivedAt !== null) reject("conflict", "This channel is archived");
}

/** In a direct or group message whose others are all suspended nobody would read anything. */
export function rejectIfNoActiveRecipient(room: RoomState, { userId }: Actor): void {
  const others = room.channel.memberIds?.filter((id) => id !== userId) ?? [];
  if (others.length > 0 && !others.some((id) => room.member(id)))
    reject(
      "conflict",
      others.length === 1
        ? "The account of the other person is suspended: they would not read this"
        : "The accounts of all others are suspended: nobody would read this",
    );
}

/** Nobody has read what is not there yet. */
export function rejectIfPastHead({ nextSeq }: RoomState, seq: number): void {
  if (seq >= nextSeq)
    throw invalidField("seq", `Wants at most ${nextSeq - 1}`, "This lies past the end of the channel");
}

/** A tombstone takes no changes. */
export function rejectIfDeleted({ deletedAt }: Message): void {
  if (deletedAt !== null) reject("conflict", "This message was deleted");
}
