import { z } from "zod";
import { cleanLabel } from "./labels.ts";

/** Crockford's base 32 (no I, L, O and U). The first character is at most 7, since a ULID has 128 bits. */
const ulidPattern = "[0-7][0-9A-HJKMNP-TV-Z]{25}";

const prefixedId = (prefix: string, title: string) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_${ulidPattern}$`), `Must be an id of the form ${prefix}_…`)
    .meta({ id: title, description: `\`${prefix}_\` and a ULID. Opaque; ids sort by creation time.` });

export const UserId = prefixedId("usr", "UserId");
export const ChannelId = prefixedId("chn", "ChannelId");
export const MessageId = prefixedId("msg", "MessageId");
export const FileId = prefixedId("fil", "FileId");
export const GroupId = prefixedId("grp", "GroupId");
export const InviteId = prefixedId("inv", "InviteId");
export const SessionId = prefixedId("ses", "SessionId");
export const TokenId = prefixedId("tok", "TokenId");
export const ServerKeyId = prefixedId("key", "ServerKeyId");
export const IncomingWebhookId = prefixedId("iwh", "IncomingWebhookId");
export const PasskeyId = prefixedId("psk", "PasskeyId");
export const SlashCommandId = prefixedId("cmd", "SlashCommandId");
export const CommandRunId = prefixedId("run", "CommandRunId");
export const EphemeralMessageId = prefixedId("eph", "EphemeralMessageId");
export const ScheduledMessageId = prefixedId("sch", "ScheduledMessageId");
export const ReminderId = prefixedId("rem", "ReminderId");
export const EventSubscriptionId = prefixedId("sub", "EventSubscriptionId");
export const DeliveryId = prefixedId("dlv", "DeliveryId");
export const PushSubscriptionId = prefixedId("psh", "PushSubscriptionId");

/** A point in time: ISO 8601, UTC, with milliseconds. */
export const Timestamp = z.iso.datetime({ precision: 3 }).meta({
  id: "Timestamp",
  pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$",
  examples: ["2026-11-22T09:30:00.000Z"],
});

const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:(\d{2})(\.\d{1,20})?([Zz]|[+-]\d{2}:\d{2})$/;

/** A point in time as clients send it (RFC 3339): with or without fractions of a second, in UTC or with an offset. Parsed into a `Timestamp`. */
export const TimestampInput = z
  .string()
  .max(64)
  .transform((text, context) => {
    const instant = parseInstant(text);
    if (instant !== undefined) return instant;
    context.addIssue({ code: "custom", message: "Must be an RFC 3339 time, such as 2026-11-22T09:30:00Z" });
    return z.NEVER;
  })
  .meta({ id: "TimestampInput", format: "date-time", examples: ["2026-11-22T10:30:00+01:00"] });

/** Parses an RFC 3339 time. Returns it in UTC with milliseconds, or undefined if it is malformed or outside the years 0 to 9999. */
function parseInstant(text: string): string | undefined {
  const [, seconds, fraction = ""] = rfc3339.exec(text) ?? [];
  if (seconds === undefined) return undefined;
  // A leap second becomes the first moment of the next minute. Fractions beyond milliseconds are truncated.
  const isLeap = seconds === "60";
  const upper = text.toUpperCase().replace(" ", "T");
  const normal = fraction ? upper.replace(fraction, fraction.slice(0, 4)) : upper;
  const ms = Date.parse(isLeap ? normal.replace(/:60(?=[.Z+-])/, ":59") : normal);
  if (Number.isNaN(ms) || !isCalendarDay(text)) return undefined;
  const at = new Date(ms + (isLeap ? 1_000 : 0));
  return at.getUTCFullYear() > 9_999 || at.getUTCFullYear() < 0 ? undefined : at.toISOString();
}

/** Whether the date exists. `Date.parse` reads February 30th as March 2nd. */
function isCalendarDay(text: string): boolean {
  const day = text.slice(0, 10);
  const at = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === day;
}

/** A sequence number in a channel's log. The first event has 1; 0 is the position before it. */
export const Seq = z
  .int()
  .min(0)
  .meta({ id: "Seq", description: "A sequence number in the log of a channel." });

/** Identifies one incarnation of a log. A log that was created again has another epoch, and a `seq` is valid only within its epoch. */
export const Epoch = z
  .string()
  .regex(/^[A-Za-z0-9_-]{8,32}$/)
  .meta({ id: "Epoch" });

/** Whether the text has `min` to `max` code points. Iterates over the text only if its UTF-16 length does not already decide. */
function withinCodePoints(text: string, min: number, max: number): boolean {
  if (text.length > 2 * max || text.length < min) return false;
  if (text.length <= max && text.length >= 2 * min) return true;
  let count = 0;
  for (const _ of text) count++;
  return count >= min && count <= max;
}

/** Unicode text of `min` to `max` code points, stored as sent. Lone surrogates and NUL are rejected. */
export const text = (min: number, max: number) =>
  z
    .string()
    .superRefine((value, context) => {
      if (!withinCodePoints(value, min, max)) {
        context.addIssue({ code: "custom", message: `Must have ${min} to ${max} characters` });
      } else if (value.includes("\0")) {
        context.addIssue({ code: "custom", message: "Must not contain NUL" });
      } else if (!value.isWellFormed()) {
        context.addIssue({ code: "custom", message: "Must not contain lone surrogates" });
      }
    })
    .meta({ minLength: min, maxLength: max });

/**
 * A name of one line: normalized by `cleanLabel`, then `min` to `max` code points long and without control characters. A non-empty name
 * without a visible character is rejected.
 */
export const label = (min: number, max: number) =>
  z
    .string()
    .max(4 * max, `Must have ${min} to ${max} characters`)
    .refine((value) => value.isWellFormed(), "Must not contain lone surrogates")
    .refine((value) => value === "" || cleanLabel(value) !== "", "Must not be blank")
    .transform(cleanLabel)
    .pipe(
      text(min, max).refine(
        (value) => !/(?!\0)[\p{Cc}\u2028\u2029]/u.test(value),
        "Must not contain control characters",
      ),
    )
    .meta({ minLength: min, maxLength: max });

export const Cursor = z
  .string()
  .min(1)
  .max(2_048)
  .meta({ id: "Cursor", description: "Opaque: the `nextCursor` of the previous page." });

/** The page size as a query parameter, which arrives as a string of digits. */
export const Limit = z
  .string()
  .regex(/^\d{1,3}$/, "Must be an integer from 1 to 100")
  .transform(Number)
  .pipe(z.int().min(1).max(100))
  .default(50)
  .meta({ type: "integer", minimum: 1, maximum: 100, default: 50 });

/** A `seq` as a query parameter. */
export const SeqParam = z
  .string()
  .regex(/^\d{1,15}$/, "Must be a sequence number: a non-negative integer")
  .transform(Number)
  .meta({ type: "integer", minimum: 0 });

export const PageQuery = z.strictObject({ limit: Limit, cursor: Cursor.optional() });

/** A page of a list. `nextCursor` is null on the last page. */
export const page = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: Cursor.nullable() });

/** The log position of a read. Subscribing with `since: seq` continues from it without a missing event. */
export const snapshot = { seq: Seq, epoch: Epoch };

/** The idempotency key of a command: unique for each channel and author, kept as long as the log. */
export const Nonce = text(1, 64).meta({
  id: "Nonce",
  description:
    "An idempotency key that the client generates. Sending the same nonce again never creates a second message.",
});
