import type { Room, WireName } from "./job.ts";
import { parleyWire } from "./parley-wire.ts";
import { socketioWire } from "./socketio-wire.ts";

export type Answer = { id: number; seq: number | null; error: string | null };
export type Event = { type: string; seq: number | null; content: string | null };

/**
 * One stack's protocol, as much of it as the generator speaks.
 *
 * Every receiver is sent the same bytes for an event, whatever frames they come in. So a receiver's place in the stream of
 * events is a number of bytes, which frame headers alone give (`advance`); the one socket that reads everything says which
 * place is which message (`events`). That is how deliveries are counted without parsing them.
 */
export type Wire = {
  upgrade(room: Room, token: string): { path: string; headers: Record<string, string> };
  /** Answers the server's opening frames until the socket is in the room. */
  open(payload: string, room: Room, token: string): { reply?: string; joined?: boolean; refused?: string };
  /** Answers small talk (pings); `undefined` when the frame is not that. */
  controlReply(length: number, payload: Buffer | null): { reply?: string } | undefined;
  /** What is to be sent after receiving so many bytes of payload since the last time, if anything. */
  confirmation(bytes: number): string | undefined;
  /** What keeps an otherwise silent socket alive, sent every few seconds. */
  keepAlive: string | undefined;
  create(id: number, channelId: string, content: string, nonce: string): string;
  /** How far a frame made of events only moves its receiver along the stream. */
  advance(length: number): number;
  /** The answers to commands in a frame, and how far its events move the receiver; `null` when it has only events. */
  answers(payload: Buffer): { answers: Answer[]; advance: number } | null;
  /** The events in a frame, each with how far it moves the receiver. */
  events(payload: Buffer): { event: Event; advance: number }[];
};

const wires: Record<WireName, Wire> = { parley: parleyWire, socketio: socketioWire };

export const wireOf = (room: Room): Wire => wires[room.wire];
