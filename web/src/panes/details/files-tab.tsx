import { useState } from "preact/hooks";
import { type FileHit, limits, searchFiles } from "../../../../src/client/index.ts";
import { FileRow } from "../../messages/file-row.tsx";
import type { ChannelState } from "../../state/channel.ts";
import { PagedList } from "../../ui/paged-list.tsx";
import { EmptyState } from "../../ui/states.tsx";
import { useDebounced } from "../../ui/use-debounced.ts";
import { useEndpointPages } from "../../ui/use-pages.ts";
import { SearchField } from "../../views/view-page.tsx";

const idOf = ({ file }: FileHit): string => file.id;

/** The files of a channel, the newest first. */
export function FilesTab({ state }: { state: ChannelState }) {
  const [text, setText] = useState("");
  const words = useDebounced(text.trim());
  const q = `in:${state.id} ${words}`.trim().slice(0, limits.searchLength);
  const files = useEndpointPages(searchFiles, { query: { q, limit: 30 } }, idOf);
  return (
    <>
      <div class="row list-head">
        <SearchField label="Find a file by its name" value={text} onValue={setText} />
      </div>
      <PagedList
        from={files}
        label="Files"
        empty={
          <EmptyState title={words === "" ? "There is no file" : "No file has this name"}>
            <p class="muted">Files of messages in this channel are listed here.</p>
          </EmptyState>
        }
      >
        {(hit) => <FileRow hit={hit} />}
      </PagedList>
    </>
  );
}
