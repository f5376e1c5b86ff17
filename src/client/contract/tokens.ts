// Generated from src/protocol/tokens.ts by `npm run docs`. Do not edit.

import type { Endpoint, NoInput } from "../endpoint.ts";
import type { ChannelId, Page, PageQuery, Timestamp, TimestampInput, TokenId, UserId } from "./common.ts";
import type { User } from "./users.ts";

export interface CreateBotInput {
  body: CreateBotBody;
}

export interface CreateBotBody {
  username: string;
  /** 1 to 80 characters. */
  displayName?: string;
  /**
   * `read`: read, connect and receive events. `write`: send and change. `files`: upload, download and delete
   * files. `admin`: administer, if the user's role permits it. `users:email`: find users by e-mail address, for
   * bots.
   */
  scopes: TokenScope[];
  /** The token can be used in these channels alone. Absent: in all channels of the user. */
  channelIds?: ChannelId[];
  /** Absent: the token is valid until it is revoked. */
  expiresAt?: TimestampInput;
}

export type TokenScope = "read" | "write" | "files" | "admin" | "users:email";

export interface CreateBotResponse {
  user: User;
  token: Token;
  /**
   * Send it as `Authorization: Bearer <token>`, over REST and on both sockets. It is shown once and can't be read
   * again.
   */
  accessToken: string;
}

/** A personal access token or a token of a bot, without its secret. */
export interface Token {
  id: TokenId;
  name: string;
  scopes: TokenScope[];
  /** Null: all channels of the user. */
  channelIds: ChannelId[] | null;
  expiresAt: Timestamp | null;
  createdAt: Timestamp;
  /** Accurate to the minute. Null: never used. */
  lastUsedAt: Timestamp | null;
}

export interface CreateBotTokenInput {
  params: {
    userId: UserId;
  };
  body: CreateBotTokenBody;
}

export interface CreateBotTokenBody {
  /** 1 to 80 characters. */
  name: string;
  /**
   * `read`: read, connect and receive events. `write`: send and change. `files`: upload, download and delete
   * files. `admin`: administer, if the user's role permits it. `users:email`: find users by e-mail address, for
   * bots.
   */
  scopes: TokenScope[];
  /** The token can be used in these channels alone. Absent: in all channels of the user. */
  channelIds?: ChannelId[];
  /** Absent: the token is valid until it is revoked. */
  expiresAt?: TimestampInput;
}

export interface CreateBotTokenResponse {
  token: Token;
  /**
   * Send it as `Authorization: Bearer <token>`, over REST and on both sockets. It is shown once and can't be read
   * again.
   */
  accessToken: string;
}

export interface CreateTokenInput {
  body: CreateTokenBody;
}

export interface CreateTokenBody extends CreateBotTokenBody {}

export interface CreateTokenResponse {
  token: Token;
  /**
   * Send it as `Authorization: Bearer <token>`, over REST and on both sockets. It is shown once and can't be read
   * again.
   */
  accessToken: string;
}

export interface DeactivateBotInput {
  params: {
    userId: UserId;
  };
}

export interface GetBotTokensInput {
  params: {
    userId: UserId;
  };
}

export interface GetBotsInput {
  query?: PageQuery;
}

export type GetTokensInput = NoInput;

export interface RevokeBotTokenInput {
  params: {
    userId: UserId;
    tokenId: TokenId;
  };
}

export interface RevokeTokenInput {
  params: {
    tokenId: TokenId;
  };
}

/**
 * Create a bot: a user without a password, with its first token. For the workspace's owner and admins. Needs a
 * session that began within the last 15 minutes.
 *
 * `POST /v1/bots`
 *
 * @throws ParleyError `conflict`, `forbidden`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const createBot: Endpoint<CreateBotInput, CreateBotResponse> = {
  method: "POST",
  path: "/v1/bots",
  sends: "json",
};

/**
 * Create a further token of a bot, for example to replace one. For the workspace's owner and admins. Needs a
 * session that began within the last 15 minutes.
 *
 * `POST /v1/bots/:userId/tokens`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `request_timeout`,
 * `validation_failed`
 */
export const createBotToken: Endpoint<CreateBotTokenInput, CreateBotTokenResponse> = {
  method: "POST",
  path: "/v1/bots/:userId/tokens",
  sends: "json",
};

/**
 * Create a personal access token: a program can act as you, as far as its scopes permit. Needs a session that
 * began within the last 15 minutes.
 *
 * `POST /v1/users/me/tokens`
 *
 * @throws ParleyError `conflict`, `forbidden`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const createToken: Endpoint<CreateTokenInput, CreateTokenResponse> = {
  method: "POST",
  path: "/v1/users/me/tokens",
  sends: "json",
};

/**
 * Deactivate a bot: its tokens end for good. Its messages stay. For the workspace's owner and admins.
 *
 * `DELETE /v1/bots/:userId`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `validation_failed`
 */
export const deactivateBot: Endpoint<DeactivateBotInput, undefined> = {
  method: "DELETE",
  path: "/v1/bots/:userId",
  answers: "nothing",
  idempotent: true,
};

/**
 * List the tokens of a bot, newest first. For the workspace's owner and admins.
 *
 * `GET /v1/bots/:userId/tokens`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const getBotTokens: Endpoint<GetBotTokensInput, Page<Token>> = {
  method: "GET",
  path: "/v1/bots/:userId/tokens",
  idempotent: true,
};

/**
 * List the bots of the workspace, oldest first. For the workspace's owner and admins.
 *
 * `GET /v1/bots`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getBots: Endpoint<GetBotsInput, Page<User>> = {
  method: "GET",
  path: "/v1/bots",
  idempotent: true,
  pages: "cursor",
};

/**
 * List your personal access tokens, newest first.
 *
 * `GET /v1/users/me/tokens`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getTokens: Endpoint<GetTokensInput, Page<Token>> = {
  method: "GET",
  path: "/v1/users/me/tokens",
  idempotent: true,
};

/**
 * Revoke a token of a bot and close its sockets. For the workspace's owner and admins.
 *
 * `DELETE /v1/bots/:userId/tokens/:tokenId`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const revokeBotToken: Endpoint<RevokeBotTokenInput, undefined> = {
  method: "DELETE",
  path: "/v1/bots/:userId/tokens/:tokenId",
  answers: "nothing",
  idempotent: true,
};

/**
 * Revoke one of your personal access tokens and close its sockets.
 *
 * `DELETE /v1/users/me/tokens/:tokenId`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const revokeToken: Endpoint<RevokeTokenInput, undefined> = {
  method: "DELETE",
  path: "/v1/users/me/tokens/:tokenId",
  answers: "nothing",
  idempotent: true,
};
