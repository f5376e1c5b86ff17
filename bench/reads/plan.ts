/** The channels of every stack, and the requests that read from them. */

export const readNames = ["head", "middle", "start", "unreads"] as const;
export type ReadName = (typeof readNames)[number];

/**
 * Who reads. `live`: a client as an app has it, with an open socket that is subscribed to the long channel: the shared socket in Parley,
 * a Socket.IO connection in the peer. `rest`: another member, without any socket.
 */
export const readerNames = ["live", "rest"] as const;
export type ReaderName = (typeof readerNames)[number];

export type ReadsSize = {
  /** Messages of the long channel. */
  messages: number;
  /** Number of short channels. */
  channels: number;
};

export const fullSize: ReadsSize = { messages: 100_000, channels: 200 };
export const quickSize: ReadsSize = { messages: 5_000, channels: 40 };

export const pageLength = 50;

/** How many messages of a short channel the user has read; the rest is unread. */
export const readPerChannel = 10;
const unreadCounts = [0, 1, 3, 8, 20, 45, 98, 130];
/** Returns the number of unread messages of a short channel. */
export const unreadIn = (channel: number): number => unreadCounts[channel % unreadCounts.length]!;

/** Unread counts are capped at this number. */
const maxUnreadCount = 99;

/** Returns the expected unread counts, ascending: all messages of the long channel are unread. */
export const expectedUnreads = ({ messages, channels }: ReadsSize): number[] =>
  [messages, ...Array.from({ length: channels }, (_, index) => unreadIn(index))]
    .map((unread) => Math.min(unread, maxUnreadCount))
    .toSorted((a, b) => a - b);

/** Makes the text of a message, of about 80 characters. */
export const textOf = (index: number): string =>
  `Message ${index}: did you look at what the release notes say about the upgrade path?`;

/** The open socket of the `live` reader. */
export type LiveSocket = {
  /** Returns why the socket was closed; `null` while it is open. */
  failure(): string | null;
  end(): void;
};

/** A filled stack. */
export type ReadsTarget = {
  host: string;
  port: number;
  tokens: Record<ReaderName, string>;
  channelId: string;
  /** The short channels. The readers may be members of further channels, which other sections of the benchmark created. */
  shortChannelIds: string[];
  /** The `seq` of the long channel's first message. */
  firstSeq: number;
  /** Opens the socket of the `live` reader; resolves when it is subscribed to the long channel. */
  openSocket(): Promise<LiveSocket>;
  /** How it was filled, for the report. */
  note: string;
};

/** Pages in the middle begin at so many different messages, so that a server cannot answer all of them with one cached page. */
const middlePages = 100;

const middleSeq = (firstSeq: number, { messages }: ReadsSize, index: number): number =>
  firstSeq + messages / 2 + (index % middlePages) * 7;

/** Returns the path of the request with this index. */
export function pathOf(
  read: ReadName,
  { channelId, firstSeq }: Pick<ReadsTarget, "channelId" | "firstSeq">,
  size: ReadsSize,
  index: number,
): string {
  if (read === "unreads") return "/v1/users/me/unreads";
  const path = `/v1/channels/${channelId}/messages?limit=${pageLength}`;
  if (read === "head") return path;
  return read === "start"
    ? `${path}&after=${firstSeq - 1}`
    : `${path}&before=${middleSeq(firstSeq, size, index)}`;
}

/** Returns the `seq`s that the page with this index must contain. */
export function expectedSeqs(
  read: Exclude<ReadName, "unreads">,
  firstSeq: number,
  size: ReadsSize,
  index: number,
): number[] {
  const from = {
    head: firstSeq + size.messages - pageLength,
    middle: middleSeq(firstSeq, size, index) - pageLength,
    start: firstSeq,
  }[read];
  return Array.from({ length: pageLength }, (_, offset) => from + offset);
}
