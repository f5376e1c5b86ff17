import { type MessageHit, searchMessages, type SearchSort } from "../../../../src/client/index.ts";
import { MessageCard } from "../../messages/message-card.tsx";
import { navigate, pathWithQuery, url } from "../../router.ts";
import { Select } from "../../ui/field.tsx";
import { useEndpointPages } from "../../ui/use-pages.ts";
import { highlightParts } from "./highlights.ts";
import { ResultList } from "./result-list.tsx";

const idOf = ({ message }: MessageHit): string => message.id;
const sorts = [
  { value: "relevance", label: "Best match first" },
  { value: "recent", label: "Newest first" },
] as const;

/** The messages that a search finds. */
export function MessageResults({ query }: { query: string }) {
  const sort: SearchSort = url.value.searchParams.get("sort") === "recent" ? "recent" : "relevance";
  const found = useEndpointPages(searchMessages, { query: { q: query, sort, limit: 20 } }, idOf);
  return (
    <>
      <div class="row list-head">
        <Select
          label="Order"
          isCompact
          value={sort}
          options={sorts}
          onValue={(value) =>
            navigate(pathWithQuery({ sort: value === "recent" ? value : null }), { replace: true })
          }
        />
        {sort === "relevance" && found.response?.sort === "recent" && (
          <span class="muted small">Too many messages match to rank them: these are the newest.</span>
        )}
      </div>
      <ResultList found={found} label="Messages" subject="messages">
        {({ message, channel, highlights }) => (
          <MessageCard
            message={message}
            channel={channel}
            showsChannel
            text={
              message.content === "" ? undefined : (
                <div class="text" dir="auto">
                  {highlightParts(message.content, highlights).map(({ text, isMatch }, at) =>
                    isMatch ? <mark key={at}>{text}</mark> : text,
                  )}
                </div>
              )
            }
          />
        )}
      </ResultList>
    </>
  );
}
