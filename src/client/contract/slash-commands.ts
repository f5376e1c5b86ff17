// Generated from src/protocol/slash-commands.ts by `npm run docs`. Do not edit.

import type { Endpoint, NoInput } from "../endpoint.ts";
import type {
  ChannelId,
  CommandRunId,
  EphemeralMessageId,
  MessageId,
  Nonce,
  Page,
  SlashCommandId,
  Timestamp,
  UserId,
} from "./common.ts";
import type { EphemeralMessage } from "./ephemeral.ts";
import type { Message } from "./messages.ts";
import type { MessageMetadata, NewAttachments, NewSender } from "./formatting.ts";

/**
 * What a bot receives of an invocation: over its socket as the signal `commandInvoke`, or as the body of a
 * request.
 */
export interface CommandInvocation {
  /** The same in every repetition of the same invocation: deduplicate by it. */
  id: CommandRunId;
  /** The name of the command, without the leading `/`. */
  command: string;
  /** What the user typed after the name. */
  text: string;
  channelId: ChannelId;
  /** The root message of the thread in which the user ran the command; null: in the channel. */
  threadId: MessageId | null;
  /** The user who ran the command. */
  userId: UserId;
  /** When the user ran the command. */
  triggeredAt: Timestamp;
  /** Where answers are posted, for 30 minutes and at most five times. It is a secret. */
  responseUrl: string;
}

export interface CreateSlashCommandInput {
  body: CreateSlashCommandBody;
}

export interface CreateSlashCommandBody {
  name: string;
  /** 1 to 200 characters. */
  description: string;
  /** The arguments, such as `<service> [version]`. 1 to 100 characters. */
  usage?: string;
  /** An https URL at a public address. Absent: invocations are sent to a socket of the bot. */
  url?: string;
  /** The bot that answers. Required of an admin; a bot registers for itself. */
  botId?: UserId;
}

export interface CreateSlashCommandResponse {
  command: RegisteredCommand;
  /**
   * Signs the requests (Standard Webhooks): `whsec_` and base64. It is shown once and can't be read again; null
   * without a URL.
   */
  secret: string | null;
}

/** A command as its bot and the workspace's admins see it. */
export interface RegisteredCommand {
  id: SlashCommandId;
  /** Without the leading `/`. */
  name: string;
  /** What the command does, in a sentence. */
  description: string;
  /** The arguments, such as `<service> [version]`. */
  usage: string | null;
  /** The bot that answers. */
  botId: UserId;
  delivery: CommandDelivery;
  /** Where invocations are sent; null with `socket`. */
  url: string | null;
  /** The bot or the admin who registered it. */
  createdBy: UserId;
  createdAt: Timestamp;
  /** When it was last changed. */
  updatedAt: Timestamp;
}

/**
 * `url`: by a signed request to the command's URL. `socket`: by the event `commandInvoke` on a socket of the
 * bot.
 */
export type CommandDelivery = "url" | "socket";

export interface DeleteSlashCommandInput {
  params: {
    commandId: SlashCommandId;
  };
}

export interface GetSlashCommandInput {
  params: {
    commandId: SlashCommandId;
  };
}

export type GetSlashCommandsInput = NoInput;

/** A command as all members see it. */
export interface SlashCommand {
  /** Null for a command of the server. */
  id: SlashCommandId | null;
  /** Without the leading `/`. */
  name: string;
  /** What the command does, in a sentence. */
  description: string;
  /** The arguments, such as `<service> [version]`. */
  usage: string | null;
  /** The bot that answers; null for a command of the server. */
  botId: UserId | null;
}

export interface RespondToSlashCommandInput {
  params: {
    responseToken: string;
  };
  body: CommandAnswer;
}

/** An answer of a bot to an invocation: the body of its response, or of a request to the response URL. */
export interface CommandAnswer {
  /** The text. Absent: the invocation is acknowledged without an answer. 1 to 8000 characters. */
  content?: string;
  /**
   * `ephemeral`: only the user who ran the command sees it. `channel`: a message of the bot in the channel.
   * Default: "ephemeral".
   */
  visibility?: "ephemeral" | "channel";
  /** Another name or icon than the bot's. */
  sender?: NewSender;
  /** Blocks below the text. */
  attachments?: NewAttachments;
  metadata?: MessageMetadata;
  /** Replaces the previous answer of the same visibility instead of adding one. Only at the response URL. */
  replaceOriginal?: true;
  /** Deletes the previous answer. Only at the response URL, and without `content`. */
  deleteOriginal?: true;
  /** Makes a request to the response URL repeatable: the same nonce counts and answers once. 1 to 64 characters. */
  nonce?: Nonce;
}

export interface RespondToSlashCommandResponse {
  /** The message in the channel; null: none. */
  messageId: MessageId | null;
  /** The message that the user alone saw; null: none. */
  ephemeralId: EphemeralMessageId | null;
  /** How many further answers the URL accepts. */
  usesLeft: number;
}

export interface RotateSlashCommandSecretInput {
  params: {
    commandId: SlashCommandId;
  };
}

