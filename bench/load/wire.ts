import type { Room, WireName } from "./job.ts";
import { compactParleyWire, plainParleyWire } from "./parley-wire.ts";
import { socketioWire } from "./socketio-wire.ts";

export type Answer = { id: number; seq: number | null; error: string | null };
export type Event = { type: string; seq: number | null; content: string | null };

/**
 * The part of a stack's protocol that the generator uses.
 *
 * All receivers get the same bytes for an event. So the position of a receiver in the stream of events is a number of bytes, which
 * follows from frame headers alone (`advance`). The socket that reads everything maps positions to
 * messages (`events`). Thus deliveries are counted without parsing them.
 */
export type Wire = {
  upgrade(room: Room, token: string): { path: string; headers: Record<string, string> };
  /** Replies to the server's opening frames until the socket has joined the room. */
  open(payload: string, room: Room, token: string): { reply?: string; joined?: boolean; rejected?: string };
  /** Replies to pings and other control messages; `undefined` for every other frame. */
  controlReply(length: number, payload: Buffer | null): { reply?: string } | undefined;
  /** Returns the message that confirms received bytes, if it is due after this many since the last one. */
  confirmation(bytes: number): string | undefined;
  /** A message that keeps an idle socket open, sent every few seconds. */
  keepAlive: string | undefined;
  create(id: number, channelId: string, content: string, nonce: string): string;
  /** Returns by how many bytes a frame that contains only events advances its receiver in the stream. */
  advance(length: number): number;
  /** Returns the replies to commands in a frame, and by how many bytes its events advance the receiver; `null` if it has only events. */
  answers(payload: Buffer): { answers: Answer[]; advance: number } | null;
  /** Returns the events of a frame, each with the bytes by which it advances the receiver. */
  events(payload: Buffer): { event: Event; advance: number }[];
};

const wires: Record<WireName, Wire> = {
  parley: compactParleyWire,
  "parley-plain": plainParleyWire,
  socketio: socketioWire,
};

export const wireOf = (room: Room): Wire => wires[room.wire];
