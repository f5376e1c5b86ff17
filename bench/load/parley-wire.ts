import { type CompactEvents, compactSubprotocol, expandEvents } from "../../src/protocol/compact-events.ts";
import type { Answer, Event, Wire } from "./wire.ts";

type Envelope = {
  type: string;
  id?: number;
  seq?: number;
  error?: { code?: string; detail?: string };
  data?: { message?: { seq?: number; content?: string } };
};

const bytesOf = (envelope: Envelope): number => Buffer.byteLength(JSON.stringify(envelope));

const isAnswer = (envelope: Envelope): boolean =>
  envelope.id !== undefined && (envelope.type === "ack" || envelope.type === "error");

const answerOf = ({ type, id, data, error }: Envelope): Answer => ({
  id: id!,
  seq: data?.message?.seq ?? null,
  error: type === "error" ? `${error?.code}: ${error?.detail}` : null,
});

const eventOf = ({ type, seq, data }: Envelope): Event => ({
  type,
  seq: seq ?? null,
  content: data?.message?.content ?? null,
});

const confirmEveryBytes = 256 * 1024;

/**
 * `/v1/channels/:id/realtime`: frames are JSON arrays of envelopes. An array of k is its envelopes, k - 1 commas and two
 * brackets, so that each envelope moves a receiver by its own length + 1, and a frame by its length - 1.
 */
export const plainParleyWire: Wire = {
  upgrade: ({ channelId }, token) => ({
    path: `/v1/channels/${channelId}/realtime`,
    headers: { Authorization: `Bearer ${token}`, "Sec-WebSocket-Protocol": "parley.v1" },
  }),
  open: (payload) => {
    const envelopes = JSON.parse(payload) as Envelope[];
    const rejected = envelopes.find(({ type }) => type === "error" || type === "unsubscribed");
    if (rejected) return { rejected: JSON.stringify(rejected) };
    return { joined: envelopes.some(({ type }) => type === "subscribed") };
  },
  controlReply: (_, payload) => (payload && payload[0] !== 0x5b ? {} : undefined),
  confirmation: (bytes) =>
    bytes < confirmEveryBytes ? undefined : `{"type":"seen","data":{"bytes":${bytes}}}`,
  keepAlive: "ping",
  create: (id, channelId, content, nonce) =>
    JSON.stringify({ id, type: "messageCreate", channelId, data: { content, nonce } }),
  advance: (length) => length - 1,
  answers: (payload) => {
    // Quotation marks in a message's content are escaped, so this can only be the `type` of an envelope.
    if (!payload.includes('"type":"ack"') && !payload.includes('"type":"error"')) return null;
    const envelopes = JSON.parse(payload.toString()) as Envelope[];
    const events = envelopes.filter((envelope) => !isAnswer(envelope));
    return {
      answers: envelopes.filter(isAnswer).map(answerOf),
      advance: events.reduce((sum, event) => sum + bytesOf(event) + 1, 0),
    };
  },
  events: (payload) => {
    const envelopes = JSON.parse(payload.toString()) as Envelope[];
    if (envelopes.length === 1) return [{ event: eventOf(envelopes[0]!), advance: payload.length - 1 }];
    const events = envelopes.map((envelope) => ({
      event: eventOf(envelope),
      advance: bytesOf(envelope) + 1,
    }));
    const total = events.reduce((sum, { advance }) => sum + advance, 0);
    if (total !== payload.length - 1)
      throw new Error(
        "a frame is not JSON as JSON.stringify writes it: the lengths of its events can't be computed",
      );
    return events;
  },
};

/** Restores the plain envelopes of a frame. */
const plainEnvelopes = (payload: Buffer): Envelope[] =>
  (JSON.parse(payload.toString()) as (Envelope | CompactEvents)[]).flatMap((envelope) =>
    envelope.type === "events"
      ? (expandEvents(envelope as CompactEvents) as Envelope[])
      : [envelope as Envelope],
  );

/**
 * The same with the compact form, in which the bytes of an event depend on the frame that it shares with others. All receivers get the
 * same frames of events, and replies in separate frames, so that a frame of events moves a receiver by its length.
 */
export const compactParleyWire: Wire = {
  ...plainParleyWire,
  upgrade: (room, token) => {
    const { path, headers } = plainParleyWire.upgrade(room, token);
    const offered = `${compactSubprotocol}, ${headers["Sec-WebSocket-Protocol"]}`;
    return { path, headers: { ...headers, "Sec-WebSocket-Protocol": offered } };
  },
  advance: (length) => length,
  answers: (payload) => {
    const found = plainParleyWire.answers(payload);
    if (found && found.advance > 0) throw new Error("a frame has both replies and events");
    return found;
  },
  events: (payload) =>
    // Each position is the end of the frame, with which the events arrive.
    plainEnvelopes(payload).map((envelope, index) => ({
      event: eventOf(envelope),
      advance: index === 0 ? payload.length : 0,
    })),
};
