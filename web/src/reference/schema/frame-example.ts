import { type Components, isObject } from "../contract/document.ts";
import type { MessageEntry } from "../contract/entries.ts";
import { exampleOf, requiredOnly } from "./example-of.ts";
import { flattenSchema } from "./flatten-schema.ts";
import type { KnownValues } from "./known-values.ts";

/** Frames of the client that belong to the socket or the user, not to a channel. */
const withoutChannel: ReadonlySet<string> = new Set(["ping", "seen", "statusUpdate"]);

/**
 * Builds an example of a frame: an object from the client, an array with one envelope from the server. Returns indented JSON.
 *
 * @param options - `isMinimal`: without the optional properties of `data`, if it has required ones
 */
export function frameExample(
  { direction, message, channel }: Pick<MessageEntry, "direction" | "message" | "channel">,
  components: Components,
  known: KnownValues,
  { isMinimal = false }: { isMinimal?: boolean } = {},
): string {
  const { payload, name } = message;
  const value = exampleOf(payload.contains ?? payload, components, known);
  if (direction === "server") return indented(payload.contains ? [value] : value);
  if (!isObject(value)) return indented(value);
  const frame = { ...value };
  if (channel.address.includes("{channelId}") || withoutChannel.has(name)) delete frame["channelId"];
  const data = flattenSchema(payload, components).schema.properties?.["data"];
  if (isMinimal && "data" in frame) frame["data"] = requiredOnly(frame["data"], data, components);
  return indented(frame);
}

const indented = (value: unknown): string => JSON.stringify(value, null, 2);
