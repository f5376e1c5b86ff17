import { invalidField } from "../../errors/app-error.ts";
import { toEmoji } from "../../text/emoji.ts";
import type { CustomStatus } from "../../protocol/index.ts";

/**
 * A custom status as it is kept: its emoji in the form that Unicode recommends, and null where it would show nothing. Refuses
 * `validation_failed` for an `emoji` that is none, and for an `expiresAt` that is not to come.
 */
export function checkCustomStatus(custom: CustomStatus, nowMs: number): CustomStatus | null {
  const { text, expiresAt } = custom;
  const emoji = custom.emoji === undefined ? undefined : toEmoji(custom.emoji);
  if (custom.emoji !== undefined && !emoji) refuseField("emoji", "Wants one emoji");
  if (expiresAt !== undefined && !(Date.parse(expiresAt) > nowMs))
    refuseField("expiresAt", "Wants a moment in the future");
  if (!emoji && !text) return null;
  return { ...(emoji && { emoji }), ...(text && { text }), ...(expiresAt && { expiresAt }) };
}

function refuseField(field: keyof CustomStatus, message: string): never {
  throw invalidField(`custom.${field}`, message);
}
