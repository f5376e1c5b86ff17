import { z } from "zod";
import { channelParams } from "./channels.ts";
import { MessageId, page, PageQuery, snapshot, Timestamp, UserId } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { Message, messageParams } from "./messages.ts";

/** `userId`: the user who pinned or unpinned the message. */
export const Pin = z.object({ messageId: MessageId, userId: UserId }).meta({ id: "Pin" });
export type Pin = z.infer<typeof Pin>;

export const pinMessage = endpoint({
  method: "put",
  path: "/v1/channels/:channelId/messages/:messageId/pin",
  tag: "pins",
  auth: "user",
  summary: "Pin a message to its channel, which can have at most 100 pins",
  params: messageParams,
  action: "pinMessage",
  status: 200,
  response: Pin,
  errors: ["forbidden", "conflict"],
});

export const unpinMessage = endpoint({
  method: "delete",
  path: "/v1/channels/:channelId/messages/:messageId/pin",
  tag: "pins",
  auth: "user",
  summary: "Unpin a message",
  params: messageParams,
  action: "pinMessage",
  status: 204,
  errors: ["forbidden", "conflict"],
});

export const PinnedMessage = Message.extend({ pinnedBy: UserId, pinnedAt: Timestamp }).meta({
  id: "PinnedMessage",
});

export const getPins = endpoint({
  method: "get",
  path: "/v1/channels/:channelId/pins",
  tag: "pins",
  auth: "user",
  summary: "List the pinned messages of a channel, most recently pinned first",
  params: channelParams,
  query: PageQuery,
  action: "readChannel",
  status: 200,
  response: page(PinnedMessage).extend(snapshot),
  errors: [],
});
