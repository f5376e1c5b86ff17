import { isoTime } from "../lib/time.ts";
import { type CompactEvents, type CompactMessage, defaultMessage, limits } from "../protocol/index.ts";
import type { LogRow } from "./event-log.ts";

/** An event to send. `data` is JSON text; `content` is the same as an object, where there is one already. */
export interface SentEvent extends Pick<LogRow, "seq" | "at" | "type" | "data"> {
  readonly content?: object;
}

/** Two brackets make an envelope a frame. */
const maxEnvelopeBytes = limits.serverFrameBytes - 2;

/**
 * Makes `events` envelopes of a channel's events, which are in order. One exceeds `maxBytes` only if a single event does.
 *
 * @see CompactEvents
 */
export function compactEnvelopes(
  events: readonly SentEvent[],
  channelId: string,
  maxBytes: number = maxEnvelopeBytes,
): string[] {
  const [first] = events;
  if (!first) return [];
  // Receivers number the events of an envelope from its `seq`.
  const hole = events.findIndex(({ seq }, index) => seq !== first.seq + index);
  if (hole > 0) return split(events, hole, channelId, maxBytes);
  const envelope = compactEnvelope(first, events, channelId);
  if (events.length === 1 || Buffer.byteLength(envelope) <= maxBytes) return [envelope];
  return split(events, Math.ceil(events.length / 2), channelId, maxBytes);
}

const split = (events: readonly SentEvent[], at: number, channelId: string, maxBytes: number): string[] => [
  ...compactEnvelopes(events.slice(0, at), channelId, maxBytes),
  ...compactEnvelopes(events.slice(at), channelId, maxBytes),
];

function compactEnvelope(first: SentEvent, events: readonly SentEvent[], channelId: string): string {
  const authors = new Map<string, number>();
  const items: string[] = [];
  let [atMs, at] = [first.at, isoTime(first.at)];
  for (const event of events) {
    if (event.at !== atMs) {
      items.push(String(event.at - atMs));
      [atMs, at] = [event.at, isoTime(event.at)];
    }
    items.push(compactEvent(event, { channelId, at, authors }));
  }
  const head: Omit<CompactEvents, "events"> = {
    type: "events",
    channelId,
    seq: first.seq,
    at: isoTime(first.at),
    authors: [...authors.keys()],
  };
  return `${JSON.stringify(head).slice(0, -1)},"events":[${items.join(",")}]}`;
}

interface EnvelopeContext {
  channelId: string;
  at: string;
  /** The positions of authors in the envelope's list, to which new ones are added. */
  authors: Map<string, number>;
}

function compactEvent({ type, seq, data, content }: SentEvent, context: EnvelopeContext): string {
  // Events without a message are sent as they are stored, without parsing them.
  if (data.startsWith('{"message":{')) {
    const { message, ...others } = (content ?? JSON.parse(data)) as { message: Record<string, unknown> };
    const compact = compactMessage(message, seq, context);
    if (compact && type === "messageCreate" && Object.keys(others).length === 0)
      return JSON.stringify(compact);
    if (compact) return JSON.stringify({ type, data: { message: compact, ...others } });
  }
  return `{"type":${JSON.stringify(type)},"data":${data}}`;
}

/** Returns undefined for a message that lacks a field which every message of this release has: receivers would add it. */
function compactMessage(
  message: Record<string, unknown>,
  seq: number,
  { channelId, at, authors }: EnvelopeContext,
): CompactMessage | undefined {
  const { authorId, id, content } = message;
  if (typeof authorId !== "string" || typeof id !== "string" || typeof content !== "string") return undefined;
  const defaults = defaultMessage({ channelId, seq, at }, authorId, id, content);
  for (const field in defaults) if (message[field] === undefined) return undefined;
  let others: Record<string, unknown> | undefined;
  for (const field of Object.keys(message))
    if (!isSame(message[field], defaults[field])) (others ??= {})[field] = message[field];
  const author = authors.get(authorId) ?? authors.size;
  authors.set(authorId, author);
  return others ? [author, id, content, others] : [author, id, content];
}

const isSame = (value: unknown, other: unknown): boolean =>
  value === other || (Array.isArray(value) && value.length === 0 && Array.isArray(other));
