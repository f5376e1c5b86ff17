import { z } from "zod";
import { Channel, channelParams } from "./channels.ts";
import { ChannelId, Cursor, Limit, Seq, snapshot } from "./common.ts";
import { endpoint } from "./endpoint.ts";

const counts = {
  lastReadSeq: Seq,
  unread: z.int().meta({ description: "Messages of others after `lastReadSeq`, exact up to 99." }),
  mentions: z.int().meta({ description: "Those among them that mention you, exact up to 99." }),
};

export const ReadState = z.object(counts).meta({ id: "ReadState" });
export type ReadState = z.infer<typeof ReadState>;

export const markRead = endpoint({
  method: "put",
  path: "/v1/channels/:channelId/read",
  tag: "reads",
  auth: "user",
  summary: "Say up to where you have read; going back marks unread",
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
    "Of a channel you are notified of every message (`all`, what direct and group messages begin with), of mentions and of replies in threads that you follow (`mentions`, what other channels begin with), or of nothing.",
});
export type NotificationLevel = z.infer<typeof NotificationLevel>;

export const ChannelPreference = z.object({ level: NotificationLevel }).meta({ id: "ChannelPreference" });

export const setNotificationLevel = endpoint({
  method: "put",
  path: "/v1/channels/:channelId/notifications",
  tag: "reads",
  auth: "user",
  summary: "What of this channel you are notified of",
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
      "Counted from the database, which may be a moment behind the channel: `seq` is the last event that the counts include. Add later messages that you received, or ask again.",
  });
export type Unread = z.infer<typeof Unread>;

/** A point in time of these answers, by the database's clock. */
const UnreadRev = z.int().min(0);

export const getUnreads = endpoint({
  method: "get",
  path: "/v1/users/me/unreads",
  tag: "reads",
  auth: "user",
  summary: "All of your channels, with what is unread in each; or those that changed",
  query: z.strictObject({
    since: z
      .string()
      .regex(/^\d{1,15}$/, "Wants the `rev` of an earlier answer")
      .transform(Number)
      .optional()
      .meta({
        type: "integer",
        minimum: 0,
        description:
          "The `rev` of an earlier answer: only channels in which something changed since then, some perhaps twice. Channels that you are no longer in are not named: where `total` is not the number that you know of, ask without `since`.",
      }),
    fields: z.enum(["all", "counts"]).default("all").meta({ description: "`counts` leaves out `channel`." }),
    limit: Limit.unwrap()
      .optional()
      .meta({ type: "integer", minimum: 1, maximum: 100, description: "Absent: all in one answer." }),
    cursor: Cursor.optional(),
  }),
  status: 200,
  response: z.object({
    items: z.array(Unread),
    nextCursor: Cursor.nullable(),
    rev: UnreadRev.meta({ description: "For `since`. All pages of a list bear that of the first." }),
    total: z.int().meta({ description: "How many channels you are in." }),
  }),
  errors: [],
});
