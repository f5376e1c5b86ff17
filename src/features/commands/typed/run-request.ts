import type { Context } from "hono";
import { liveSession } from "../../../http/authenticate.ts";
import type { AppEnv } from "../../../http/context.ts";
import { requireChannelInPath } from "../../../http/require-visible-channel.ts";
import { type CommandRun, textContent } from "../../../protocol/index.ts";
import { runnerOf } from "../runner.ts";
import { parseTyped, type SentMessage } from "./parse-typed.ts";
import { prepareTyped } from "./prepare-typed.ts";

/**
 * Runs the slash command that a request contains in place of a message.
 *
 * @returns undefined: the message is to be posted
 * @throws as the endpoint that runs commands
 */
export async function runTypedRequest(
  c: Context<AppEnv>,
  channelId: string,
  message: SentMessage,
): Promise<CommandRun | undefined> {
  if (!parseTyped(message) || c.req.header(textContent.header) === textContent.value) return undefined;
  const actor = await liveSession(c);
  if (actor.isBot) return undefined;
  await requireChannelInPath(c, channelId);
  const prepared = await prepareTyped(runnerOf(c), channelId, message);
  return prepared?.run();
}
