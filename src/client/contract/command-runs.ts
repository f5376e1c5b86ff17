// Generated from src/protocol/command-runs.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type {
  ChannelId,
  CommandRunId,
  EphemeralMessageId,
  MessageId,
  Nonce,
  Timestamp,
  UserId,
} from "./common.ts";
import type { CommandRun } from "./messages.ts";
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
 * Run a slash command in a channel, as a user who types `/name text` there. Bots cannot run commands.
 *
 * `POST /v1/channels/:channelId/commands`
 *
 * @throws ParleyError `bot_unavailable`, `conflict`, `forbidden`, `nonce_reused`, `not_found`,
 * `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const runSlashCommand: Endpoint<RunSlashCommandInput, CommandRun> = {
  method: "POST",
  path: "/v1/channels/:channelId/commands",
  sends: "json",
  idempotent: true,
  takesNonce: true,
};
