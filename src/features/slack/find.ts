import type { z } from "zod";
import { LruMap } from "../../lib/lru-map.ts";
import {
  type ChannelSnapshot,
  type EventEnvelope,
  type EventPage,
  getChannel,
  getChannelEvents,
  getChannels,
  getMessage,
  getUnreads,
  type Message,
  openDirectMessage,
} from "../../protocol/index.ts";
import { parseSlackId, slackChannelId } from "./ids.ts";
import type { ParleyApi } from "./api/parley-api.ts";
import type { ThreadRoot } from "./present/message.ts";
import { decodeEntities } from "./text/index.ts";
import { slackReject } from "./api/slack-error.ts";
import {
  candidateSeqs,
  compareTs,
  parseTs,
  slackTs,
  type SlackTimestamp,
  timestampOf,
} from "./timestamps.ts";

/** Returns the id of the user that an argument names. @throws SlackError `user_not_found` */
export const requireUserId = (text: string): string =>
  parseSlackId("user", text) ?? slackReject("user_not_found");

/**
 * Returns the id of the channel that an argument names by its id.
 *
 * @throws SlackError `channel_not_found`
 */
export const requireChannelId = (text: string): string =>
  parseSlackId("channel", text) ?? slackReject("channel_not_found");

/**
 * Returns the id of the channel to which a message goes: named by its id, by its name with or without `#`, or by the id of a user, whose
 * direct message is opened.
 *
 * @throws SlackError `channel_not_found`
 */
export async function findTarget(api: ParleyApi, text: string): Promise<string> {
  const channelId = parseSlackId("channel", text);
  if (channelId !== undefined) return channelId;
  const userId = parseSlackId("user", text);
  if (userId !== undefined) {
    const { id } = await api.call(openDirectMessage, { body: { userIds: [userId] } });
    return id;
  }
  // Names are encoded where the API returns them.
  const name = decodeEntities(text.replace(/^#/, ""));
  if (name === "" || name.length > 80) return slackReject("channel_not_found");
  for (const scope of ["joined", "public"] as const) {
    const { items } = await api.call(getChannels, { query: { scope, query: name, limit: 100 } });
    const found = items.find((channel) => channel.name?.toLowerCase() === name.toLowerCase());
    if (found) return found.id;
  }
  return slackReject("channel_not_found");
}

/** Returns a channel. @throws SlackError, EndpointProblem */
export const findChannel = (api: ParleyApi, channelId: string): Promise<ChannelSnapshot> =>
  api.call(getChannel, { params: { channelId } });

/** Returns the id by which Slack's clients know a channel: the one that they sent, unless they named it in another way. */
export const idOfChannel = async (api: ParleyApi, given: string, channelId: string): Promise<string> =>
  parseSlackId("channel", given) === undefined ? slackChannelId(await findChannel(api, channelId)) : given;

/** Returns the ids of all channels of the user. */
export async function joinedChannelIds(api: ParleyApi): Promise<Set<string>> {
  const { items } = await api.call(getUnreads, { query: { fields: "counts" } });
  return new Set(items.map(({ channelId }) => channelId));
}

/** An event of a channel's log. */
interface LogEntry {
  seq: number;
  at: string;
  head: number;
  messageId: string | undefined;
}

/** Returns the event at a position of a channel's log, or only the last position of a log that ends before. */
export type ReadLogEntry = (seq: number) => Promise<LogEntry | { head: number }>;

/** Returns the event of a page of a log that was read with a limit of 1. */
export function entryOfPage({ events, seq: head }: z.output<typeof EventPage>): LogEntry | { head: number } {
  const [event] = events;
  if (!event) return { head };
  const { type, data } = event as EventEnvelope;
  const isMessage = type === "messageCreate" || type === "threadCreate";
  return { seq: event.seq, at: event.at, head, messageId: isMessage ? data.message.id : undefined };
}

/** Reads the event at a position of a channel's log. One indexed lookup in the room. */
const entryAt = async (api: ParleyApi, channelId: string, seq: number) =>
  entryOfPage(
    await api.call(getChannelEvents, { params: { channelId }, query: { after: seq - 1, limit: 1 } }),
  );

/** Positions of a log that one lookup tries: a channel with more events than this many million finds only its newest messages. */
const maxCandidates = 20;

/** Returns the id of the message with a `ts`. @throws SlackError `message_not_found`, or `code` */
export const findMessageId = async (
  api: ParleyApi,
  channelId: string,
  ts: string,
  code = "message_not_found",
): Promise<string> => (await findMessageByTs((seq) => entryAt(api, channelId, seq), ts)) ?? slackReject(code);

/** Returns the id of the message with a `ts`; undefined if there is none. Makes one lookup for each million of events, at most 20. */
export async function findMessageByTs(read: ReadLogEntry, ts: string): Promise<string | undefined> {
  const wanted = parseTs(ts);
  if (!wanted || !/^\d{10,11}\.\d{6}$/.test(ts)) return undefined;
  let head = Math.max(1, wanted.fraction);
  const tried = new Set<number>();
  // The first lookup returns the head of the log, which has the other candidates.
  for (let [seq] = candidateSeqs(wanted, head); seq !== undefined && tried.size < maxCandidates;) {
    tried.add(seq);
    const entry = await read(seq);
    ({ head } = entry);
    if ("messageId" in entry && entry.messageId !== undefined && isAt(entry, wanted)) return entry.messageId;
    seq = candidateSeqs(wanted, head).find((candidate) => !tried.has(candidate));
  }
  return undefined;
}

const isAt = ({ seq, at }: LogEntry, wanted: SlackTimestamp): boolean =>
  compareTs(timestampOf(seq, Date.parse(at)), wanted) === 0;

/**
 * Returns the last position of a log that is not after a time, by binary search: at most one lookup for each power of two of the log's length.
 *
 * @returns 0 if all events are later
 */
export async function positionAt(api: ParleyApi, channelId: string, time: SlackTimestamp): Promise<number> {
  const newest = await entryAt(api, channelId, 1);
  let [low, high] = [0, newest.head];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const entry = await entryAt(api, channelId, middle);
    if ("at" in entry && compareTs(timestampOf(entry.seq, Date.parse(entry.at)), time) <= 0) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Root messages in memory of one isolate. What is kept of them never changes. */
const roots = new LruMap<string, ThreadRoot>(5_000);

/** Returns what replies name of their thread's root message; undefined if it cannot be read. */
export async function findRoot(
  api: ParleyApi,
  channelId: string,
  messageId: string,
): Promise<ThreadRoot | undefined> {
  // The caller has read a reply, so that it may read the root, too.
  const cached = roots.get(messageId);
  if (cached) return cached;
  const message = await api.call(getMessage, { params: { channelId, messageId } }).catch(() => undefined);
  return message && rememberRoot(message);
}

/** Keeps a message that was read, so that replies to it need no lookup. */
export function rememberRoot(message: Message): ThreadRoot {
  const root = { ts: slackTs(message), authorId: message.authorId };
  roots.set(message.id, root);
  return root;
}
