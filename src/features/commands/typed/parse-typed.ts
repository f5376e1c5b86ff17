import type { CommandData } from "../../../protocol/index.ts";

/** A message that a user sends, in the channel or in a thread. */
export type SentMessage = CommandData<"messageCreate"> | CommandData<"threadCreate">;

/** A slash command as it was typed. */
export interface TypedCommand {
  /** In lower case, without the leading `/`. */
  name: string;
  /** What follows the name, without white space around it. */
  text: string;
}

/** A name as commands are registered, up to white space or the end. */
const nameForm = /^\/([a-z0-9][a-z0-9_-]{0,31})(?!\S)/i;

/**
 * Returns the command that the content of a message has the form of; undefined for any other message, such as a path, a text that begins with a
 * blank or a backslash, or a message with files or other parts. It does not check whether the command exists.
 */
export function parseTyped({
  content,
  fileIds = [],
  kind,
  sender,
  attachments = [],
  metadata,
}: SentMessage): TypedCommand | undefined {
  // Rejects most messages without a match of the pattern.
  if (!content.startsWith("/")) return undefined;
  const hasParts = fileIds.length > 0 || attachments.length > 0 || (kind ?? sender ?? metadata) !== undefined;
  const [typed, name] = hasParts ? [] : (nameForm.exec(content) ?? []);
  if (typed === undefined || name === undefined) return undefined;
  return { name: name.toLowerCase(), text: content.slice(typed.length).trim() };
}
