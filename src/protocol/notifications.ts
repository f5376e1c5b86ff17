import { z } from "zod";
import {
  ChannelId,
  Epoch,
  MessageId,
  page,
  PageQuery,
  ReminderId,
  Seq,
  Timestamp,
  UserId,
} from "./common.ts";
import { endpoint } from "./endpoint.ts";

export const NotificationKind = z
  .enum(["mention", "direct", "thread", "invitation", "message", "reminder"])
  .meta({
    id: "NotificationKind",
    description:
      "`mention`: you were mentioned. `direct`: a direct or group message. `thread`: a reply in a thread that you follow. `invitation`: you were added to a channel. `message`: a message in a channel with the notification level `all`. `reminder`: a reminder of yours is due.",
  });
export type NotificationKind = z.infer<typeof NotificationKind>;

/** A notification. It holds ids only, never message text, so that deletion has nothing to erase here. */
export const Notification = z
  .object({
    seq: Seq.meta({ description: "The sequence number in the log of your user events." }),
    kind: NotificationKind,
    channelId: ChannelId.nullable().meta({
      description: "Null only for a reminder that is about no message.",
    }),
    channelSeq: Seq.meta({
      description: "The sequence number of the event in the channel's log; 0 for a reminder.",
    }),
    messageId: MessageId.nullable(),
    threadId: MessageId.nullable(),
    actorId: UserId.meta({ description: "The user who caused the notification." }),
    createdAt: Timestamp,
    read: z.boolean(),
    reminderId: ReminderId.optional().meta({ description: "Only for a reminder: the one that is due." }),
  })
  .meta({ id: "Notification" });
export type Notification = z.infer<typeof Notification>;

const readPosition = {
  unread: z.int().meta({ description: "The number of unread notifications. Exact up to 99." }),
  lastReadSeq: Seq,
};

export const getNotifications = endpoint({
  method: "get",
  path: "/v1/notifications",
  tag: "notifications",
  auth: "user",
  summary: "List your notifications, newest first",
  query: PageQuery,
  status: 200,
  response: page(Notification).extend({ ...readPosition, seq: Seq, epoch: Epoch.nullable() }),
  errors: [],
});

export const readNotifications = endpoint({
  method: "put",
  path: "/v1/notifications/read",
  tag: "notifications",
  auth: "user",
  summary:
    "Mark notifications as read: all, all up to `seq`, or only those in `seqs`. They cannot become unread again",
  body: z
    .strictObject({
      seq: Seq.optional().meta({
        description:
          "Marks all notifications up to this one. If neither this nor `seqs` is given, all are marked.",
      }),
      seqs: z
        .array(Seq)
        .min(1)
        .max(100)
        .optional()
        .meta({ description: "Marks only these. Numbers that are not notifications of yours are ignored." }),
    })
    .refine(({ seq, seqs }) => seq === undefined || seqs === undefined, {
      path: ["seqs"],
      message: "Must not be combined with `seq`",
    }),
  status: 200,
  response: z.object(readPosition),
  errors: [],
});
