import type { Context } from "hono";
import type { Config } from "../../config.ts";
import type { Actor } from "../../domain/actor.ts";
import type { AppEnv } from "../../http/context.ts";
import type { Command, CommandResult, CommandType } from "../../protocol/index.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, roomOf } from "../../rpc/stubs.ts";

/** The user who runs a slash command, by a request or on a socket. */
export interface Runner {
  env: Env;
  config: Config;
  /** With a live session. */
  actor: Actor;
  /** Of the request or the upgrade, for the response URL without `PUBLIC_URL`. */
  origin: string;
  /** Completes work after the client's connection has ended. */
  waitUntil: (work: Promise<unknown>) => void;
}

/** Returns the runner of a request, whose session has been checked. */
export function runnerOf(c: Context<AppEnv>): Runner {
  const { config, actor, claims } = c.var;
  return {
    env: c.env,
    config,
    actor: claims.grant ? { ...actor, grant: claims.grant } : actor,
    origin: new URL(c.req.url).origin,
    waitUntil: (work) => c.executionCtx.waitUntil(work),
  };
}

/** Executes a command of a room for the runner. @throws the error with which the room rejects it */
export async function executeInRoom<T extends CommandType>(
  { env, actor }: Pick<Runner, "env" | "actor">,
  channelId: string,
  type: T,
  data: Extract<Command, { type: T }>["data"],
): Promise<{ data: CommandResult<T>; repeated: boolean }> {
  // Only a command with a nonce is idempotent and may be repeated after a lost connection.
  const tries = "nonce" in data && data.nonce !== undefined ? 3 : 1;
  const response = await callObject(() => roomOf(env, channelId).execute(actor, { type, data } as Command), {
    tries,
  });
  const { result, repeated } = unwrap(response);
  return { data: result as CommandResult<T>, repeated };
}
