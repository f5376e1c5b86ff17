import type { NotificationKind } from "../protocol/index.ts";

/** What a room tells the hub of one of its members: what happened, by ids and without anybody's text. */
export interface Notice {
  kind: NotificationKind;
  /** The event in the room's log: a hub takes each of a channel once. */
  channelSeq: number;
  /** Null: it is not about a message. */
  messageId: string | null;
  /** The root of the thread that the message is a reply in. */
  threadId: string | null;
  /** Whose doing it was. */
  actorId: string;
  /** When it happened, as the wire has it. */
  createdAt: string;
}
