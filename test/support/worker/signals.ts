import { type ServerEnvelope, type SignalEnvelope, signalTypes } from "../../../src/protocol/index.ts";
import type { TestSocket } from "./socket.ts";

const isSignal = (item: ServerEnvelope): item is SignalEnvelope =>
  (signalTypes as string[]).includes(item.type);

/** What a room told of presence and typing, in order. */
export const signalsOf = ({ seen }: TestSocket): SignalEnvelope[] => seen.filter(isSignal);

/** All the rest. */
export const withoutSignals = ({ seen }: TestSocket): ServerEnvelope[] =>
  seen.filter((item) => !isSignal(item));
