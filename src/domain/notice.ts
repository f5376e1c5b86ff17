import type { NotificationKind, UserEventData } from "../protocol/index.ts";

/** What happened in a room and concerns a user: what a room tells the hub of it, by ids and without others' text. */
export interface UserNotice {
  /** Null: they are not to be notified of it, but it is one of their own events. */
  kind: NotificationKind | null;
  /** What their own log bears of it, notified or not. */
  own?: UserEvent;
  /** The event in the room's log: a hub takes each of a channel once. */
  channelSeq: number;
  /** Null: it is not about a message. */
  messageId: string | null;
  /** The root of the thread that the message is a reply in. */
  threadId: string | null;
  /** Where one has to have read up to, to have read it: the `seq` of the message, or of the event where there is none. */
  place?: number;
  /** Whether reading the channel up to `place` reads it: not so for a reply that its thread alone shows. */
  inChannel?: boolean;
  /** Set: what was notified of this message is so no longer; `mention`: for that reason. Then `kind` is null. */
  gone?: "message" | "mention";
  /** Whose doing it was. */
  actorId: string;
  /** When it happened, as the wire has it. */
  createdAt: string;
}

export type UserEvent = {
  [T in "channelCreate" | "memberJoin" | "memberLeave"]: { type: T; data: UserEventData<T> };
}["channelCreate" | "memberJoin" | "memberLeave"];

/** Up to where a user has read in a thread of a channel. */
export interface ThreadReadStateNotice {
  rootId: string;
  lastReadSeq: number;
}

/** Up to where a user has read in a channel. `rev` is the room's revision of it: the higher one is the newer. */
export interface ReadStateNotice {
  lastReadSeq: number;
  rev: number;
}
