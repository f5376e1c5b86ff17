import { z } from "zod";
import { Channel, channelParams } from "./channels.ts";
import { ChannelId, Cursor, Limit, Seq, snapshot } from "./common.ts";
import { endpoint } from "./endpoint.ts";

const counts = {
  lastReadSeq: Seq,
  unread: z
    .int()
    .meta({ description: "The number of messages by others after `lastReadSeq`. Exact up to 99." }),
  mentions: z.int().meta({ description: "The number of unread messages that mention you. Exact up to 99." }),
};

export const ReadState = z.object(counts).meta({ id: "ReadState" });
export type ReadState = z.infer<typeof ReadState>;

export const markRead = endpoint({
  method: "put",
  path: "/v1/channels/:channelId/read",
  tag: "reads",
  auth: "user",
  summary: "Set your read position. Moving it back marks messages as unread",
  params: channelParams,
  body: z.strictObject({ seq: Seq }),
  action: "markRead",
  status: 200,
  response: ReadState,
  errors: ["forbidden"],
});

export const NotificationLevel = z.enum(["all", "mentions", "none"]).meta({
  id: "NotificationLevel",
  description:
    "`all`: notify about every message; the default of direct and group messages. `mentions`: notify about mentions and about replies in threads that you follow; the default of other channels. `none`: never notify.",
});
export type NotificationLevel = z.infer<typeof NotificationLevel>;

export const ChannelPreference = z.object({ level: NotificationLevel }).meta({ id: "ChannelPreference" });

export const setNotificationLevel = endpoint({
  method: "put",
  path: "/v1/channels/:channelId/notifications",
  tag: "reads",
  auth: "user",
  summary: "Set your notification level for a channel",
  params: channelParams,
  body: z.strictObject({ level: NotificationLevel }),
  action: "markRead",
  status: 200,
  response: ChannelPreference,
  errors: ["forbidden"],
});

export const Unread = z
  .object({
    channelId: ChannelId,
    ...counts,
    level: NotificationLevel,
    channel: Channel.optional().meta({ description: "Absent with `fields=counts`." }),
    ...snapshot,
  })
  .meta({
    id: "Unread",
    description:
      "Counted in the database, which can lag behind the channel: `seq` is the last event that the counts include. Add the later messages that you received, or repeat the request.",
  });
export type Unread = z.infer<typeof Unread>;

/** The time of a response by the database's clock, in milliseconds. Used as an opaque revision. */
const UnreadRev = z.int().min(0);

export const getUnreads = endpoint({
  method: "get",
  path: "/v1/users/me/unreads",
  tag: "reads",
  auth: "user",
  restricted: true,
  summary: "List your channels with their unread counts: all of them, or those that changed",
  query: z.strictObject({
    since: z
      .string()
      .regex(/^\d{1,15}$/, "Must be the `rev` of an earlier response")
      .transform(Number)
      .optional()
      .meta({
        type: "integer",
        minimum: 0,
        description:
          "The `rev` of an earlier response. Returns only channels that changed since then; a channel may be returned more than once. Channels that you left are not reported: if `total` differs from your number of channels, repeat the request without `since`.",
      }),
    fields: z.enum(["all", "counts"]).default("all").meta({ description: "`counts` omits `channel`." }),
    limit: Limit.unwrap().optional().meta({
      type: "integer",
      minimum: 1,
      maximum: 100,
      description: "The page size. Absent: all channels in one response.",
    }),
    cursor: Cursor.optional(),
  }),
  status: 200,
  response: z.object({
    items: z.array(Unread),
    nextCursor: Cursor.nullable(),
    rev: UnreadRev.meta({
      description: "A value for `since`. All pages of a list have the `rev` of the first page.",
    }),
    total: z.int().meta({ description: "The number of channels that you are a member of." }),
  }),
  errors: [],
});

export const readAll = endpoint({
  method: "post",
  path: "/v1/users/me/read-all",
  tag: "reads",
  auth: "user",
  summary:
    "Mark all channels and followed threads as read. One request marks up to 50 of each; repeat it with `nextCursor` until that is null",
  // It calls as many rooms as a search.
  rateClass: "search",
  query: z.strictObject({ cursor: Cursor.optional() }),
  repeatable: true,
  status: 200,
  response: z.object({
    channels: z.int().meta({ description: "The number of channels that were marked." }),
    threads: z.int().meta({ description: "The number of threads that were marked." }),
    unavailable: z.int().meta({
      description:
        "The number of channels and threads whose channel did not answer. Repeat the whole to mark them.",
    }),
    nextCursor: Cursor.nullable(),
  }),
  errors: [],
});