export interface RotateSlashCommandSecretResponse {
  /**
   * Signs the requests (Standard Webhooks): `whsec_` and base64. It is shown once and can't be read again; null
   * without a URL.
   */
  secret: string;
}

export interface RunSlashCommandInput {
  params: {
    channelId: ChannelId;
  };
  body: RunSlashCommandBody;
}

export interface RunSlashCommandBody {
  /** The name, with or without the leading `/`. */
  command: string;
  /** What the user typed after the name. 0 to 8000 characters. */
  text?: string;
  /** The root message of the thread in which the user typed it; absent: in the channel. */
  threadId?: MessageId;
  /**
   * An idempotency key: a repeated request runs the command once. Kept for 30 minutes, by messages for good. 1 to
   * 64 characters.
   */
  nonce?: Nonce;
}

export interface RunSlashCommandResponse {
  /** The invocation; null for a command of the server. */
  id: CommandRunId | null;
  /** The name of the command, without the leading `/`. */
  command: string;
  /** An answer that only you see; it is sent to your connected devices as well. Null: none, or none yet. */
  ephemeral: EphemeralMessage | null;
  /** The message that the command created; null: none, or none yet. */
  message: Message | null;
}

export interface UpdateSlashCommandInput {
  params: {
    commandId: SlashCommandId;
  };
  body: UpdateSlashCommandBody;
}

export interface UpdateSlashCommandBody {
  name?: string;
  /** 1 to 200 characters. */
  description?: string;
  /** The arguments; null: none are stated. 1 to 100 characters. */
  usage?: string | null;
  /** Another URL; null: invocations are sent to a socket of the bot. The first URL of a command gets a new secret. */
  url?: string | null;
}

export interface UpdateSlashCommandResponse {
  command: RegisteredCommand;
  /** Present if the change created a new secret. */
  secret?: string;
}

/**
 * Register a slash command: a bot for itself, or the workspace's owner and admins for a bot.
 *
 * `POST /v1/commands`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `request_timeout`,
 * `validation_failed`
 */
export const createSlashCommand: Endpoint<CreateSlashCommandInput, CreateSlashCommandResponse> = {
  method: "POST",
  path: "/v1/commands",
  sends: "json",
};

/**
 * Delete a command. Its response URLs end. For its bot, and the workspace's owner and admins.
 *
 * `DELETE /v1/commands/:commandId`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const deleteSlashCommand: Endpoint<DeleteSlashCommandInput, undefined> = {
  method: "DELETE",
  path: "/v1/commands/:commandId",
  answers: "nothing",
  idempotent: true,
};

/**
 * Get a command with its delivery. For its bot, and the workspace's owner and admins.
 *
 * `GET /v1/commands/:commandId`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const getSlashCommand: Endpoint<GetSlashCommandInput, RegisteredCommand> = {
  method: "GET",
  path: "/v1/commands/:commandId",
  idempotent: true,
};

/**
 * List the commands of the workspace and of the server by name, for example to complete what a user types.
 *
 * `GET /v1/commands`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getSlashCommands: Endpoint<GetSlashCommandsInput, Page<SlashCommand>> = {
  method: "GET",
  path: "/v1/commands",
  idempotent: true,
};

/**
 * Answer an invocation by its response URL, within 30 minutes and at most five times. `{}` acknowledges it
 * without an answer.
 *
 * `POST /v1/command-responses/:responseToken`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `request_timeout`,
 * `validation_failed`
 */
export const respondToSlashCommand: Endpoint<RespondToSlashCommandInput, RespondToSlashCommandResponse> = {
  method: "POST",
  path: "/v1/command-responses/:responseToken",
  isPublic: true,
  sends: "json",
  takesNonce: true,
};

/**
 * Replace the secret of a command. For 24 h requests are signed with the former one as well. For its bot, and
 * the workspace's owner and admins.
 *
 * `POST /v1/commands/:commandId/secret`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `validation_failed`
 */
export const rotateSlashCommandSecret: Endpoint<
  RotateSlashCommandSecretInput,
  RotateSlashCommandSecretResponse
> = { method: "POST", path: "/v1/commands/:commandId/secret" };

/**
 * Run a slash command in a channel, as a user who types `/name text` there. Bots cannot run commands.
 *
 * `POST /v1/channels/:channelId/commands`
 *
 * @throws ParleyError `bot_unavailable`, `conflict`, `forbidden`, `nonce_reused`, `not_found`,
 * `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const runSlashCommand: Endpoint<RunSlashCommandInput, RunSlashCommandResponse> = {
  method: "POST",
  path: "/v1/channels/:channelId/commands",
  sends: "json",
  idempotent: true,
  takesNonce: true,
};

/**
 * Change a command. For its bot, and the workspace's owner and admins.
 *
 * `PATCH /v1/commands/:commandId`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `request_timeout`,
 * `validation_failed`
 */
export const updateSlashCommand: Endpoint<UpdateSlashCommandInput, UpdateSlashCommandResponse> = {
  method: "PATCH",
  path: "/v1/commands/:commandId",
  sends: "json",
};
