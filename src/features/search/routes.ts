import { Hono } from "hono";
import { accountDatabase } from "../../db/index.ts";
import { authenticate } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { validate } from "../../http/validate.ts";
import {
  searchChannels as searchChannelsEndpoint,
  searchFiles as searchFilesEndpoint,
  searchMessages as searchMessagesEndpoint,
  searchUsers as searchUsersEndpoint,
} from "../../protocol/index.ts";
import { searchChannels } from "./search-channels.ts";
import { searchFiles } from "./search-files.ts";
import { searchMessages } from "./search-messages.ts";
import { searchUsers } from "./search-users.ts";

/** The routes of search: messages, channels, users and files. */
export const searchRoutes = new Hono<AppEnv>()
  .get(
    searchMessagesEndpoint.path,
    authenticate(),
    validate("query", searchMessagesEndpoint.query),
    async (c) => reply(c, searchMessagesEndpoint, await searchMessages(c, c.req.valid("query"))),
  )
  .get(
    searchChannelsEndpoint.path,
    authenticate(),
    validate("query", searchChannelsEndpoint.query),
    async (c) => reply(c, searchChannelsEndpoint, await searchChannels(c, c.req.valid("query"))),
  )
  .get(searchUsersEndpoint.path, authenticate(), validate("query", searchUsersEndpoint.query), async (c) =>
    reply(c, searchUsersEndpoint, await searchUsers(accountDatabase(c.env), c.req.valid("query"))),
  )
  .get(searchFilesEndpoint.path, authenticate(), validate("query", searchFilesEndpoint.query), async (c) =>
    reply(c, searchFilesEndpoint, await searchFiles(c, c.req.valid("query"))),
  );
