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

/** `relevance`: best first, newer before older of the same worth. `recent`: newest first. */
export const SearchSort = z.enum(["relevance", "recent"]).meta({ id: "SearchSort" });
export type SearchSort = z.infer<typeof SearchSort>;

const incomplete = z.literal(true).optional().meta({
  description:
    "The search stopped at its budget of time before it had looked at all messages. `nextCursor` goes on where it stopped, also if there are no items.",
});

/** From, and to before: places in code points. */
const Highlight = z.tuple([z.int().min(0), z.int().min(0)]);

export const MessageHit = z
  .object({
    message: Message,
    channel: Channel,
    highlights: z.array(Highlight).max(limits.highlights).meta({
      description:
        "What was found, as offsets in code points of `content`: from, and to before. Of a page that has very long messages, the last ones may have fewer.",
    }),
  })
  .meta({ id: "MessageHit" });
export type MessageHit = z.infer<typeof MessageHit>;

export const searchMessages = endpoint({
  method: "get",
  path: "/v1/search/messages",
  tag: "search",
  auth: "user",
  summary:
    'Messages that you may read: words, `"a phrase"`, `pre*`, `-not`, `OR`, `from:@ann`, `in:#general`, `has:file|link|reaction`, `before:`, `after:`, `on:`, `is:thread|pinned`',
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
        "`relevance` was asked for, but too many messages match to rank them in time: these are the newest ones.",
    }),
  }),
  errors: [],
});

export const searchChannels = endpoint({
  method: "get",
  path: "/v1/search/channels",
  tag: "search",
  auth: "user",
  summary: "Channels that you may read, by words of their name, topic and description",
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
  summary: "People, by words of their username and display name",
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
  summary: "Files of messages that you may read, by words of their names; the operators of messages too",
  query: SearchQuery,
  status: 200,
  response: page(FileHit).extend({ incomplete }),
  errors: [],
});
