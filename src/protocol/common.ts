import { z } from "zod";
import { cleanLabel } from "./labels.ts";

/** Crockford base 32 without I, L, O and U; the first character keeps a ULID within 128 bits. */
const ulidPattern = "[0-7][0-9A-HJKMNP-TV-Z]{25}";

const prefixedId = (prefix: string, title: string) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_${ulidPattern}$`), `An id of the form ${prefix}_… is wanted`)
    .meta({ id: title, description: `\`${prefix}_\` and a ULID: opaque and sortable by creation.` });

export const UserId = prefixedId("usr", "UserId");
export const ChannelId = prefixedId("chn", "ChannelId");
export const MessageId = prefixedId("msg", "MessageId");
export const FileId = prefixedId("fil", "FileId");
export const SessionId = prefixedId("ses", "SessionId");

/** An instant: ISO 8601, UTC, milliseconds. */
export const Timestamp = z.iso.datetime({ precision: 3 }).meta({
  id: "Timestamp",
  pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$",
  examples: ["2026-11-22T09:30:00.000Z"],
});

const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:(\d{2})(\.\d{1,20})?([Zz]|[+-]\d{2}:\d{2})$/;

/** An instant as a client may write it: RFC 3339, with or without fractions, in UTC or with an offset. Kept as a `Timestamp`. */
export const TimestampInput = z
  .string()
  .max(64)
  .transform((text, context) => {
    const instant = parseInstant(text);
    if (instant !== undefined) return instant;
    context.addIssue({ code: "custom", message: "Wants a time of RFC 3339, as 2026-11-22T09:30:00Z" });
    return z.NEVER;
  })
  .meta({ id: "TimestampInput", format: "date-time", examples: ["2026-11-22T10:30:00+01:00"] });

/** The instant with milliseconds, in UTC; undefined for what is no time of RFC 3339, or one past the year 9999. */
function parseInstant(text: string): string | undefined {
  const [, seconds, fraction = ""] = rfc3339.exec(text) ?? [];
  if (seconds === undefined) return undefined;
  // A leap second is the first moment of the next minute. Fractions past milliseconds are cut off.
  const isLeap = seconds === "60";
  const upper = text.toUpperCase().replace(" ", "T");
  const normal = fraction ? upper.replace(fraction, fraction.slice(0, 4)) : upper;
  const ms = Date.parse(isLeap ? normal.replace(/:60(?=[.Z+-])/, ":59") : normal);
  if (Number.isNaN(ms) || !isCalendarDay(text)) return undefined;
  const at = new Date(ms + (isLeap ? 1_000 : 0));
  return at.getUTCFullYear() > 9_999 || at.getUTCFullYear() < 0 ? undefined : at.toISOString();
}

/** `Date.parse` takes February 30th for March 2nd. */
function isCalendarDay(text: string): boolean {
  const day = text.slice(0, 10);
  const at = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === day;
}

/** A place in a channel's log. The first event has 1; 0 is the place before it. */
export const Seq = z.int().min(0).meta({ id: "Seq", description: "A position in the log of a channel." });

/** Names one life of a log: a log that was made anew has another epoch, and its `seq`s mean nothing to holders of the old one. */
export const Epoch = z
  .string()
  .regex(/^[A-Za-z0-9_-]{8,32}$/)
  .meta({ id: "Epoch" });

/** Length in code points, without walking the string when its UTF-16 length already decides. */
function withinCodePoints(text: string, min: number, max: number): boolean {
  if (text.length > 2 * max || text.length < min) return false;
  if (text.length <= max && text.length >= 2 * min) return true;
  let count = 0;
  for (const _ of text) count++;
  return count >= min && count <= max;
}

/** Unicode text of `min` to `max` code points; lone surrogates and NUL are refused, everything else is kept as sent. */
export const text = (min: number, max: number) =>
  z
    .string()
    .superRefine((value, context) => {
      if (!withinCodePoints(value, min, max)) {
        context.addIssue({ code: "custom", message: `Wants ${min} to ${max} characters` });
      } else if (value.includes("\0")) {
        context.addIssue({ code: "custom", message: "May not contain NUL" });
      } else if (!value.isWellFormed()) {
        context.addIssue({ code: "custom", message: "May not contain lone surrogates" });
      }
    })
    .meta({ minLength: min, maxLength: max });

/**
 * The name of a person or a thing, of one line: as `cleanLabel` gives it, of `min` to `max` code points, without control characters.
 * What shows nothing is refused where `min` is more than 0.
 */
export const label = (min: number, max: number) =>
  z
    .string()
    .max(4 * max, `Wants ${min} to ${max} characters`)
    .refine((value) => value.isWellFormed(), "May not contain lone surrogates")
    .refine((value) => value === "" || cleanLabel(value) !== "", "May not be blank")
    .transform(cleanLabel)
    .pipe(
      text(min, max).refine(
        (value) => !/(?!\0)[\p{Cc}\u2028\u2029]/u.test(value),
        "May not contain control characters",
      ),
    )
    .meta({ minLength: min, maxLength: max });

export const Cursor = z
  .string()
  .min(1)
  .max(2_048)
  .meta({ id: "Cursor", description: "Opaque; from an answer's `nextCursor`." });

/** How many: a query parameter, hence digits. */
export const Limit = z
  .string()
  .regex(/^\d{1,3}$/, "Wants a whole number from 1 to 100")
  .transform(Number)
  .pipe(z.int().min(1).max(100))
  .default(50)
  .meta({ type: "integer", minimum: 1, maximum: 100, default: 50 });

/** A `seq` as a query parameter. */
export const SeqParam = z
  .string()
  .regex(/^\d{1,15}$/, "Wants a seq: a whole number")
  .transform(Number)
  .meta({ type: "integer", minimum: 0 });

export const PageQuery = z.strictObject({ limit: Limit, cursor: Cursor.optional() });

export const page = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: Cursor.nullable() });

/** The place in the log at which a read was taken: subscribe with `since: seq` and nothing lies between. */
export const snapshot = { seq: Seq, epoch: Epoch };

/** Unique per channel and author, kept as long as the log: the one idempotency key. */
export const Nonce = text(1, 64).meta({
  id: "Nonce",
  description: "Made by the client; the same nonce never makes a second message.",
});
