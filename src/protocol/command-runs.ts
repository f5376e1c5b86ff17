import { z } from "zod";
import { channelParams } from "./channels.ts";
import {
  ChannelId,
  CommandRunId,
  EphemeralMessageId,
  MessageId,
  Nonce,
  text,
  Timestamp,
  UserId,
} from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { MessageMetadata, NewAttachments, NewSender } from "./formatting.ts";
import { limits } from "./limits.ts";
import { CommandRun } from "./messages.ts";
import { commandName } from "./slash-commands.ts";

/** What a bot receives of an invocation: over its socket as the signal `commandInvoke`, or as the body of a request. */
export const CommandInvocation = z
  .object({
    id: CommandRunId.meta({
      description: "The same in every repetition of the same invocation: deduplicate by it.",
    }),
    command: z.string().meta({ description: "The name of the command, without the leading `/`." }),
    text: z.string().meta({ description: "What the user typed after the name." }),
    channelId: ChannelId,
    threadId: MessageId.nullable().meta({
      description: "The root message of the thread in which the user ran the command; null: in the channel.",
    }),
    userId: UserId.meta({ description: "The user who ran the command." }),
    triggeredAt: Timestamp.meta({ description: "When the user ran the command." }),
    responseUrl: z.string().meta({
      description: "Where answers are posted, for 30 minutes and at most five times. It is a secret.",
    }),
  })
  .meta({ id: "CommandInvocation" });
export type CommandInvocation = z.infer<typeof CommandInvocation>;

/** Whether an answer shows something, rather than only acknowledging the invocation or deleting the previous answer. */
export const hasContent = ({
  content,
  attachments,
}: {
  content?: string | undefined;
  attachments?: unknown[] | undefined;
}): boolean => content !== undefined || (attachments?.length ?? 0) > 0;

/** An answer of a bot to an invocation: the body of its response, or of a request to the response URL. */
export const CommandAnswer = z
  .strictObject({
    content: text(1, limits.contentLength).optional().meta({
      description: "The text. Absent: the invocation is acknowledged without an answer.",
    }),
    visibility: z.enum(["ephemeral", "channel"]).default("ephemeral").meta({
      description:
        "`ephemeral`: only the user who ran the command sees it. `channel`: a message of the bot in the channel.",
    }),
    sender: NewSender.optional().meta({ description: "Another name or icon than the bot's." }),
    attachments: NewAttachments.optional().meta({ description: "Blocks below the text." }),
    metadata: MessageMetadata.optional(),
    replaceOriginal: z.literal(true).optional().meta({
      description:
        "Replaces the previous answer of the same visibility instead of adding one. Only at the response URL.",
    }),
    deleteOriginal: z.literal(true).optional().meta({
      description: "Deletes the previous answer. Only at the response URL, and without `content`.",
    }),
    nonce: Nonce.optional().meta({
      description: "Makes a request to the response URL repeatable: the same nonce counts and answers once.",
    }),
  })
  .refine((answer) => !answer.deleteOriginal || !hasContent(answer), {
    path: ["deleteOriginal"],
    message: "Must not be combined with a text",
  })
  .refine((answer) => !answer.replaceOriginal || hasContent(answer), {
    path: ["replaceOriginal"],
    message: "Needs a text",
  });
export type CommandAnswer = z.output<typeof CommandAnswer>;

/** The header of a request that posts its content as text in any case, also if it begins with the name of a command. */
export const textContent = { header: "X-Parley-Content", value: "text" } as const;

export const runSlashCommand = endpoint({
  method: "post",
  path: "/v1/channels/:channelId/commands",
  tag: "commands",
  auth: "user",
  summary:
    "Run a slash command in a channel, as a user who types `/name text` there. Bots cannot run commands",
  params: channelParams,
  body: z.strictObject({
    command: commandName.meta({
      description: "The name, with or without the leading `/`.",
      examples: ["/deploy"],
    }),
    text: text(0, limits.contentLength)
      .default("")
      .meta({ description: "What the user typed after the name." }),
    threadId: MessageId.optional().meta({
      description: "The root message of the thread in which the user typed it; absent: in the channel.",
    }),
    nonce: Nonce.optional().meta({
      description:
        "An idempotency key: a repeated request runs the command once. Kept for 30 minutes, by messages for good.",
    }),
  }),
  action: "createMessage",
  repeatable: true,
  status: 200,
  response: CommandRun,
  errors: ["bot_unavailable", "conflict", "forbidden", "nonce_reused"],
});

export const respondToSlashCommand = endpoint({
  method: "post",
  path: "/v1/command-responses/:responseToken",
  tag: "commands",
  auth: "public",
  rateClass: "write",
  summary:
    "Answer an invocation by its response URL, within 30 minutes and at most five times. `{}` acknowledges it without an answer",
  params: z.object({ responseToken: z.string().max(200) }),
  body: CommandAnswer,
  status: 200,
  response: z.object({
    messageId: MessageId.nullable().meta({ description: "The message in the channel; null: none." }),
    ephemeralId: EphemeralMessageId.nullable().meta({
      description: "The message that the user alone saw; null: none.",
    }),
    usesLeft: z.int().meta({ description: "How many further answers the URL accepts." }),
  }),
  errors: ["conflict", "forbidden"],
});
