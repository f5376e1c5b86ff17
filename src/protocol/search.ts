import { z } from "zod";
import { Channel } from "./channels.ts";
import { Limit, page, PageQuery, text } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { FileRef } from "./files.ts";
import { limits } from "./limits.ts";
import { Message } from "./messages.ts";
import { User } from "./users.ts";

const Query = text(1, limits.searchLength);
const SearchQuery = PageQuery.extend({ q: Query });

/** `relevance`: best match first, newer before older at equal rank. `recent`: newest first. */
export const SearchSort = z.enum(["relevance", "recent"]).meta({ id: "SearchSort" });
export type SearchSort = z.infer<typeof SearchSort>;

const incomplete = z.literal(true).optional().meta({
  description:
    "The search reached its time limit before it had examined all messages. `nextCursor` continues where it stopped, even if there are no items.",
});

/** Start (inclusive) and end (exclusive), as offsets in code points. */
const Highlight = z.tuple([z.int().min(0), z.int().min(0)]);

export const MessageHit = z
  .object({
    message: Message,
    channel: Channel,
    highlights: z.array(Highlight).max(limits.highlights).meta({
      description:
        "The matches, as start (inclusive) and end (exclusive) offsets into `content`, in code points. On a page with very long messages, the last ones may have fewer highlights.",
    }),
  })
  .meta({ id: "MessageHit" });
export type MessageHit = z.infer<typeof MessageHit>;

export const searchMessages = endpoint({
  method: "get",
  path: "/v1/search/messages",
  tag: "search",
  auth: "user",
  restricted: true,
  summary:
    'Search the messages that you may read: words, `"a phrase"`, `pre*`, `-not`, `OR`, `from:@ann`, `in:#general`, `has:file|link|reaction`, `before:`, `after:`, `on:`, `is:thread|pinned`',
  query: z.strictObject({
    q: Query,
    sort: SearchSort.default("relevance"),
    limit: Limit,
    cursor: PageQuery.shape.cursor,
  }),
  status: 200,
  response: page(MessageHit).extend({
    incomplete,
    sort: z.literal("recent").optional().meta({
      description:
        "The request asked for `relevance`, but too many messages match to rank them in time: these are the newest ones.",
    }),
  }),
  errors: [],
});

export const searchChannels = endpoint({
  method: "get",
  path: "/v1/search/channels",
  tag: "search",
  auth: "user",
  restricted: true,
  summary: "Search the channels that you may read by words of their name, topic and description",
  query: SearchQuery,
  status: 200,
  response: page(Channel),
  errors: [],
});

export const searchUsers = endpoint({
  method: "get",
  path: "/v1/search/users",
  tag: "search",
  auth: "user",
  restricted: true,
  summary: "Search users by words of their username and display name",
  query: SearchQuery,
  status: 200,
  response: page(User),
  errors: [],
});

export const FileHit = z
  .object({ file: FileRef, message: Message, channel: Channel })
  .meta({ id: "FileHit" });
export type FileHit = z.infer<typeof FileHit>;

export const searchFiles = endpoint({
  method: "get",
  path: "/v1/search/files",
  tag: "search",
  auth: "user",
  restricted: true,
  summary:
    "Search the files of messages that you may read by words of their names. Supports the operators of message search",
  query: SearchQuery,
  status: 200,
  response: page(FileHit).extend({ incomplete }),
  errors: [],
});
