import { z } from "zod";
import { ChannelId, Epoch, MessageId, page, PageQuery, Seq, Timestamp, UserId } from "./common.ts";
import { endpoint } from "./endpoint.ts";

export const NotificationKind = z.enum(["mention", "direct", "thread", "invitation", "message"]).meta({
  id: "NotificationKind",
  description:
    "You were mentioned; a direct or group message; a reply in a thread that you follow; you were added to a channel; any message, where you asked for all.",
});
export type NotificationKind = z.infer<typeof NotificationKind>;

/** What happened where: ids, never anybody's text. */
export const Notification = z
  .object({
    seq: Seq.meta({ description: "Its place in the log of your own events." }),
    kind: NotificationKind,
    channelId: ChannelId,
    channelSeq: Seq.meta({ description: "The event in the log of the channel." }),
    messageId: MessageId.nullable(),
    threadId: MessageId.nullable(),
    actorId: UserId.meta({ description: "Whose doing it was." }),
    createdAt: Timestamp,
    read: z.boolean(),
  })
  .meta({ id: "Notification" });
export type Notification = z.infer<typeof Notification>;

const place = {
  unread: z.int().meta({ description: "Exact up to 99." }),
  lastReadSeq: Seq,
};

export const getNotifications = endpoint({
  method: "get",
  path: "/v1/notifications",
  tag: "notifications",
  auth: "user",
  summary: "What you were notified of, newest first",
  query: PageQuery,
  status: 200,
  response: page(Notification).extend({ ...place, seq: Seq, epoch: Epoch.nullable() }),
  errors: [],
});

export const readNotifications = endpoint({
  method: "put",
  path: "/v1/notifications/read",
  tag: "notifications",
  auth: "user",
  summary: "Mark notifications as read: up to one, some alone, or all; never unread again",
  body: z
    .strictObject({
      seq: Seq.optional().meta({
        description: "The last one that is read; all, if neither this nor `seqs` is given.",
      }),
      seqs: z
        .array(Seq)
        .min(1)
        .max(100)
        .optional()
        .meta({ description: "These alone; what is none of your notifications changes nothing." }),
    })
    .refine(({ seq, seqs }) => seq === undefined || seqs === undefined, {
      path: ["seqs"],
      message: "Wants `seq` or `seqs`, not both",
    }),
  status: 200,
  response: z.object(place),
  errors: [],
});
