import {
  getAllChannelIds,
  getProjection,
  type Projection,
  reindexChannel,
  reprojectChannel,
} from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { EmptyState } from "../../ui/states.tsx";
import { BusyButton } from "../forms/busy-button.tsx";
import { ChannelName, Tag } from "../lists/cells.tsx";
import { PageHeader } from "../lists/page-header.tsx";
import { PagedTable } from "../lists/paged-table.tsx";
import { parallelMap } from "../lists/parallel-map.ts";
import { useActions } from "../lists/use-actions.ts";
import { pageQuery, usePages } from "../lists/use-pages.ts";
import { DirectMessages } from "./direct-messages.tsx";

/** Channels of one page: each is a further request, to its object. */
const idsPerPage = 25;
const requestsAtOnce = 5;

interface ChannelProjection extends Projection {
  id: string;
}

/** How far the database and the search index follow the logs of the channels. */
export function StoragePage() {
  const { client } = useWorkspace();
  const projections = usePages<ChannelProjection>(async (cursor, signal) => {
    const page = await client.call(getAllChannelIds, {
      query: { limit: idsPerPage, ...pageQuery(cursor) },
      signal,
    });
    const items = await parallelMap(page.items, requestsAtOnce, async ({ channelId }) => ({
      id: channelId,
      ...(await client.call(getProjection, { params: { channelId }, signal })),
    }));
    return { items, nextCursor: page.nextCursor };
  }, []);
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
        projections.change((items) =>
          items.map((item) => (item.id === channelId ? { id: channelId, ...changed } : item)),
        );
      },
      done: "The rebuild has begun",
    });
  return (
    <>
      <PageHeader
        title="Storage"
        intro="Each channel has a log, from which the database and the search index are built. They normally follow within a second."
      >
        <BusyButton isBusy={projections.isLoading} onClick={projections.reload}>
          Refresh
        </BusyButton>
      </PageHeader>
      <PagedTable
        label="Channels"
        from={projections}
        keyOf={({ id }) => id}
        nameOf={({ id }) => `channel ${id.slice(-6)}`}
        isBusy={({ id }) => actions.isBusy(id)}
        empty={<EmptyState title="There are no channels yet" />}
        columns={[
          { title: "Channel", cell: ({ id }) => <ChannelName channelId={id} /> },
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
      <DirectMessages />
      <section class="stack">
        <h3>What is not shown</h3>
        <p>
          The server reports neither the size of the databases nor how much space files take, of the workspace
          or of a user. Look these up in the dashboard of Cloudflare, for the D1 databases and the R2 bucket
          of this deployment.
        </p>
      </section>
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
