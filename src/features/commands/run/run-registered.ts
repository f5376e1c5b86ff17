import type { ShownAnswer } from "../../../domain/command-run.ts";
import { responseToken } from "../../../domain/response-token.ts";
import { failpoint } from "../../../lib/failpoint.ts";
import { newId } from "../../../lib/ids.ts";
import { sha256Of } from "../../../lib/macs.ts";
import { isoTime } from "../../../lib/time.ts";
import { type CommandInvocation, respondToSlashCommand } from "../../../protocol/index.ts";
import { unwrap } from "../../../rpc/rpc-result.ts";
import { callObject, hubOf } from "../../../rpc/stubs.ts";
import { deliverInvocation } from "../delivery/deliver.ts";
import { giveAnswer } from "./give-answer.ts";
import type { RunnableCommand } from "../registry.ts";
import type { Runner } from "../runner.ts";

/** What a user ran, in a channel in which they may post. */
export interface Typed {
  channelId: string;
  /** The root message of the thread; null: in the channel. */
  threadId: string | null;
  text: string;
  nonce: string | undefined;
}

/** The outcome of an invocation. */
export type RunOutcome = { id: string | null } & ShownAnswer;

/**
 * Runs a command of a bot: stores the invocation in the user's hub, delivers it to the bot, and shows the answer of the bot's response. Unless
 * a crash interrupts it, the bot receives the invocation once. A request that is repeated with its nonce delivers the invocation again, with the
 * same id, unless the bot has acknowledged it.
 *
 * @throws `rate_limited` beyond the user's hourly quota; `nonce_reused`; `bot_unavailable`; what `giveAnswer` throws
 */
export async function runRegistered(
  runner: Runner,
  command: RunnableCommand,
  typed: Typed,
): Promise<RunOutcome> {
  const { env, actor } = runner;
  const { userId } = actor;
  const { channelId, threadId, text, nonce } = typed;
  const input = {
    id: newId("run"),
    commandId: command.id,
    botId: command.botId,
    channelId,
    threadId,
    nonce,
    bodyHash: sha256Of(JSON.stringify([command.id, channelId, threadId, text])),
  };
  const { run, isRepeated } = unwrap(
    await callObject(() => hubOf(env, userId).beginCommandRun(input), { tries: nonce === undefined ? 1 : 3 }),
  );
  failpoint("command:after-begin");
  if (isRepeated && run.isAcknowledged) return { id: run.id, ephemeral: null, message: null };
  const invocation: CommandInvocation = {
    id: run.id,
    command: command.name,
    text,
    channelId,
    threadId,
    userId,
    triggeredAt: isoTime(run.createdAt),
    responseUrl: responseUrl(runner, run.id),
  };
  const work = deliverAndAnswer(runner, command, invocation);
  // The answer is shown even if the user's connection ends while the bot is asked.
  runner.waitUntil(work.catch(() => {}));
  return { id: run.id, ...(await work) };
}

async function deliverAndAnswer(
  { env, config }: Runner,
  command: RunnableCommand,
  invocation: CommandInvocation,
): Promise<ShownAnswer> {
  const delivered = await deliverInvocation({ env, config }, command, invocation);
  failpoint("command:after-delivery");
  if ("shown" in delivered) return delivered.shown;
  const source = { userId: invocation.userId, runId: invocation.id, by: "response" as const };
  const { ephemeral, message } = await giveAnswer(
    env,
    source,
    delivered.answer ?? { visibility: "ephemeral" },
  );
  return { ephemeral, message };
}

function responseUrl({ config, actor, origin }: Runner, runId: string): string {
  const { PUBLIC_URL, REFRESH_TOKEN_KEY } = config;
  const token = responseToken(REFRESH_TOKEN_KEY, { userId: actor.userId, runId });
  return `${PUBLIC_URL ?? origin}${respondToSlashCommand.path.replace(":responseToken", token)}`;
}
