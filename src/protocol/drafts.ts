import { z } from "zod";
import { channelParams } from "./channels.ts";
import { ChannelId, MessageId, page, PageQuery, text, Timestamp } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { limits } from "./limits.ts";

export const Draft = z
  .object({
    channelId: ChannelId,
    threadId: MessageId.nullable(),
    content: z.string().meta({ description: "The text so far. Empty: the draft was deleted." }),
    rev: z
      .int()
      .meta({ description: "Grows with each change of any draft. A higher one replaces a lower one." }),
    updatedAt: Timestamp.meta({ description: "When the draft was last changed." }),
  })
  .meta({
    id: "Draft",
    description: "An unsent text of a user in a channel or thread, shared by their devices.",
  });
export type Draft = z.infer<typeof Draft>;

export const putDraft = endpoint({
  method: "put",
  path: "/v1/channels/:channelId/draft",
  tag: "drafts",
  auth: "user",
  summary: "Store your draft for a channel or thread. The last writer wins; an empty text deletes it",
  params: channelParams,
  body: z.strictObject({
    content: text(0, limits.contentLength).meta({
      description: "The text so far. Empty: deletes the draft.",
    }),
    threadId: MessageId.optional().meta({
      description: "The root message of the thread; absent: the channel.",
    }),
    baseRev: z.int().min(0).optional().meta({
      description:
        "The `rev` that this text is based on; 0 for none. If another device stored a draft since, the response contains it as `overwritten`.",
    }),
  }),
  action: "readChannel",
  status: 200,
  response: Draft.extend({
    overwritten: Draft.optional().meta({
      description: "The draft that this one replaced, if it was not the one of `baseRev`.",
    }),
  }),
  errors: ["conflict"],
});

export const getDrafts = endpoint({
  method: "get",
  path: "/v1/drafts",
  tag: "drafts",
  auth: "user",
  summary: "List your drafts, the last changed first",
  query: PageQuery,
  status: 200,
  response: page(Draft),
  errors: [],
});
