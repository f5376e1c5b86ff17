import { z } from "zod";
import { channelParams } from "./channels.ts";
import {
  ChannelId,
  FileId,
  IncomingWebhookId,
  label,
  MessageId,
  Nonce,
  page,
  PageQuery,
  text,
  Timestamp,
  UserId,
} from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { HttpUrl, MessageMetadata, NewAttachments, NewSender } from "./formatting.ts";
import { limits } from "./limits.ts";

/** An incoming webhook: programs post to a channel by a request to its URL. */
export const IncomingWebhook = z
  .object({
    id: IncomingWebhookId,
    channelId: ChannelId,
    name: z.string(),
    icon: z.string().nullable().meta({ description: "As in the `sender` of a message." }),
    botUserId: UserId.meta({
      description:
        "The author of its messages. While it is no member of the channel, the webhook is disabled.",
    }),
    anyChannel: z.boolean().meta({
      description: "A request may choose another channel, of which the bot is a member.",
    }),
    createdBy: UserId,
    createdAt: Timestamp,
  })
  .meta({
    id: "IncomingWebhook",
    description: "A URL to which programs post messages of one channel, without its secret.",
  });
export type IncomingWebhook = z.infer<typeof IncomingWebhook>;

const NewIncomingWebhook = z.object({
  webhook: IncomingWebhook,
  url: z.string().meta({
    description: "Where programs post. It contains the secret, is shown once and can't be read again.",
  }),
});

const name = label(1, limits.senderNameLength);
const icon = NewSender.shape.icon.unwrap();
const iconDescription = "An emoji's name between colons, or an https URL of an image.";
const avatarDescription =
  "A picture that you uploaded, of at most 1 MiB and 2048 × 2048 pixels. The bot of the webhook gets a copy of it as its avatar.";
const anyChannel = z.boolean().meta({ description: "Only admins of the workspace may set it." });
const webhookParams = z.object({ channelId: ChannelId, webhookId: IncomingWebhookId });
const shared = { tag: "incoming-webhooks", auth: "user", action: "manageWebhooks" } as const;

export const createIncomingWebhook = endpoint({
  ...shared,
  method: "post",
  path: "/v1/channels/:channelId/webhooks",
  scope: "session",
  summary: "Create an incoming webhook, with a bot that joins the channel. For moderators of the channel",
  params: channelParams,
  body: z.strictObject({
    name,
    icon: icon.optional().meta({ description: iconDescription }),
    avatarFileId: FileId.optional().meta({ description: avatarDescription }),
    anyChannel: anyChannel.optional(),
  }),
  status: 201,
  response: NewIncomingWebhook,
  errors: ["conflict", "forbidden", "quota_exceeded"],
});

export const getIncomingWebhooks = endpoint({
  ...shared,
  method: "get",
  path: "/v1/channels/:channelId/webhooks",
  summary: "List the incoming webhooks of a channel, oldest first. For moderators of the channel",
  params: channelParams,
  status: 200,
  response: z.object({ items: z.array(IncomingWebhook), nextCursor: z.null() }),
  errors: ["forbidden"],
});

export const ListedWebhook = IncomingWebhook.extend({
  channelName: z.string().nullable().meta({
    description: "Null for a private channel that you are not a member of. You can't manage its webhooks.",
  }),
}).meta({
  id: "ListedWebhook",
  description: "An incoming webhook in the list of all channels, with the name of its channel.",
});
export type ListedWebhook = z.infer<typeof ListedWebhook>;

export const getAllIncomingWebhooks = endpoint({
  method: "get",
  path: "/v1/admin/webhooks",
  tag: "incoming-webhooks",
  auth: "user",
  scope: "admin",
  summary:
    "List the incoming webhooks of all channels, oldest first. For the workspace's owner and admins. The icon and the channel's name are null for private channels that you are not in",
  query: PageQuery,
  action: "inspectWorkspace",
  status: 200,
  response: page(ListedWebhook),
  errors: ["forbidden"],
});

export const updateIncomingWebhook = endpoint({
  ...shared,
  method: "patch",
  path: "/v1/channels/:channelId/webhooks/:webhookId",
  scope: "session",
  summary: "Change the name, the icon or the avatar of an incoming webhook. For moderators of the channel",
  params: webhookParams,
  body: z.strictObject({
    name: name.optional(),
    icon: icon
      .nullable()
      .optional()
      .meta({ description: `${iconDescription} Null removes it.` }),
    avatarFileId: FileId.nullable()
      .optional()
      .meta({ description: `${avatarDescription} Null removes it.` }),
    anyChannel: anyChannel.optional(),
  }),
  status: 200,
  response: IncomingWebhook,
  errors: ["forbidden", "quota_exceeded"],
});

export const rotateIncomingWebhookSecret = endpoint({
  ...shared,
  method: "post",
  path: "/v1/channels/:channelId/webhooks/:webhookId/secret",
  scope: "session",
  summary: "Replace the secret of an incoming webhook. Its earlier URL is rejected within 2 s",
  params: webhookParams,
  status: 201,
  response: NewIncomingWebhook,
  errors: ["forbidden"],
});

export const deleteIncomingWebhook = endpoint({
  ...shared,
  method: "delete",
  path: "/v1/channels/:channelId/webhooks/:webhookId",
  scope: "session",
  summary: "Delete an incoming webhook. Its messages stay. For moderators of the channel",
  params: webhookParams,
  status: 204,
  errors: ["forbidden"],
});

/** Files of one request, which are shown as links. */
const maxLinkedFiles = 10;

/** The body of `POST /hooks/:webhookId/:secret` in our own format. Slack's is described in docs/incoming-webhooks.md. */
export const WebhookMessage = z
  .strictObject({
    content: text(0, limits.contentLength),
    threadId: MessageId.optional(),
    username: name.optional(),
    icon: icon.optional(),
    attachments: NewAttachments.optional(),
    metadata: MessageMetadata.optional(),
    files: z
      .array(z.strictObject({ url: HttpUrl, name: label(1, limits.fileNameLength).optional() }))
      .max(maxLinkedFiles)
      .optional()
      .meta({ description: "Shown as links below the text. The server does not fetch them." }),
    nonce: Nonce.optional(),
  })
  .refine(
    ({ content, attachments = [], files = [] }) => content !== "" || attachments.length + files.length > 0,
    {
      path: ["content"],
      message: "Must not be empty, unless the message has attachments or files",
    },
  );
export type WebhookMessage = z.infer<typeof WebhookMessage>;
