import { invalidField, reject } from "../../../errors/app-error.ts";
import { limits } from "../../../protocol/index.ts";
import { createReminder, splitTime } from "../../reminders/index.ts";
import { findTimeZone } from "../../users/index.ts";
import type { BuiltIn } from "./built-in.ts";

/** `/remind`: creates a reminder of the user, such as `/remind me to call Ann tomorrow at 9`. */
export const remindCommand: BuiltIn = {
  posts: false,
  run: async ({ env, actor }, { text, nonce }) => {
    const { userId } = actor;
    // Reminders concern all channels of the user.
    if (actor.grant?.channelIds)
      reject("forbidden", "A token that is restricted to channels can't create reminders");
    const timeZone = await findTimeZone(env, userId);
    const split = await splitTime(text, { timeZone, nowMs: Date.now() });
    if (!split)
      throw invalidField(
        "text",
        "Say what to remind of and when, such as `call Ann in 20 minutes` or `tomorrow at 9 stand-up`",
      );
    if ([...split.text].length > limits.reminderLength)
      throw invalidField("text", `Must have at most ${limits.reminderLength} characters`);
    const { reminder } = await createReminder(env, userId, { ...split, nonce });
    return {
      reply: `You will be reminded of “${reminder.text}” at ${inZone(Date.parse(reminder.at), timeZone)}.`,
    };
  },
};

/** Returns a time as text: in the user's time zone, with the name of the zone. */
export function inZone(ms: number, timeZone: string): string {
  const day = new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(ms);
  const time = new Intl.DateTimeFormat("en-GB", { timeZone, timeStyle: "short" }).format(ms);
  return `${time} on ${day} (${timeZone})`;
}
