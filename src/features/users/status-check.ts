import { invalidField } from "../../errors/app-error.ts";
import { toEmoji } from "../../text/emoji.ts";
import type { CustomStatus } from "../../protocol/index.ts";

/**
 * Validates and normalizes a custom status: the emoji gets the form that Unicode recommends (RGI). Returns null for an empty status.
 *
 * @param nowMs the current time, in ms since 1970
 * @throws `validation_failed` if `emoji` is not a single emoji, or `expiresAt` is not in the future
 */
export function checkCustomStatus(custom: CustomStatus, nowMs: number): CustomStatus | null {
  const { text, expiresAt } = custom;
  const emoji = custom.emoji === undefined ? undefined : toEmoji(custom.emoji);
  if (custom.emoji !== undefined && !emoji) throw invalidField("custom.emoji", "Must be one emoji");
  if (expiresAt !== undefined && !(Date.parse(expiresAt) > nowMs))
    throw invalidField("custom.expiresAt", "Must be in the future");
  if (!emoji && !text) return null;
  return { ...(emoji && { emoji }), ...(text && { text }), ...(expiresAt && { expiresAt }) };
}
