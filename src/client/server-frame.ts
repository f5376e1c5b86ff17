import { expandEvents } from "./contract/compact-events.ts";
import type { CompactEvents } from "./contract/compact-events.ts";
import type { ServerEnvelope } from "./contract/frames.ts";

/**
 * Parses a server frame into its plain envelopes, whichever form the server sent. Returns null if it is malformed. The content of
 * envelopes is not validated.
 */
export function parseFrame(text: string): ServerEnvelope[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every(isEnvelope) ? value.flatMap(expand) : null;
  } catch {
    return null;
  }
}

type SentEnvelope = ServerEnvelope | CompactEvents;

const expand = (envelope: SentEnvelope): ServerEnvelope | ServerEnvelope[] =>
  envelope.type === "events" ? expandEvents(envelope) : envelope;

function isEnvelope(value: unknown): value is SentEnvelope {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
