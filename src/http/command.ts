import type { Context } from "hono";
import { callObject, roomOf } from "../core/objects.ts";
import { unwrap } from "../core/outcome.ts";
import type { Command, CommandResult, CommandType } from "../protocol/index.ts";
import type { AppEnv } from "./context.ts";
import { requireRoom } from "./reach-room.ts";

/** What a command's door gets back: what its sender is answered, and whether it was done before. */
export interface Done<T extends CommandType> {
  data: CommandResult<T>;
  repeated: boolean;
  /** Where the log then stood. */
  place: { seq: number; epoch: string };
}

/** Tells a room to do something on behalf of who asks; the REST door to the same commands that frames bring. */
export async function command<T extends CommandType>(
  c: Context<AppEnv>,
  channelId: string,
  type: T,
  data: Extract<Command, { type: T }>["data"],
): Promise<Done<T>> {
  const actor = c.get("actor");
  // Only what a nonce makes idempotent may be called twice.
  const tries = "nonce" in data && data.nonce ? 3 : 1;
  await requireRoom(c, channelId);
  const outcome = await callObject(() => roomOf(c.env, channelId).execute(actor, { type, data } as Command), {
    tries,
  });
  const { result, repeated, seq, epoch } = unwrap(outcome);
  return { data: result as CommandResult<T>, repeated, place: { seq, epoch } };
}
