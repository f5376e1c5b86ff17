import type { Config } from "../../../config.ts";
import type { ShownAnswer } from "../../../domain/command-run.ts";
import { targetOfResponse } from "../../../domain/response-token.ts";
import { reject } from "../../../errors/app-error.ts";
import type { CommandAnswer } from "../../../protocol/index.ts";
import { unwrap } from "../../../rpc/rpc-result.ts";
import { callObject, hubOf } from "../../../rpc/stubs.ts";
import { giveAnswer } from "./give-answer.ts";
import { findRunnableById } from "../registry.ts";

/**
 * Answers an invocation by the secret in its response URL.
 *
 * @param token the last segment of the URL's path
 * @throws `not_found` for a made-up or expired token, and once the command or its bot was removed; what `giveAnswer` throws
 */
export async function respondByToken(
  env: Env,
  { REFRESH_TOKEN_KEY }: Config,
  token: string,
  answer: CommandAnswer,
): Promise<ShownAnswer & { usesLeft: number }> {
  const target = targetOfResponse(REFRESH_TOKEN_KEY, token);
  if (!target) return reject("not_found", "This response URL is not valid");
  const { userId, runId } = target;
  const { commandId } = unwrap(await callObject(() => hubOf(env, userId).findCommandRun(runId)));
  if (!(await findRunnableById(env, commandId))) reject("not_found", "The command was removed");
  return giveAnswer(env, { userId, runId, by: "url" }, answer);
}
