import {
  type ServerEnvelope,
  type SignalEnvelope,
  signalTypes,
  type UserEventEnvelope,
} from "../../../../src/protocol/index.ts";
import type { TestSocket } from "./socket-client.ts";

/** The user's own events that came over a socket, in order. */
export const userEventsOf = (socket: TestSocket): UserEventEnvelope[] =>
  socket.seen.filter((item): item is UserEventEnvelope => "seq" in item && !("channelId" in item));

export const typesOf = (items: readonly { type: string }[]): string[] => items.map(({ type }) => type);

/** Where the log of the user's own events stood when the socket was taken. */
export function helloPosition(socket: TestSocket): { seq: number; epoch: string } {
  const [hello] = socket.seen;
  if (hello?.type !== "hello") throw new Error("No hello came first");
  const { seq, epoch } = hello.data;
  if (seq === undefined || epoch === undefined) throw new Error("A hello without a place");
  return { seq, epoch };
}

const isSignal = (item: ServerEnvelope): item is SignalEnvelope =>
  (signalTypes as string[]).includes(item.type);

/** What a room told of presence and typing, in order. */
export const signalsOf = ({ seen }: TestSocket): SignalEnvelope[] => seen.filter(isSignal);

/** All the rest. */
export const withoutSignals = ({ seen }: TestSocket): ServerEnvelope[] =>
  seen.filter((item) => !isSignal(item));
