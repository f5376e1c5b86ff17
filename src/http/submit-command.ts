import type { Context } from "hono";
import { callObject, roomOf } from "../rpc/stubs.ts";
import { unwrap } from "../rpc/rpc-result.ts";
import type { Command, CommandResult, CommandType } from "../protocol/index.ts";
import type { AppEnv } from "./context.ts";
import { requireChannelInPath } from "./require-visible-channel.ts";

/** What a command's door gets back: what its sender is answered, and whether it was done before. */
export interface SubmittedCommand<T extends CommandType> {
  data: CommandResult<T>;
  repeated: boolean;
  /** Where the log then stood. */
  position: { seq: number; epoch: string };
}

/**
 * Sends a command to a room on behalf of the request's user: the REST door to the commands that frames bring.
 *
 * @throws `not_found`, without a call to the room, for a channel that the user may not know of.
 */
export async function submitCommand<T extends CommandType>(
  c: Context<AppEnv>,
  channelId: string,
  type: T,
  data: Extract<Command, { type: T }>["data"],
): Promise<SubmittedCommand<T>> {
  const actor = c.get("actor");
  await requireChannelInPath(c, channelId);
  // Only what a nonce makes idempotent may be called twice.
  const tries = "nonce" in data && data.nonce ? 3 : 1;
  const outcome = await callObject(() => roomOf(c.env, channelId).execute(actor, { type, data } as Command), {
    tries,
  });
  const { result, repeated, seq, epoch } = unwrap(outcome);
  return { data: result as CommandResult<T>, repeated, position: { seq, epoch } };
}
