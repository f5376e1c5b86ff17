import { type MessageHit, searchMessages } from "../../../protocol/index.ts";
import { cursorField, integerField, keyField, textField } from "../api/fields.ts";
import { slackChannelId } from "../ids.ts";
import { defineMethod, nextCursor } from "../api/method.ts";
import { maxPage } from "../api/pages.ts";
import { encodedName } from "../present/channel.ts";
import { permalinkOf } from "../permalinks.ts";
import { slackReject } from "../api/slack-error.ts";
import { presentOne } from "../view.ts";

/** Pages that a call by number passes, each of which is a search. */
const maxPageNumber = 10;

export const searchMethods = {
  "search.messages": defineMethod(
    {
      query: textField,
      sort: keyField.optional(),
      count: integerField.optional(),
      page: integerField.optional(),
      cursor: cursorField.optional(),
    },
    async ({ query, sort, count = 20, page = 1, cursor }, context) => {
      const { api } = context;
      if (query.trim() === "") slackReject("no_query");
      const limit = Math.min(maxPage, Math.max(1, count));
      if (page < 1 || page > maxPageNumber)
        slackReject(
          "invalid_arguments",
          `page: Must be 1 to ${maxPageNumber}; use \`cursor\` for further pages`,
        );
      let at = cursor === undefined || cursor === "*" ? undefined : cursor;
      let hits: MessageHit[] = [];
      for (let number = 1; number <= page; number++) {
        const found = await api.call(searchMessages, {
          query: { q: query, sort: sort === "timestamp" ? "recent" : "relevance", limit, cursor: at },
        });
        hits = number === page ? found.items : [];
        at = found.nextCursor ?? undefined;
        if (at === undefined) break;
      }
      const matches = [];
      for (const { message, channel } of hits)
        matches.push({
          iid: message.id,
          ...(await presentOne(context, message)),
          channel: {
            id: slackChannelId(channel),
            name: encodedName(channel) ?? "",
            is_private: channel.type !== "public",
            is_mpim: channel.type === "group",
            is_shared: false,
          },
          permalink: permalinkOf(context, message),
        });
      // The number of all matches is not known: a search stops when the page is full.
      const total = (page - 1) * limit + matches.length + (at === undefined ? 0 : 1);
      const pages = page + (at === undefined ? 0 : 1);
      return {
        query,
        messages: {
          total,
          matches,
          pagination: {
            total_count: total,
            page,
            per_page: limit,
            page_count: pages,
            first: 1,
            last: matches.length,
          },
          paging: { count: limit, total, page, pages },
        },
        ...nextCursor(at),
      };
    },
  ),
} as const;
