import type { CommandRun, Message } from "./contract/messages.ts";
import { ParleyError } from "./error.ts";

/** What a user typed as a slash command. */
export interface TypedCommand {
  /** The name, without the leading `/`. */
  command: string;
  text: string;
}

/** A slash, and the name after it. */
const nameForm = /^\/[A-Za-z0-9][\w-]*$/;

/**
 * Splits what a user typed, such as `/deploy web 1.2`, into the name of a command and its text.
 *
 * @throws ParleyError `validation_failed` when the text does not begin with `/` and a name
 */
export function parseCommand(typed: string): TypedCommand {
  const { name, text } = splitFirstWord(typed);
  if (nameForm.test(name)) return { command: name.slice(1), text };
  throw new ParleyError({
    code: "validation_failed",
    status: 0,
    detail: "A command begins with / and its name",
    issues: [{ path: "command", message: "Must be a name after /" }],
  });
}

/** Whether a text that a user typed is a slash command, and not a message that begins with a path. */
export const isSlashCommand = (typed: string): boolean => nameForm.test(splitFirstWord(typed).name);

/**
 * Whether the answer of `createMessage` or `createThread` is the outcome of a slash command, which the server ran because the content began with its
 * name. Otherwise it is the message.
 */
export const isCommandRun = (answer: Message | CommandRun): answer is CommandRun => "command" in answer;

/**
 * Returns the message that was posted, for programs that send texts which are no commands.
 *
 * @throws ParleyError `conflict` if the text was run as a slash command
 */
export function requireMessage<Posted extends Message>(answer: Posted | CommandRun): Posted {
  if (!isCommandRun(answer)) return answer;
  throw new ParleyError({
    code: "conflict",
    status: 0,
    detail: `The text was run as the command /${answer.command} instead of being posted`,
  });
}

function splitFirstWord(typed: string): { name: string; text: string } {
  const trimmed = typed.trim();
  const end = trimmed.search(/\s/);
  return end < 0
    ? { name: trimmed, text: "" }
    : { name: trimmed.slice(0, end), text: trimmed.slice(end).trim() };
}
