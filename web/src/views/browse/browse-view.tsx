import { useState } from "preact/hooks";
import { type ChannelSnapshot, getChannels } from "../../../../src/client/index.ts";
import { CreateChannel } from "../../channels/create-channel.tsx";
import { useWorkspace } from "../../state/context.ts";
import { Icon } from "../../ui/icon.tsx";
import { PagedList } from "../../ui/paged-list.tsx";
import { EmptyState } from "../../ui/states.tsx";
import { useDebounced } from "../../ui/use-debounced.ts";
import { useEndpointPages } from "../../ui/use-pages.ts";
import { SearchField, ViewPage } from "../view-page.tsx";
import { ChannelRow } from "./channel-row.tsx";

const idOf = ({ id }: ChannelSnapshot): string => id;

/** The public channels of the workspace, to find and to join. */
export function BrowseView() {
  const { me } = useWorkspace();
  const [text, setText] = useState("");
  const [isCreating, setCreating] = useState(false);
  const query = useDebounced(text.trim().replace(/^#/, ""));
  const found = useEndpointPages(
    getChannels,
    { query: { scope: "public", limit: 50, ...(query !== "" && { query }) } },
    idOf,
  );
  const createButton = me.value.role !== "guest" && (
    <button type="button" class="button primary" onClick={() => setCreating(true)}>
      <Icon name="add" /> Create a channel
    </button>
  );
  return (
    <ViewPage
      view="browse"
      actions={createButton}
      toolbar={
        <SearchField label="Find a channel by the beginning of its name" value={text} onValue={setText} />
      }
    >
      <PagedList
        from={found}
        label="Public channels"
        empty={
          <EmptyState title={query === "" ? "There is no public channel" : "No public channel has this name"}>
            {createButton}
          </EmptyState>
        }
      >
        {(channel) => <ChannelRow channel={channel} />}
      </PagedList>
      {isCreating && <CreateChannel onClose={() => setCreating(false)} />}
    </ViewPage>
  );
}
