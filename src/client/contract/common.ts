// Generated from src/protocol/common.ts by `npm run docs`. Do not edit.

/** One page of a list. */
export interface Page<Item> {
  items: Item[];
  /** Give it as `cursor` for the next page; null on the last one. */
  nextCursor: string | null;
}

/** `usr_` and a ULID: opaque and sortable by creation. */
export type UserId = string;

/** `ses_` and a ULID: opaque and sortable by creation. */
export type SessionId = string;

/** A position in the log of a channel. */
export type Seq = number;

/**
 * Names one life of a log: a log that was made anew has another epoch, and its `seq`s mean nothing to holders of
 * the old one.
 */
export type Epoch = string;

/** `chn_` and a ULID: opaque and sortable by creation. */
export type ChannelId = string;

/** An instant: ISO 8601, UTC, milliseconds. */
export type Timestamp = string;

/** `msg_` and a ULID: opaque and sortable by creation. */
export type MessageId = string;

/** `fil_` and a ULID: opaque and sortable by creation. */
export type FileId = string;

/** Opaque; from an answer's `nextCursor`. */
export type Cursor = string;

/**
 * An instant as a client may write it: RFC 3339, with or without fractions, in UTC or with an offset. Kept as a
 * `Timestamp`.
 */
export type TimestampInput = string;

export interface PageQuery {
  /** 1 to 100. Default: 50. */
  limit?: number;
  cursor?: Cursor;
}

/** Made by the client; the same nonce never makes a second message. */
export type Nonce = string;
