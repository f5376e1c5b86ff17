/** What is there to be read, the same in every stack, and what is read of it. */

export const readNames = ["head", "middle", "start", "unreads"] as const;
export type ReadName = (typeof readNames)[number];

export type ReadsSize = {
  /** In the long channel. */
  messages: number;
  /** Short ones besides. */
  channels: number;
};

export const fullSize: ReadsSize = { messages: 100_000, channels: 200 };
export const quickSize: ReadsSize = { messages: 5_000, channels: 40 };

export const pageLength = 50;

/** Messages in a short channel that are read; what follows them is not. */
export const readPerChannel = 10;
const unreadCounts = [0, 1, 3, 8, 20, 45, 98, 130];
export const unreadIn = (channel: number): number => unreadCounts[channel % unreadCounts.length]!;

/** Counts stop here. */
const maxUnreadCount = 99;

/** What the list of unreads has to say, in the order of the numbers: of the long channel nothing was read. */
export const expectedUnreads = ({ messages, channels }: ReadsSize): number[] =>
  [messages, ...Array.from({ length: channels }, (_, index) => unreadIn(index))]
    .map((unread) => Math.min(unread, maxUnreadCount))
    .toSorted((a, b) => a - b);

/** Of about 80 characters, as people write them. */
export const textOf = (index: number): string =>
  `Message ${index}: did you look at what the release notes say about the upgrade path?`;

/** A stack, filled. */
export type ReadsTarget = {
  host: string;
  port: number;
  token: string;
  paths: Record<ReadName, string>;
  /** The `seq` of the long channel's first message. */
  firstSeq: number;
  /** How it was filled, in words. */
  note: string;
};

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

/** The seqs that a page has to hold. */
export function expectedSeqs(
  name: Exclude<ReadName, "unreads">,
  firstSeq: number,
  { messages }: ReadsSize,
): number[] {
  const from = { head: messages - pageLength, middle: messages / 2 - pageLength, start: 0 }[name];
  return Array.from({ length: pageLength }, (_, index) => firstSeq + from + index);
}
