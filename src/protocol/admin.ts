import { z } from "zod";
import { channelParams } from "./channels.ts";
import { ChannelId, page, PageQuery, Seq } from "./common.ts";
import { endpoint } from "./endpoint.ts";

export const Projection = z
  .object({ channelId: ChannelId, seq: Seq, recordedSeq: Seq })
  .meta({ id: "Projection", description: "Where a channel's log ends, and up to where the record has it." });

export const getAllChannelIds = endpoint({
  method: "get",
  path: "/v1/admin/channels",
  tag: "admin",
  auth: "user",
  summary: "The ids of all channels, private ones too; for the workspace's owner and admins",
  query: PageQuery,
  action: "maintain",
  status: 200,
  response: page(z.object({ channelId: ChannelId })),
  errors: ["forbidden"],
});

export const reprojectChannel = endpoint({
  method: "post",
  path: "/v1/admin/channels/:channelId/reproject",
  tag: "admin",
  auth: "user",
  summary: "Throw away what the record has of a channel and write it anew from its log, in the background",
  params: channelParams,
  action: "maintain",
  status: 200,
  response: Projection,
  errors: ["forbidden"],
});

export const getProjection = endpoint({
  method: "get",
  path: "/v1/admin/channels/:channelId/projection",
  tag: "admin",
  auth: "user",
  summary: "How far the record is with a channel",
  params: channelParams,
  action: "maintain",
  status: 200,
  response: Projection,
  errors: ["forbidden"],
});
