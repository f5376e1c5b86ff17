import { ParleyError } from "./error.ts";

/** What a user typed as a slash command. */
export interface TypedCommand {
  /** The name, without the leading `/`. */
  command: string;
  text: string;
}

/**
 * Splits what a user typed, such as `/deploy web 1.2`, into the name of a command and its text.
 *
 * @throws ParleyError `validation_failed` when the text does not begin with `/` and a name
 */
export function parseCommand(typed: string): TypedCommand {
  const [, command, text = ""] = /^\/([A-Za-z0-9][\w-]*)(?:\s+([^]*))?$/.exec(typed.trim()) ?? [];
  if (command !== undefined) return { command, text };
  throw new ParleyError({
    code: "validation_failed",
    status: 0,
    detail: "A command begins with / and its name",
    issues: [{ path: "command", message: "Must be a name after /" }],
  });
}

/** Whether a text that a user typed is a slash command, and not a message such as a path. */
export const isSlashCommand = (typed: string): boolean => /^\/[A-Za-z0-9][\w-]*(?:\s|$)/.test(typed);
