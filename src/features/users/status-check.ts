import { invalidField } from "../../errors/app-error.ts";
import { toReaction } from "../../text/emoji.ts";
import type { CustomStatus } from "../../protocol/index.ts";

/** Rejects the emoji of a status. @throws `validation_failed` */
export const rejectStatusEmoji = (): never => {
  throw invalidField("custom.emoji", "Must be one emoji, or the `:name:` of a custom emoji");
};

/**
 * Validates and normalizes a custom status: the emoji gets the form that Unicode recommends (RGI). Whether a custom emoji exists is not checked.
 * Returns null for an empty status.
 *
 * @param nowMs the current time, in ms since 1970
 * @throws `validation_failed` if `emoji` is neither a single emoji nor `:name:`, or `expiresAt` is not in the future
 */
export function checkCustomStatus(custom: CustomStatus, nowMs: number): CustomStatus | null {
  const { text, expiresAt } = custom;
  const emoji = custom.emoji === undefined ? undefined : toReaction(custom.emoji);
  if (custom.emoji !== undefined && !emoji) rejectStatusEmoji();
  if (expiresAt !== undefined && !(Date.parse(expiresAt) > nowMs))
    throw invalidField("custom.expiresAt", "Must be in the future");
  if (!emoji && !text) return null;
  return { ...(emoji && { emoji }), ...(text && { text }), ...(expiresAt && { expiresAt }) };
}
