import {
  type ServerEnvelope,
  type SignalEnvelope,
  signalTypes,
  type UserEventEnvelope,
} from "../../../../src/protocol/index.ts";
import type { TestSocket } from "./socket-client.ts";

/** Returns the user events that a socket received, in order. */
export const userEventsOf = (socket: TestSocket): UserEventEnvelope[] =>
  socket.seen.filter((item): item is UserEventEnvelope => "seq" in item && !("channelId" in item));

export const typesOf = (items: readonly { type: string }[]): string[] => items.map(({ type }) => type);

/** Returns the position of the user's event log that `hello` carries. */
export function helloPosition(socket: TestSocket): { seq: number; epoch: string } {
  const [hello] = socket.seen;
  if (hello?.type !== "hello") throw new Error("No hello came first");
  const { seq, epoch } = hello.data;
  if (seq === undefined || epoch === undefined) throw new Error("A hello without a place");
  return { seq, epoch };
}

const isSignal = (item: ServerEnvelope): item is SignalEnvelope =>
  (signalTypes as string[]).includes(item.type);

/** Returns the presence and typing signals that a socket received, in order. */
export const signalsOf = ({ seen }: TestSocket): SignalEnvelope[] => seen.filter(isSignal);

/** Returns all envelopes that a socket received except signals. */
export const withoutSignals = ({ seen }: TestSocket): ServerEnvelope[] =>
  seen.filter((item) => !isSignal(item));
