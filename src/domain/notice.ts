import type { NotificationKind, UserEventData, UserGroup } from "../protocol/index.ts";

/** An event of a room that concerns a user, as the room sends it to the user's hub: by ids, without message text. */
export interface UserNotice {
  /** Why the user is notified; null if the event belongs to the user's own log, or withdraws a notification, without notifying. */
  kind: NotificationKind | null;
  /** The event that the user's own log receives. */
  own?: UserEvent;
  /** The event's `seq` in the room's log, by which a hub deduplicates. */
  channelSeq: number;
  /** Null when the event is not about a message. */
  messageId: string | null;
  /** The root message of the thread; null when the message is not a reply. */
  threadId: string | null;
  /** The read position from which on the notification counts as read: the `seq` of the message, or of the event without one. */
  place?: number;
  /** Whether reading the channel up to `place` marks it as read. False for a reply that only its thread shows. */
  inChannel?: boolean;
  /** Withdraws the notification of this message: in any case, or only if it was a `mention`. `kind` is null then. */
  gone?: "message" | "mention";
  /** The user who caused the event. */
  actorId: string;
  /** The reminder that is due, for a notification of the kind `reminder`, and the channel of its message. */
  reminder?: { id: string; channelId: string | null };
  /** The time of the event, ISO 8601. */
  createdAt: string;
}

/** An event of a user's own log. */
export type UserEvent = {
  [T in "channelCreate" | "memberJoin" | "memberLeave"]: { type: T; data: UserEventData<T> };
}["channelCreate" | "memberJoin" | "memberLeave"];

/** A user's read position in a thread. */
export interface ThreadReadStateNotice {
  rootId: string;
  lastReadSeq: number;
}

/** A user's read position in a channel. `rev` is the room's revision of it; a hub keeps the position with the higher one. */
export interface ReadStateNotice {
  lastReadSeq: number;
  rev: number;
}

/** A change of a user group, for a user who is, or was, a member. */
export interface GroupChange {
  group: UserGroup;
  isMember: boolean;
  deleted: boolean;
}
