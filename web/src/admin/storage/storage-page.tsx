import {
  getAdminChannels,
  getProjection,
  type Projection,
  reindexChannel,
  reprojectChannel,
} from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { EmptyState } from "../../ui/states.tsx";
import { BusyButton } from "../forms/busy-button.tsx";
import { Tag } from "../lists/cells.tsx";
import { listedName, ListedChannelName } from "../lists/listed-channel.tsx";
import { PageHeader } from "../lists/page-header.tsx";
import { PagedTable } from "../lists/paged-table.tsx";
import { parallelMap } from "../lists/parallel-map.ts";
import { useActions } from "../lists/use-actions.ts";
import { pageQuery, usePages } from "../../ui/use-pages.ts";
import { DirectMessages } from "./direct-messages.tsx";
import { StorageSections } from "./storage-sections.tsx";

/** Channels of one page: each is a further request, to its object. */
const channelsPerPage = 25;
const requestsAtOnce = 5;

interface ChannelProjection extends Projection {
  id: string;
  name: string | null;
}

/** How far the database and the search index follow the logs of the channels. */
export function StoragePage() {
  const { client } = useWorkspace();
  const projections = usePages<ChannelProjection>(
    async (cursor, signal) => {
      const page = await client.call(getAdminChannels, {
        query: { limit: channelsPerPage, ...pageQuery(cursor) },
        signal,
      });
      const items = await parallelMap(page.items, requestsAtOnce, async ({ id, name }) => ({
        id,
        name,
        ...(await client.call(getProjection, { params: { channelId: id }, signal })),
      }));
      return { items, nextCursor: page.nextCursor };
    },
    [],
    ({ id }) => id,
  );
  const actions = useActions();
  const rebuild = (channelId: string, endpoint: typeof reindexChannel, what: string): Promise<boolean> =>
    actions.run({
      key: channelId,
      question: {
        title: `Rebuild the ${what} of this channel?`,
        text: "It is built again from the log of the channel, in the background. Nothing is lost.",
        action: "Rebuild",
        isDanger: false,
      },
      work: async () => {
        const changed = await client.call(endpoint, { params: { channelId } });
        projections.update((items) =>
          items.map((item) => (item.id === channelId ? { ...item, ...changed } : item)),
        );
      },
      done: "The rebuild has begun",
    });
  return (
    <>
      <PageHeader
        title="Storage"
        intro="How much space the workspace takes, and how far the database and the search index follow the channels."
      />
      <StorageSections />
      <section class="stack">
        <h3>Channels</h3>
        <p class="muted">
          Each channel has a log, from which the database and the search index are built. They normally follow
          within a second.
        </p>
        <div>
          <BusyButton isBusy={projections.isLoading} onClick={projections.reload}>
            Refresh
          </BusyButton>
        </div>
        <PagedTable
          label="Channels"
          from={projections}
          nameOf={listedName}
          isBusy={({ id }) => actions.isBusy(id)}
          empty={<EmptyState title="There are no channels yet" />}
          columns={[
            { title: "Channel", cell: (channel) => <ListedChannelName {...channel} /> },
            { title: "Events", cell: ({ seq }) => seq.toLocaleString() },
            { title: "Database", cell: ({ seq, recordedSeq }) => <Lag events={seq - recordedSeq} /> },
            { title: "Search index", cell: ({ seq, indexedSeq }) => <Lag events={seq - indexedSeq} /> },
          ]}
          actions={({ id }) => [
            {
              label: "Rebuild in the database",
              icon: "reload",
              onSelect: () => void rebuild(id, reprojectChannel, "part in the database"),
            },
            {
              label: "Rebuild the search index",
              icon: "search",
              onSelect: () => void rebuild(id, reindexChannel, "search index"),
            },
          ]}
        />
      </section>
      <DirectMessages />
    </>
  );
}

const Lag = ({ events }: { events: number }) =>
  events <= 0 ? (
    <Tag tone="good">up to date</Tag>
  ) : (
    <Tag tone="warning">
      {events.toLocaleString()} {events === 1 ? "event" : "events"} behind
    </Tag>
  );
