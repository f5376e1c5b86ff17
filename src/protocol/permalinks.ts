import { z } from "zod";
import { ChannelId, Seq } from "./common.ts";
import { channelParams } from "./channels.ts";
import { endpoint } from "./endpoint.ts";
import { Message, messageParams } from "./messages.ts";

/** A `seq` in a path. */
const SeqInPath = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, "Must be a sequence number")
  .transform(Number)
  .meta({ type: "integer", minimum: 1, description: "The `seq` of the message." });

export const Permalink = z
  .object({
    permalink: z.url().meta({
      description: "`<origin>/c/<channelId>/<seq>`. It never changes.",
      examples: ["https://chat.example.org/c/chn_01M8GFARZ9G15DD56ZNRDJRWG3/42"],
    }),
    channelId: ChannelId,
    seq: Seq,
  })
  .meta({ id: "Permalink", description: "The address of a message." });
export type Permalink = z.infer<typeof Permalink>;

export const getPermalink = endpoint({
  method: "get",
  path: "/v1/channels/:channelId/messages/:messageId/permalink",
  tag: "messages",
  auth: "user",
  summary: "Get the link to a message, which only users who may read the channel can resolve",
  params: messageParams,
  action: "readChannel",
  status: 200,
  response: Permalink,
  errors: [],
});

export const getMessageAt = endpoint({
  method: "get",
  path: "/v1/channels/:channelId/messages/at/:seq",
  tag: "messages",
  auth: "user",
  summary:
    "Get the message or thread reply to which the permalink `/c/:channelId/:seq` leads. `around` of the history or of the thread returns its surroundings",
  params: channelParams.extend({ seq: SeqInPath }),
  action: "readChannel",
  status: 200,
  response: Message,
  errors: [],
});

export const openPermalink = endpoint({
  method: "get",
  path: "/c/:channelId/:seq",
  tag: "messages",
  auth: "public",
  summary:
    "Open a permalink in a browser: redirects to the web client, or shows a page without content if there is none. The response does not depend on whether the message exists",
  params: channelParams.extend({ seq: SeqInPath }),
  status: 200,
  redirects: true,
  produces: ["text/html"],
  errors: [],
});
