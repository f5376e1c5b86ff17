import type { Event, Wire } from "./wire.ts";

type Message = { seq: number; content: string };
type Ack = { ok: true; message?: Message } | { ok: false; error: string };

/** The acknowledgement id of `join`. Ids of messages are greater, so that the two are not confused. */
const joinId = 0;

/**
 * Engine.IO 4 over WebSocket, one packet in each frame: `0` open, `2` ping, `3` pong, `40` connect, `44` connect error, `42[…]` event,
 * `42N[…]` event that requests an acknowledgement, `43N[…]` that acknowledgement.
 */
export const socketioWire: Wire = {
  upgrade: () => ({ path: "/socket.io/?EIO=4&transport=websocket", headers: {} }),
  open: (payload, { channelId }, token) => {
    if (payload.startsWith("0")) return { reply: `40${JSON.stringify({ token })}` };
    if (payload.startsWith("40")) return { reply: `42${joinId}${JSON.stringify(["join", { channelId }])}` };
    if (payload.startsWith(`43${joinId}[`)) {
      const [ack] = JSON.parse(payload.slice(3)) as [Ack];
      return ack.ok ? { joined: true } : { rejected: ack.error };
    }
    return payload.startsWith("44") ? { rejected: payload } : {};
  },
  controlReply: (length, payload) => (length === 1 && payload?.[0] === 0x32 ? { reply: "3" } : undefined),
  confirmation: () => undefined,
  keepAlive: undefined,
  create: (id, channelId, content, nonce) =>
    `42${id}${JSON.stringify(["messageCreate", { channelId, content, nonce }])}`,
  advance: (length) => length,
  answers: (payload) => {
    if (payload[0] !== 0x34 || payload[1] !== 0x33) return null;
    const text = payload.toString();
    const bracket = text.indexOf("[");
    const [ack] = JSON.parse(text.slice(bracket)) as [Ack];
    const answer = ack.ok ? { seq: ack.message?.seq ?? null, error: null } : { seq: null, error: ack.error };
    return { answers: [{ id: Number(text.slice(2, bracket)), ...answer }], advance: 0 };
  },
  events: (payload) => {
    const [type, message] = JSON.parse(payload.toString("utf8", 2)) as [string, Message];
    const event: Event = { type, seq: message.seq, content: message.content };
    return [{ event, advance: payload.length }];
  },
};
