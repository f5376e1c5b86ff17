// Generated from src/protocol/slash-commands.ts by `npm run docs`. Do not edit.

import type { Endpoint, NoInput } from "../endpoint.ts";
import type { Page, SlashCommandId, Timestamp, UserId } from "./common.ts";

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
  /**
   * The signing secret of a program for Slack: requests to `url` are then those of Slack, signed with it.
   * docs/slack.md.
   */
  signingSecret?: string;
  /**
   * The bot that answers. A bot registers for itself. If an admin leaves it out, a bot is created that is named
   * after the command and ends with it.
   */
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
 * `url`: by a signed request to the command's URL. `slack`: by a request as Slack sends it. `socket`: by the
 * event `commandInvoke` on a socket of the bot.
 */
export type CommandDelivery = "url" | "slack" | "socket";

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
 * Register a slash command: a bot for itself, or the workspace's owner and admins for a bot, or for one that is
 * created with it.
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
 * Delete a command, and the bot that was created for it. Its response URLs end. For its bot, and the workspace's
 * owner and admins.
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
