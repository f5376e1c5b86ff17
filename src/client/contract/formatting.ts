// Generated from src/protocol/formatting.ts by `npm run docs`. Do not edit.

import type { Timestamp, TimestampInput, UserId } from "./common.ts";

/** How a message is shown. `me`: as an action of its author, in the third person. */
export type MessageKind = "me";

/**
 * The name and icon with which a program's message is shown instead of its account's. Clients mark such a
 * message as a program's.
 */
export interface MessageSender {
  name?: string;
  /** An emoji's name between colons, or an https URL of an image. */
  icon?: string;
}

/**
 * A block below a message, as programs add them: a title, text, fields, an image. Images are not fetched by the
 * server.
 */
export interface MessageAttachment {
  /** The colour of the bar beside the block. */
  color?: string;
  /** Text above the block. */
  pretext?: string;
  /** A line above the title. */
  authorName?: string;
  authorUrl?: HttpUrl;
  title?: string;
  titleUrl?: HttpUrl;
  text?: string;
  /** Pairs of a title and a value. */
  fields?: {
    title?: string;
    /** The value of the field. */
    value: string;
    /** Two short fields fit beside each other. */
    short?: boolean;
  }[];
  imageUrl?: HttpUrl;
  thumbnailUrl?: HttpUrl;
  /** A line below the block. */
  footer?: string;
  footerIconUrl?: HttpUrl;
  /** When what the attachment describes happened. */
  at?: Timestamp;
  /** Plain text for notifications and for clients that show no attachments. */
  fallback?: string;
}

/** A link that clients open or load. Other schemes are rejected, since they could run code. */
export type HttpUrl = string;

/** A JSON object for programs, at most 4 KiB. */
export type MessageMetadata = Record<string, unknown>;

/** What a range of a message's text is. docs/formatting.md */
export type Entity =
  | MentionEntity
  | GroupMentionEntity
  | LinkEntity
  | EmphasisEntity
  | CodeBlockEntity
  | QuoteEntity
  | EmojiEntity;

export interface MentionEntity {
  type: "mention";
  /** The position of the first code point in `content`. */
  offset: number;
  /** The number of code points, markup included. */
  length: number;
  userId: UserId;
}

export interface GroupMentionEntity {
  type: "groupMention";
  /** The position of the first code point in `content`. */
  offset: number;
  /** The number of code points, markup included. */
  length: number;
  /** The mentioned group. */
  group: "channel" | "here";
}

export interface LinkEntity {
  type: "link";
  /** The position of the first code point in `content`. */
  offset: number;
  /** The number of code points, markup included. */
  length: number;
  /** With the scheme `http`, `https` or `mailto`. */
  url: string;
  /** Where the text to show begins. Absent if the text to show is the whole range. */
  textOffset?: number;
  /** How long the text to show is. */
  textLength?: number;
}

export interface EmphasisEntity {
  type: "bold" | "italic" | "strike" | "code";
  /** The position of the first code point in `content`. */
  offset: number;
  /** The number of code points, markup included. */
  length: number;
  /** The number of code points at the beginning and at the end that are markup, and are not shown. */
  marker: number;
}

export interface CodeBlockEntity {
  type: "codeBlock";
  /** The position of the first code point in `content`. */
  offset: number;
  /** The number of code points, markup included. */
  length: number;
  /** The first word after the opening fence. */
  language?: string;
}

export interface QuoteEntity {
  type: "quote";
  /** The position of the first code point in `content`. */
  offset: number;
  /** The number of code points, markup included. */
  length: number;
}

export interface EmojiEntity {
  type: "emoji";
  /** The position of the first code point in `content`. */
  offset: number;
  /** The number of code points, markup included. */
  length: number;
  /** The name between the colons, in lower case. It need not exist. */
  name: string;
}

/** The sender as a bot sends it. */
export interface NewSender {
  /** 1 to 80 characters. */
  name?: string;
  /** An emoji's name between colons, or an https URL of an image. */
  icon?: string;
}

export type NewAttachments = NewAttachment[];

/** An attachment as a bot sends it. */
export interface NewAttachment {
  /** The colour of the bar beside the block. */
  color?: string;
  /** Text above the block. 1 to 4000 characters. */
  pretext?: string;
  /** A line above the title. 1 to 300 characters. */
  authorName?: string;
  authorUrl?: HttpUrl;
  /** 1 to 300 characters. */
  title?: string;
  titleUrl?: HttpUrl;
  /** 1 to 4000 characters. */
  text?: string;
  /** Pairs of a title and a value. */
  fields?: {
    /** 1 to 300 characters. */
    title?: string;
    /** The value of the field. 1 to 4000 characters. */
    value: string;
    /** Two short fields fit beside each other. */
    short?: boolean;
  }[];
  imageUrl?: HttpUrl;
  thumbnailUrl?: HttpUrl;
  /** A line below the block. 1 to 300 characters. */
  footer?: string;
  footerIconUrl?: HttpUrl;
  /** When what the attachment describes happened. */
  at?: TimestampInput;
  /** Plain text for notifications and for clients that show no attachments. 1 to 4000 characters. */
  fallback?: string;
}
