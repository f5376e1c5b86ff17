import { AppError } from "../../../errors/app-error.ts";
import { within } from "../../../lib/parallel.ts";
import type { CommandRun } from "../../../protocol/index.ts";
import { callIfPresent, hubOf } from "../../../rpc/stubs.ts";
import { isBuiltIn } from "../built-in/run-built-in.ts";
import { findRunnableByName, type RunnableCommand } from "../registry.ts";
import { authorizeRun, runAuthorized } from "../run/run-command.ts";
import type { Runner } from "../runner.ts";
import { knownNames } from "./known-names.ts";
import { parseTyped, type SentMessage } from "./parse-typed.ts";

const databaseTimeoutMs = 2_000;

/** A command that is run in place of a message. */
export interface PreparedCommand {
  /** A bot answers, which may take seconds. */
  waitsForBot: boolean;
  /** Runs the command. @throws as the endpoint that runs commands */
  run(): Promise<CommandRun>;
}

/**
 * Decides whether a message of a person runs a slash command. The channel is known to be visible to the runner.
 *
 * A nonce has one effect: a message that was posted with it before is not run, and a command that was run with it before is not posted, although
 * commands may have been registered or deleted in the meantime.
 *
 * @returns undefined: the message is to be posted
 * @throws `unavailable` if D1 does not answer about a command that this isolate knows; what `authorizeRun` throws
 */
export async function prepareTyped(
  runner: Runner,
  channelId: string,
  message: SentMessage,
): Promise<PreparedCommand | undefined> {
  const typed = parseTyped(message);
  if (!typed || runner.actor.isBot) return undefined;
  const { name, text } = typed;
  const { nonce } = message;
  const given = "messageId" in message ? message.messageId : undefined;
  const request = { channelId, text, nonce };
  if (isBuiltIn(name)) {
    const { threadId } = await authorizeRun(runner, name, { channelId, threadId: given });
    return { waitsForBot: false, run: () => runAuthorized(runner, name, { ...request, threadId }) };
  }
  const command = (await knownNames.includes(runner.env, name)) ? await find(runner.env, name) : undefined;
  if (!command) return findEarlierRun(runner, name, nonce);
  const { threadId, isPosted } = await authorizeRun(runner, name, { channelId, threadId: given, nonce });
  if (isPosted) return undefined;
  return { waitsForBot: true, run: () => runAuthorized(runner, command, { ...request, threadId }) };
}

const find = (env: Env, name: string): Promise<RunnableCommand | undefined> =>
  within(databaseTimeoutMs, findRunnableByName(env, name)).catch(() => {
    throw new AppError({
      code: "unavailable",
      detail: `The command /${name} can't be run at the moment; try again`,
      retryAfterMs: 2_000,
    });
  });

/** Returns the outcome of a command that was run with this nonce before and deleted since, which is not posted now. */
async function findEarlierRun(
  { env, actor }: Runner,
  name: string,
  nonce: string | undefined,
): Promise<PreparedCommand | undefined> {
  if (nonce === undefined) return undefined;
  // An object of the previous release does not have the method.
  const id = await callIfPresent(() => hubOf(env, actor.userId).findCommandRunByNonce(nonce));
  if (!id) return undefined;
  return { waitsForBot: false, run: async () => ({ id, command: name, ephemeral: null, message: null }) };
}
