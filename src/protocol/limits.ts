/** Bounds that are part of the contract. Those that an operator may set are in `config.ts`. */
export const limits = {
  jsonBodyBytes: 64 * 1024,
  frameBytes: 64 * 1024,
  frameFatalBytes: 1024 * 1024,
  serverFrameBytes: 256 * 1024,
  contentLength: 8_000,
  fileNameLength: 255,
  /** Files of one message. */
  filesOfMessage: 10,
  /** Of what is searched for. */
  searchLength: 500,
  /** Of one message that a search has found. */
  highlights: 200,
  /** Of one message, the first one counted. */
  versions: 1_000,
  /** Kinds of emoji on one message. */
  reactionKinds: 50,
  pins: 100,
  /** Past so many members `@channel` and `@here` notify nobody. */
  mentionedAtOnce: 1_000,
  /** Who answered first, as the root of a thread names them. */
  threadParticipants: 5,
  /** Others in a direct or group message. */
  dmOthers: 8,
  /** What is unread is counted exactly up to here. */
  unreadCounted: 99,
  replayEvents: 1_000,
  /** Present users that a room tells by name; past them it tells how many. */
  onlineListed: 200,
  /** A user's typing is told at most so often, and over when so long none was told. */
  typingEveryMs: 3_000,
  typingEndsMs: 5_000,
  /** Who returns sooner was never away. */
  absenceMs: 5_000,
  ticketSeconds: 30,
  confirmEveryBytes: 256 * 1024,
  unconfirmedShedBytes: 2 * 1024 * 1024,
  unconfirmedCloseBytes: 8 * 1024 * 1024,
} as const;
