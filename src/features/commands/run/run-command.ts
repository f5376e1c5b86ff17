import { reject } from "../../../errors/app-error.ts";
import type { BuiltInCommand, CommandRun } from "../../../protocol/index.ts";
import { unwrap } from "../../../rpc/rpc-result.ts";
import { callObject, roomOf } from "../../../rpc/stubs.ts";
import { isBuiltIn, postsInChannel, runBuiltIn } from "../built-in/run-built-in.ts";
import type { RunnableCommand } from "../registry.ts";
import type { Runner } from "../runner.ts";
import { runRegistered, type Typed } from "./run-registered.ts";

/** Where a user is about to run a command. */
interface IntendedRun {
  channelId: string;
  /** Any message of the thread; undefined: in the channel. */
  threadId: string | undefined;
  nonce?: string | undefined;
}

/**
 * Checks that the runner may run a command in a channel that is visible to them.
 *
 * @returns the root message of the thread; and whether the runner posted a message there with the nonce
 * @throws `not_found`; `forbidden` without permission, and for bots; `conflict` in an archived channel
 */
export async function authorizeRun(
  { env, actor }: Runner,
  name: string,
  { channelId, threadId: given, nonce }: IntendedRun,
): Promise<{ threadId: string | null; isPosted: boolean }> {
  const room = () => roomOf(env, channelId);
  const onlyReads = isBuiltIn(name) && !postsInChannel(name) && given === undefined;
  if (onlyReads) unwrap(await callObject(() => room().admit(actor)));
  const { threadId, isPosted = false } = onlyReads
    ? { threadId: null }
    : unwrap(await callObject(() => room().authorizePost(actor, { threadId: given, nonce })));
  // After the room's answer, which does not reveal a hidden channel.
  if (actor.isBot) reject("forbidden", "Bots can't run commands");
  return { threadId, isPosted };
}

/** Runs a command of the server or of a bot, after `authorizeRun`. @throws what `runRegistered` and `runBuiltIn` throw */
export async function runAuthorized(
  runner: Runner,
  command: BuiltInCommand | RunnableCommand,
  typed: Typed,
): Promise<CommandRun> {
  return typeof command === "string"
    ? { command, ...(await runBuiltIn(runner, command, typed)) }
    : { command: command.name, ...(await runRegistered(runner, command, typed)) };
}
