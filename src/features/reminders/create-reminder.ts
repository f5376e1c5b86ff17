import { invalidField } from "../../errors/app-error.ts";
import type { Reminder } from "../../protocol/index.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { parseTime, type TimeContext } from "./parse-time.ts";

/** What a reminder is about and when it is due. */
export interface ReminderInput {
  text: string;
  /** In ms since 1970. */
  at: number;
  /** The message that it is about, which its user can read. */
  message?: { channelId: string; messageId: string } | null;
  nonce?: string | undefined;
}

/**
 * Creates a reminder of a user.
 *
 * @returns `repeated`: an earlier call with the same nonce created it
 * @throws `conflict` at the limit of reminders; `nonce_reused`; `validation_failed` for a time in the past or too far ahead
 */
export async function createReminder(
  env: Env,
  userId: string,
  { message = null, ...input }: ReminderInput,
): Promise<{ reminder: Reminder; repeated: boolean }> {
  // Without a nonce a repeated call could create a second one.
  const tries = input.nonce === undefined ? 1 : 3;
  return unwrap(await callObject(() => hubOf(env, userId).createReminder({ ...input, message }), { tries }));
}

/** Parses a time in words. @throws `validation_failed` for the field `when` if it is none */
export const requireTime = async (when: string, context: TimeContext): Promise<number> =>
  (await parseTime(when, context)) ?? rejectTime();

function rejectTime(): never {
  throw invalidField("when", "Must be a time such as `in 20 minutes`, `tomorrow at 9:00` or `on Friday`");
}
