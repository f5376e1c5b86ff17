import { invalidFields } from "../../../errors/app-error.ts";
import { zodIssues } from "../../../errors/zod-issues.ts";
import { isoTime } from "../../../lib/time.ts";
import { type CustomStatus, updateUserStatus } from "../../../protocol/index.ts";
import { unwrap } from "../../../rpc/rpc-result.ts";
import { callObject, hubOf } from "../../../rpc/stubs.ts";
import { customEmojiName, toEmoji } from "../../../text/emoji.ts";
import { isKnownEmoji } from "../../emoji/index.ts";
import { parseTime, type TimeContext } from "../../reminders/index.ts";
import { findTimeZone } from "../../users/index.ts";
import type { BuiltIn } from "./built-in.ts";
import { inZone } from "./remind.ts";

/** `/status`: shows, sets or clears the user's custom status. */
export const statusCommand: BuiltIn = {
  posts: false,
  run: async ({ env, actor }, { text }) => {
    const { userId } = actor;
    const hub = () => hubOf(env, userId);
    const timeZone = await findTimeZone(env, userId);
    if (text === "") {
      const { custom } = unwrap(await callObject(() => hub().getStatus()));
      return { reply: custom ? `Your status is ${inWords(custom, timeZone)}.` : "You have no status." };
    }
    const custom =
      text.toLowerCase() === "clear"
        ? null
        : await parseStatus(text, { timeZone, nowMs: Date.now() }, (name) => isKnownEmoji(env, name));
    const change = updateUserStatus.body.safeParse({ custom });
    if (!change.success) throw invalidFields(zodIssues(change.error));
    const { status } = unwrap(await callObject(() => hub().setStatus(change.data)));
    return {
      reply: status.custom
        ? `Your status is now ${inWords(status.custom, timeZone)}.`
        : "Your status was cleared.",
    };
  },
};

/**
 * Parses `[emoji] text [for <duration> | until <time>]`. An end that is no time is part of the text, and so is a `:name:` that is no custom
 * emoji.
 */
export async function parseStatus(
  text: string,
  context: TimeContext,
  isCustomEmoji: (name: string) => Promise<boolean>,
): Promise<CustomStatus> {
  const words = text.trim().split(/\s+/);
  const endsAt = words.findLastIndex((word) => /^(?:for|until)$/i.test(word));
  const when = endsAt < 0 ? "" : words.slice(endsAt + 1).join(" ");
  const isDuration = words[endsAt]?.toLowerCase() === "for";
  const at = when === "" ? undefined : await parseTime(isDuration ? `in ${when}` : when, context);
  const shown = at === undefined ? words : words.slice(0, endsAt);
  const first = shown[0] ?? "";
  const name = customEmojiName(first);
  const emoji = name === undefined ? toEmoji(first) : (await isCustomEmoji(name)) ? first : undefined;
  const rest = (emoji ? shown.slice(1) : shown).join(" ");
  return {
    ...(emoji && { emoji }),
    ...(rest !== "" && { text: rest }),
    ...(at !== undefined && { expiresAt: isoTime(at) }),
  };
}

function inWords({ emoji, text, expiresAt }: CustomStatus, timeZone: string): string {
  const shown = [emoji, text && `“${text}”`].filter(Boolean).join(" ");
  return expiresAt === undefined ? shown : `${shown} until ${inZone(Date.parse(expiresAt), timeZone)}`;
}
