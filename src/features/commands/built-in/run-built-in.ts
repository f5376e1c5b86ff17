import { AppError } from "../../../errors/app-error.ts";
import {
  type BuiltInCommand,
  builtInCommands,
  type EphemeralMessage,
  type ErrorCode,
} from "../../../protocol/index.ts";
import { showEphemeral } from "../../ephemeral/index.ts";
import type { RunOutcome, Typed } from "../run/run-registered.ts";
import type { Runner } from "../runner.ts";
import type { BuiltIn } from "./built-in.ts";
import { inviteCommand, leaveCommand, topicCommand } from "./channel.ts";
import { builtInDescriptions } from "./descriptions.ts";
import { helpCommand } from "./help.ts";
import { meCommand, shrugCommand } from "./post.ts";
import { remindCommand } from "./remind.ts";
import { statusCommand } from "./status.ts";

const builtIns: Readonly<Record<BuiltInCommand, BuiltIn>> = {
  help: helpCommand,
  invite: inviteCommand,
  leave: leaveCommand,
  me: meCommand,
  remind: remindCommand,
  shrug: shrugCommand,
  status: statusCommand,
  topic: topicCommand,
};

/** Errors that the user can correct. The user receives them as an ephemeral message; all others are the problem of the response. */
const correctable: ReadonlySet<ErrorCode> = new Set([
  "validation_failed",
  "forbidden",
  "not_found",
  "conflict",
]);

/** Returns whether a name is that of a command of the server. */
export const isBuiltIn = (name: string): name is BuiltInCommand =>
  (builtInCommands as readonly string[]).includes(name);

/** Returns whether a command of the server needs the permission to post. */
export const postsInChannel = (name: BuiltInCommand): boolean => builtIns[name].posts;

/** Runs a command of the server for its runner, who may read the channel, and post if the command needs it. */
export async function runBuiltIn(runner: Runner, name: BuiltInCommand, typed: Typed): Promise<RunOutcome> {
  try {
    const result = await builtIns[name].run(runner, { ...typed, text: typed.text.trim() });
    if ("message" in result) return { id: null, ephemeral: null, message: result.message };
    return { id: null, ephemeral: await reply(runner, typed, result.reply), message: null };
  } catch (error) {
    if (!(error instanceof AppError) || !correctable.has(error.code)) throw error;
    return { id: null, ephemeral: await reply(runner, typed, explain(name, error)), message: null };
  }
}

/** Says what went wrong and how the command is used. */
function explain(name: BuiltInCommand, { code, message, issues = [] }: AppError): string {
  const { usage } = builtInDescriptions[name];
  const what = issues.length > 0 ? issues.map((issue) => issue.message).join("; ") : message;
  const how = code === "validation_failed" ? `\nUsage: \`/${name}${usage === null ? "" : ` ${usage}`}\`` : "";
  return `/${name}: ${what}.${how}`;
}

/** Shows a text to the user on their connected devices, and returns it for the response. */
function reply(
  { env, actor }: Runner,
  { channelId, threadId }: Typed,
  content: string,
): Promise<EphemeralMessage> {
  const { userId } = actor;
  return showEphemeral(env, { channelId, threadId, userId, authorId: userId, content });
}
