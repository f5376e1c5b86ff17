import { z } from "zod";
import { Channel, channelParams } from "./channels.ts";
import { ChannelId, Seq, snapshot } from "./common.ts";
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
  .object({ channelId: ChannelId, ...counts, level: NotificationLevel, channel: Channel, ...snapshot })
  .meta({
    id: "Unread",
    description:
      "Counted from the database, which may be a moment behind the channel: `seq` is the last event that the counts include. Add later messages that you received, or ask again.",
  });
export type Unread = z.infer<typeof Unread>;

export const getUnreads = endpoint({
  method: "get",
  path: "/v1/users/me/unreads",
  tag: "reads",
  auth: "user",
  summary: "All of your channels, with what is unread in each",
  status: 200,
  response: z.object({ items: z.array(Unread), nextCursor: z.null() }),
  errors: [],
});
