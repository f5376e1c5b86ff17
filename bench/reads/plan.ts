/** The channels of every stack, and the requests that read from them. */

export const readNames = ["head", "middle", "start", "unreads"] as const;
export type ReadName = (typeof readNames)[number];

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

/** A filled stack. */
export type ReadsTarget = {
  host: string;
  port: number;
  token: string;
  paths: Record<ReadName, string>;
  /** The `seq` of the long channel's first message. */
  firstSeq: number;
  /** How it was filled, for the report. */
  note: string;
};

/** Returns the paths of the pages at the head, in the middle and at the start of a channel. */
export const pagePaths = (
  channelId: string,
  firstSeq: number,
  { messages }: ReadsSize,
): Omit<Record<ReadName, string>, "unreads"> => {
  const path = `/v1/channels/${channelId}/messages?limit=${pageLength}`;
  return {
    head: path,
    middle: `${path}&before=${firstSeq + messages / 2}`,
    start: `${path}&after=${firstSeq - 1}`,
  };
};

/** Returns the `seq`s that a page must contain. */
export function expectedSeqs(
  name: Exclude<ReadName, "unreads">,
  firstSeq: number,
  { messages }: ReadsSize,
): number[] {
  const from = { head: messages - pageLength, middle: messages / 2 - pageLength, start: 0 }[name];
  return Array.from({ length: pageLength }, (_, index) => firstSeq + from + index);
}
