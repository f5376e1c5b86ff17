import { newId } from "../../lib/ids.ts";
import { isoTime } from "../../lib/time.ts";
import type { EphemeralMessage } from "../../protocol/index.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";

/** An ephemeral message before it gets its id and time. */
type NewEphemeralMessage = Omit<EphemeralMessage, "id" | "createdAt">;

/**
 * Sends a message to one user, as `showEphemeral` does. The caller has checked that author and recipient are members of the channel.
 *
 * @throws `rate_limited` beyond the author's hourly quota
 */
export async function sendEphemeral(env: Env, input: NewEphemeralMessage): Promise<EphemeralMessage> {
  unwrap(await callObject(() => hubOf(env, input.authorId).spendQuota("ephemeral"), { tries: 1 }));
  return showEphemeral(env, input);
}

/** Shows a message on the connected devices of one user. A device that is not connected never receives it. */
export async function showEphemeral(env: Env, input: NewEphemeralMessage): Promise<EphemeralMessage> {
  const nowMs = Date.now();
  const message = { id: newId("eph", nowMs), ...input, createdAt: isoTime(nowMs) };
  // Not repeated: a lost call may have shown the message already.
  await callObject(() => hubOf(env, message.userId).sendEphemeral(message), { tries: 1 });
  return message;
}
