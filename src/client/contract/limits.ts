// Generated from src/protocol/limits.ts by `npm run docs`. Do not edit.

/**
 * Limits that are part of the contract: AsyncAPI publishes them under these names as `x-limits`. Limits that an operator can configure
 * are in `config.ts`.
 */
export const limits = {
  jsonBodyBytes: 64 * 1024,
  frameBytes: 64 * 1024,
  frameFatalBytes: 1024 * 1024,
  serverFrameBytes: 256 * 1024,
  contentLength: 8_000,
  /** Ranges of a message's text that `entities` lists: the first ones. */
  entities: 200,
  /** Attachments of one message, which programs add. */
  attachments: 20,
  /** All attachments of one message, as JSON. */
  attachmentBytes: 32 * 1024,
  attachmentTextLength: 4_000,
  attachmentTitleLength: 300,
  attachmentFields: 20,
  /** Metadata of one message, as JSON. */
  metadataBytes: 4 * 1024,
  metadataDepth: 10,
  senderNameLength: 80,
  urlLength: 2_048,
  fileNameLength: 255,
  /** Files attached to one message. */
  filesOfMessage: 10,
  /** Length of a search query, in code points. */
  searchLength: 500,
  /** Highlights of one message in a search result. */
  highlights: 200,
  /** Versions of one message, including the original. */
  versions: 1_000,
  /** Different emoji on one message. */
  reactionKinds: 50,
  /** The size of the image of a custom emoji. */
  emojiBytes: 256 * 1024,
  /** The size of an avatar. */
  avatarBytes: 1024 * 1024,
  /** Pixels of an avatar. */
  avatarPixels: 2048 * 2048,
  /** The size of an avatar whose dimensions the server can't read. */
  avatarBytesUnmeasured: 64 * 1024,
  /** Members of one user group. */
  groupMembers: 500,
  /** Pinned messages of one channel. */
  pins: 100,
  /** The largest group that `@channel` and `@here` notify. A larger group is not notified at all. */
  mentionedAtOnce: 1_000,
  /** Participants that a thread summary lists: the first users who replied. */
  threadParticipants: 5,
  /** Users in a direct or group message, besides the requesting user. */
  dmOthers: 8,
  /** Unread counts are exact up to this number and stop there. */
  unreadCounted: 99,
  /** Members of a channel, and objects that are about to be deleted, are counted up to this number in lists for administration. */
  adminCounted: 1_000,
  /** Events that a subscription replays. A client that missed more receives a `gap`. */
  replayEvents: 1_000,
  /** Online users that a channel lists by id. With more of them it publishes only their number. */
  onlineListed: 200,
  /** Scheduled messages of one user that are not sent. As many that failed, and that were sent, are kept. */
  scheduledMessages: 100,
  /** How many days ahead a message may be scheduled. */
  scheduledDays: 120,
  /** Reminders of one user that are not done. As many that are done are kept. */
  reminders: 200,
  /** How many days ahead a reminder may be. */
  reminderDays: 1_830,
  /** Length of a reminder's text, in code points. */
  reminderLength: 1_000,
  /** Length of a time in words, in code points. */
  timeTextLength: 100,
  /** Drafts of one user. */
  drafts: 200,
  /** Saved messages of one user. */
  savedMessages: 1_000,
  /** Subscriptions of one user to pushes. One more replaces the one that its browser confirmed the longest ago. */
  pushSubscriptions: 20,
  /** Unread notifications that the payload of a push lists. */
  pushUnreadSeqs: 20,
  /** The minimum interval between typing broadcasts of one user. */
  typingEveryMs: 3_000,
  /** A user counts as typing for this long after the last broadcast. */
  typingEndsMs: 5_000,
  /** Grace period after a disconnect. A user who reconnects within it stays online. */
  absenceMs: 5_000,
  /** How long a bot may take to acknowledge a slash command. */
  commandAckMs: 3_000,
  /** How long the response URL of a slash command is valid. */
  responseUrlMs: 30 * 60_000,
  /** Answers that a response URL accepts. */
  responseUrlUses: 5,
  ticketSeconds: 30,
  /** Clients confirm received bytes with `seen` at least this often. */
  confirmEveryBytes: 256 * 1024,
  /** Send window: from this many unconfirmed bytes on, signals (typing and presence) are dropped. */
  unconfirmedShedBytes: 2 * 1024 * 1024,
  /** Send window: a socket with more unconfirmed bytes is closed with 4408. */
  unconfirmedCloseBytes: 8 * 1024 * 1024,
} as const;
