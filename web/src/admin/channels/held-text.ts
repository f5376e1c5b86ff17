import type { HeldMessage } from "../../../../src/client/index.ts";

/** Returns the text of a message that a legal hold keeps, by its event; undefined for an event without a text. */
export function heldText({ data }: Pick<HeldMessage, "data">): string | undefined {
  const message = objectOf(data["message"]) ?? data;
  const content = message["content"];
  return typeof content === "string" ? content : undefined;
}

/** Returns the author of a message that a legal hold keeps; undefined for an event that does not state it. */
export function heldAuthor({ data }: Pick<HeldMessage, "data">): string | undefined {
  const author = (objectOf(data["message"]) ?? data)["authorId"];
  return typeof author === "string" ? author : undefined;
}

const objectOf = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
