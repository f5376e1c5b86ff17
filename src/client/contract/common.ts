// Generated from src/protocol/common.ts by `npm run docs`. Do not edit.

/** One page of a list. */
export interface Page<Item> {
  items: Item[];
  /** Pass it as `cursor` to get the next page; null on the last one. */
  nextCursor: string | null;
}

/** `usr_` and a ULID. Opaque; ids sort by creation time. */
export type UserId = string;

/** `ses_` and a ULID. Opaque; ids sort by creation time. */
export type SessionId = string;

/** A sequence number in the log of a channel. */
export type Seq = number;

/**
 * Identifies one incarnation of a log. A log that was created again has another epoch, and a `seq` is valid only
 * within its epoch.
 */
export type Epoch = string;

/** `chn_` and a ULID. Opaque; ids sort by creation time. */
export type ChannelId = string;

/** A point in time: ISO 8601, UTC, with milliseconds. */
export type Timestamp = string;

/** `msg_` and a ULID. Opaque; ids sort by creation time. */
export type MessageId = string;

/** `fil_` and a ULID. Opaque; ids sort by creation time. */
export type FileId = string;

/** `grp_` and a ULID. Opaque; ids sort by creation time. */
export type GroupId = string;

/** `rem_` and a ULID. Opaque; ids sort by creation time. */
export type ReminderId = string;

/** `sch_` and a ULID. Opaque; ids sort by creation time. */
export type ScheduledMessageId = string;

/** `sub_` and a ULID. Opaque; ids sort by creation time. */
export type EventSubscriptionId = string;

/** `eph_` and a ULID. Opaque; ids sort by creation time. */
export type EphemeralMessageId = string;

/** `run_` and a ULID. Opaque; ids sort by creation time. */
export type CommandRunId = string;

/** `psk_` and a ULID. Opaque; ids sort by creation time. */
export type PasskeyId = string;

/**
 * A point in time as clients send it (RFC 3339): with or without fractions of a second, in UTC or with an
 * offset. Parsed into a `Timestamp`.
 */
export type TimestampInput = string;

/** `inv_` and a ULID. Opaque; ids sort by creation time. */
export type InviteId = string;

export interface PageQuery {
  /** 1 to 100. Default: 50. */
  limit?: number;
  cursor?: Cursor;
}

/** Opaque: the `nextCursor` of the previous page. */
export type Cursor = string;

/** An idempotency key that the client generates. Sending the same nonce again never creates a second message. */
export type Nonce = string;

/** `psh_` and a ULID. Opaque; ids sort by creation time. */
export type PushSubscriptionId = string;

/** `cmd_` and a ULID. Opaque; ids sort by creation time. */
export type SlashCommandId = string;

/** `tok_` and a ULID. Opaque; ids sort by creation time. */
export type TokenId = string;

/** `iwh_` and a ULID. Opaque; ids sort by creation time. */
export type IncomingWebhookId = string;

/** `key_` and a ULID. Opaque; ids sort by creation time. */
export type ServerKeyId = string;

/** `dlv_` and a ULID. Opaque; ids sort by creation time. */
export type DeliveryId = string;
