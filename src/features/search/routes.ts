import { Hono } from "hono";
import { accountDatabase } from "../../db/index.ts";
import { authenticateRead, readAsReader } from "../../http/authenticate-read.ts";
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
    authenticateRead(),
    validate("query", searchMessagesEndpoint.query),
    async (c) => reply(c, searchMessagesEndpoint, await searchMessages(c, c.req.valid("query"))),
  )
  .get(
    searchChannelsEndpoint.path,
    authenticateRead(),
    validate("query", searchChannelsEndpoint.query),
    async (c) => reply(c, searchChannelsEndpoint, await searchChannels(c, c.req.valid("query"))),
  )
  .get(
    searchUsersEndpoint.path,
    authenticateRead(),
    validate("query", searchUsersEndpoint.query),
    async (c) => {
      const query = c.req.valid("query");
      return reply(
        c,
        searchUsersEndpoint,
        await readAsReader(c, (reader) => searchUsers(accountDatabase(c.env), reader, query)),
      );
    },
  )
  .get(
    searchFilesEndpoint.path,
    authenticateRead(),
    validate("query", searchFilesEndpoint.query),
    async (c) => reply(c, searchFilesEndpoint, await searchFiles(c, c.req.valid("query"))),
  );
