// Generated from src/protocol/compact-events.ts by `npm run docs`. Do not edit.

import type { EventEnvelope } from "./events.ts";

/**
 * The compact form of frames. A client that offers this subprotocol in addition to `parley.v1` may receive the events of a channel's log
 * as `events` envelopes, each of which stands for one or more plain envelopes. Everything else is as in `parley.v1`.
 */
export const compactSubprotocol = "parley.v1.compact";

/**
 * A message: the position of its author in `authors`, its id, its content, and those of its other fields that differ from
 * `defaultMessage`.
 */
export type CompactMessage = [author: number, id: string, content: string, others?: Record<string, unknown>];

/**
 * A number: how many milliseconds after the previous event the next one happened; absent where it is 0. A message: a `messageCreate`.
 * An object: any other event, whose `data.message` may be a `CompactMessage`.
 */
export type CompactEvent = number | CompactMessage | { type: string; data: Record<string, unknown> };

/** Consecutive events of one channel. `seq` and `at` are those of the first event. */
export interface CompactEvents {
  type: "events";
  channelId: string;
  seq: number;
  at: string;
  authors: string[];
  events: CompactEvent[];
}

/** What a message in an event has in common with the event. */
export interface MessageOrigin {
  channelId: string;
  seq: number;
  at: string;
}

/** Returns a message whose fields have the values that the compact form omits. Part of the protocol: a changed default needs another subprotocol. */
export const defaultMessage = (
  { channelId, seq, at }: MessageOrigin,
  authorId: string | undefined,
  id: string,
  content: string,
): Record<string, unknown> => ({
  id,
  channelId,
  seq,
  rev: seq,
  authorId,
  content,
  threadId: null,
  createdAt: at,
  updatedAt: at,
  deletedAt: null,
  version: 1,
  files: [],
  mentions: [],
  reactions: [],
  thread: null,
  pinned: false,
});

/** Restores the plain envelopes of an `events` envelope, in order. */
export function expandEvents({ channelId, seq, at, authors, events }: CompactEvents): EventEnvelope[] {
  const restored: unknown[] = [];
  const origin: MessageOrigin = { channelId, seq, at };
  const expand = ([author, id, content, others]: CompactMessage) => ({
    ...defaultMessage(origin, authors[author], id, content),
    ...others,
  });
  for (const event of events) {
    if (typeof event === "number") {
      origin.at = new Date(Date.parse(origin.at) + event).toISOString();
      continue;
    }
    let type = "messageCreate";
    let data: Record<string, unknown>;
    if (Array.isArray(event)) data = { message: expand(event) };
    else {
      ({ type, data } = event);
      const { message } = data;
      if (Array.isArray(message)) data = { ...data, message: expand(message as CompactMessage) };
    }
    restored.push({ type, channelId, seq: origin.seq++, at: origin.at, data });
  }
  return restored as EventEnvelope[];
}
