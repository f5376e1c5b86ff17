import { z } from "zod";
import { ChannelId, label, page, PageQuery, Timestamp, TimestampInput, TokenId } from "./common.ts";
import { endpoint, TokenScope } from "./endpoint.ts";
import { User, userParams, Username } from "./users.ts";

/** The maximum number of channels to which a token can be restricted. They are part of its text. */
const maxChannels = 50;

const isUnique = (items: readonly string[]): boolean => new Set(items).size === items.length;

const Scopes = z
  .array(TokenScope)
  .min(1)
  .max(TokenScope.options.length)
  .refine(isUnique, "Must not repeat a scope")
  .meta({
    description:
      "`read`: read, connect and receive events. `write`: send and change. `files`: upload, download and delete files. `admin`: administer, if the user's role permits it. `users:email`: find users by e-mail address, for bots.",
  });
const ChannelIds = z
  .array(ChannelId)
  .min(1)
  .max(maxChannels)
  .refine(isUnique, "Must not repeat a channel")
  .meta({
    description: "The token can be used in these channels alone. Absent: in all channels of the user.",
  });
const ExpiresAt = TimestampInput.meta({ description: "Absent: the token is valid until it is revoked." });

const grant = { scopes: Scopes, channelIds: ChannelIds.optional(), expiresAt: ExpiresAt.optional() };

/** A personal access token or a token of a bot, without its secret. */
export const Token = z
  .object({
    id: TokenId,
    name: z.string(),
    scopes: z.array(TokenScope),
    channelIds: z.array(ChannelId).nullable().meta({ description: "Null: all channels of the user." }),
    expiresAt: Timestamp.nullable(),
    createdAt: Timestamp,
    lastUsedAt: Timestamp.nullable().meta({ description: "Accurate to the minute. Null: never used." }),
  })
  .meta({ id: "Token" });
export type Token = z.infer<typeof Token>;

const AccessToken = z.string().meta({
  description:
    "Send it as `Authorization: Bearer <token>`, over REST and on both sockets. It is shown once and can't be read again.",
});

const NewToken = z.object({ token: Token, accessToken: AccessToken });
const Tokens = z.object({ items: z.array(Token), nextCursor: z.null() });
const tokenParams = z.object({ tokenId: TokenId });
const name = label(1, 80);

export const createToken = endpoint({
  method: "post",
  path: "/v1/users/me/tokens",
  tag: "tokens",
  auth: "user",
  scope: "session",
  summary:
    "Create a personal access token: a program can act as you, as far as its scopes permit. Needs a session that began within the last 15 minutes",
  body: z.strictObject({ name, ...grant }),
  status: 201,
  response: NewToken,
  errors: ["conflict", "forbidden"],
});

export const getTokens = endpoint({
  method: "get",
  path: "/v1/users/me/tokens",
  tag: "tokens",
  auth: "user",
  scope: "session",
  summary: "List your personal access tokens, newest first",
  status: 200,
  response: Tokens,
  errors: [],
});

export const revokeToken = endpoint({
  method: "delete",
  path: "/v1/users/me/tokens/:tokenId",
  tag: "tokens",
  auth: "user",
  scope: "session",
  summary: "Revoke one of your personal access tokens and close its sockets",
  params: tokenParams,
  status: 204,
  errors: [],
});

export const createBot = endpoint({
  method: "post",
  path: "/v1/bots",
  tag: "bots",
  auth: "user",
  scope: "session",
  summary:
    "Create a bot: a user without a password, with its first token. For the workspace's owner and admins. Needs a session that began within the last 15 minutes",
  body: z.strictObject({ username: Username, displayName: label(1, 80).optional(), ...grant }),
  action: "manageBots",
  status: 201,
  response: z.object({ user: User, token: Token, accessToken: AccessToken }),
  errors: ["conflict", "forbidden"],
});

export const getBots = endpoint({
  method: "get",
  path: "/v1/bots",
  tag: "bots",
  auth: "user",
  scope: "session",
  summary: "List the bots of the workspace, oldest first. For the workspace's owner and admins",
  query: PageQuery,
  action: "manageBots",
  status: 200,
  response: page(User),
  errors: ["forbidden"],
});

export const deactivateBot = endpoint({
  method: "delete",
  path: "/v1/bots/:userId",
  tag: "bots",
  auth: "user",
  scope: "session",
  summary:
    "Deactivate a bot: its tokens end for good. Its messages stay. For the workspace's owner and admins",
  params: userParams,
  action: "manageBots",
  status: 204,
  errors: ["forbidden", "conflict"],
});

export const createBotToken = endpoint({
  method: "post",
  path: "/v1/bots/:userId/tokens",
  tag: "bots",
  auth: "user",
  scope: "session",
  summary:
    "Create a further token of a bot, for example to replace one. For the workspace's owner and admins. Needs a session that began within the last 15 minutes",
  params: userParams,
  body: z.strictObject({ name, ...grant }),
  action: "manageBots",
  status: 201,
  response: NewToken,
  errors: ["conflict", "forbidden"],
});

export const getBotTokens = endpoint({
  method: "get",
  path: "/v1/bots/:userId/tokens",
  tag: "bots",
  auth: "user",
  scope: "session",
  summary: "List the tokens of a bot, newest first. For the workspace's owner and admins",
  params: userParams,
  action: "manageBots",
  status: 200,
  response: Tokens,
  errors: ["forbidden"],
});

export const revokeBotToken = endpoint({
  method: "delete",
  path: "/v1/bots/:userId/tokens/:tokenId",
  tag: "bots",
  auth: "user",
  scope: "session",
  summary: "Revoke a token of a bot and close its sockets. For the workspace's owner and admins",
  params: userParams.extend(tokenParams.shape),
  action: "manageBots",
  status: 204,
  errors: ["forbidden"],
});
