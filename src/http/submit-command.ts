import type { Context } from "hono";
import { callObject, roomOf } from "../rpc/stubs.ts";
import { unwrap } from "../rpc/rpc-result.ts";
import type { Command, CommandResult, CommandType } from "../protocol/index.ts";
import type { AppEnv } from "./context.ts";
import { requireChannelInPath } from "./require-visible-channel.ts";

/** The outcome of a command. */
export interface SubmittedCommand<T extends CommandType> {
  data: CommandResult<T>;
  /** The command was committed by an earlier request with the same `nonce`. */
  repeated: boolean;
  /** The head of the channel's log after the command. */
  position: { seq: number; epoch: string };
}

/**
 * Executes a command in a room for the request's user. Sockets execute the same commands from frames.
 *
 * @throws `not_found`, without a call to the room, for a channel that is not visible to the user; the error with which the room
 *   rejects the command
 */
export async function submitCommand<T extends CommandType>(
  c: Context<AppEnv>,
  channelId: string,
  type: T,
  data: Extract<Command, { type: T }>["data"],
): Promise<SubmittedCommand<T>> {
  const actor = c.get("actor");
  await requireChannelInPath(c, channelId);
  // Only a command with a nonce is idempotent and may be repeated after a lost connection.
  const tries = "nonce" in data && data.nonce ? 3 : 1;
  const response = await callObject(
    () => roomOf(c.env, channelId).execute(actor, { type, data } as Command),
    {
      tries,
    },
  );
  const { result, repeated, seq, epoch } = unwrap(response);
  return { data: result as CommandResult<T>, repeated, position: { seq, epoch } };
}
