/** A page by `seq`: before, after or around one, or the newest messages. At most one of the three is set. */
export interface SeqPage {
  before?: number | undefined;
  after?: number | undefined;
  around?: number | undefined;
  limit: number;
}

/** A page of a list with a cursor. */
export interface CursorPage {
  cursor?: string | undefined;
  limit: number;
}

/** What a request reads from one channel. The room answers it from its own SQLite, as the JSON of the response. */
export type ChannelRead =
  | { kind: "channel" }
  | { kind: "messages"; page: SeqPage }
  | { kind: "message"; messageId: string }
  | { kind: "messagesById"; messageIds: string[] }
  | { kind: "messageAt"; seq: number }
  | { kind: "thread"; messageId: string; page: SeqPage & CursorPage }
  | { kind: "pins"; page: CursorPage }
  | { kind: "members"; page: CursorPage }
  | { kind: "events"; after: number; limit: number };

/** The user and session of a request, whose token the Worker has verified. */
export interface SessionClaims {
  userId: string;
  sessionId: string;
}

/** A room's answer to a read. */
export interface ChannelReading {
  /** Whether the room holds an open socket of the session. The user's hub closes it when the session ends, so the session is live. */
  isHeld: boolean;
  /** Whether the user is a member of the channel. Absent in answers of an earlier release. */
  isMember?: boolean;
  /** The response; null if only a held session was to be answered and this one is not held. */
  json: string | null;
}
