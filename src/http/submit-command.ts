import type { Context } from "hono";
import { callIfPresent, callObject, roomOf } from "../rpc/stubs.ts";
import { unwrap } from "../rpc/rpc-result.ts";
import type { Command, CommandResult, CommandType } from "../protocol/index.ts";
import { liveSession } from "./authenticate.ts";
import { channelHints } from "./channel-hints.ts";
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
 * Executes a command in a room for the request's user. Sockets execute the same commands from frames. A room that held a socket of the
 * session before executes it in one call; otherwise the user's hub checks the session first.
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
  const response = await callRoom(c, channelId, { type, data } as Command);
  if (!response.ok) channelHints(c.env).recordRejected(c.var.claims, channelId, response.problem.code);
  const { result, repeated, seq, epoch } = unwrap(response);
  return { data: result as CommandResult<T>, repeated, position: { seq, epoch } };
}

async function callRoom(c: Context<AppEnv>, channelId: string, command: Command) {
  const hints = channelHints(c.env);
  const { claims } = c.var;
  const room = () => roomOf(c.env, channelId);
  // Only a command with a nonce is idempotent and may be repeated after a lost connection.
  const tries = "nonce" in command.data && command.data.nonce ? 3 : 1;
  if (hints.find(claims, channelId) === "held") {
    const { userId, sessionId } = claims;
    const response = await callIfPresent(() => room().executeIfHeld({ userId, sessionId }, command), {
      tries,
    });
    if (response) {
      c.set("heldByRoom", true);
      return response;
    }
    hints.recordNotHeld(claims, channelId);
  }
  const actor = await liveSession(c);
  await requireChannelInPath(c, channelId);
  const response = await callObject(() => room().execute(actor, command), { tries });
  if (response.ok) hints.recordAdmitted(claims, channelId, response.value.isHeld ?? false);
  return response;
}
