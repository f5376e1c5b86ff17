import { useState } from "preact/hooks";
import {
  archiveChannel,
  type Channel,
  getChannel,
  purgeChannel,
  unarchiveChannel,
} from "../../../../src/client/index.ts";
import { paths } from "../../router.ts";
import { useWorkspace } from "../../state/context.ts";
import { Select, TextField } from "../../ui/field.tsx";
import { putKnownChannels } from "../../ui/pickers/known-channels.ts";
import { EmptyState } from "../../ui/states.tsx";
import { Time } from "../../ui/time.tsx";
import { useDebounced } from "../../ui/use-debounced.ts";
import { TypedConfirm } from "../forms/typed-confirm.tsx";
import { useDialog } from "../forms/use-dialog.tsx";
import { trackJob } from "../jobs/tracked-jobs.ts";
import { ChannelName, Tag } from "../lists/cells.tsx";
import { type MenuItems, menuItems } from "../lists/menu-items.ts";
import { PageHeader } from "../lists/page-header.tsx";
import { PagedTable } from "../lists/paged-table.tsx";
import { useActions } from "../lists/use-actions.ts";
import { removeById, replaceById, usePages } from "../lists/use-pages.ts";
import { HeldMessages } from "./held-messages.tsx";
import { type ChannelScope, type ListedChannel, listChannels } from "./list-channels.ts";
import { RetentionForm } from "./retention-form.tsx";

const scopes: readonly { value: ChannelScope; label: string }[] = [
  { value: "public", label: "Public channels" },
  { value: "joined", label: "Channels that you are in, with private and archived ones" },
  { value: "all", label: "All channels, in the order of their creation" },
];

/** The channels of the workspace: archiving, purging, retention and legal holds. */
export function ChannelsPage() {
  const workspace = useWorkspace();
  const { client } = workspace;
  const [scope, setScope] = useState<ChannelScope>("public");
  const [text, setText] = useState("");
  const query = useDebounced(text.trim().replace(/^#/, ""), 200);
  const channels = usePages(
    (cursor, signal) => listChannels(workspace, { scope, query, cursor, signal }),
    [scope, query],
  );
  const actions = useActions();
  const dialog = useDialog();

  const archive = ({ id, name }: Channel): Promise<boolean> =>
    actions.run({
      key: id,
      question: {
        title: `Archive #${name}?`,
        text: "It stays readable and searchable, and nobody can write in it. The name of a public channel becomes available again.",
        action: "Archive",
      },
      work: async () => {
        await client.call(archiveChannel, { params: { channelId: id } });
        const archived = await client.call(getChannel, { params: { channelId: id } });
        putKnownChannels(workspace, [archived]);
        channels.change(replaceById<ListedChannel>({ id, channel: archived }));
      },
      done: "Channel archived",
    });
  const unarchive = ({ id }: Channel): Promise<boolean> =>
    actions.run({
      key: id,
      work: async () => {
        const restored = await client.call(unarchiveChannel, { params: { channelId: id } });
        putKnownChannels(workspace, [restored]);
        channels.change(replaceById<ListedChannel>({ id, channel: restored }));
      },
      done: "Channel restored",
    });
  const purge = ({ id, name }: Channel): void =>
    dialog.open((close) => (
      <TypedConfirm
        title={`Purge #${name}?`}
        expected={name ?? ""}
        action="Delete for good"
        onClose={close}
        onConfirm={async () => {
          const { job } = await client.call(purgeChannel, { params: { channelId: id } });
          trackJob(workspace, { job, title: `Purging #${name}` });
          channels.change(removeById(id));
          close();
        }}
      >
        <p>
          This can’t be undone. All messages, threads and files of the channel are deleted, for everybody.
          Archiving keeps them.
        </p>
      </TypedConfirm>
    ));
  const menuOf = ({ id, channel }: ListedChannel): MenuItems =>
    menuItems(
      channel !== null && { label: "Open", icon: "channel", href: paths.channel(id) },
      {
        label: "Retention and legal hold",
        icon: "clock",
        onSelect: () => dialog.open((close) => <RetentionForm channelId={id} onClose={close} />),
      },
      {
        label: "Held messages",
        icon: "history",
        onSelect: () => dialog.open((close) => <HeldMessages channelId={id} onClose={close} />),
      },
      channel !== null && {
        label: "Incoming webhooks",
        icon: "link",
        href: `${paths.admin("webhooks")}?channel=${id}`,
      },
      "separator",
      channel?.archivedAt === null && {
        label: "Archive",
        icon: "archive",
        isDanger: true,
        onSelect: () => void archive(channel),
      },
      channel !== null &&
        channel.archivedAt !== null && {
          label: "Restore",
          icon: "reload",
          onSelect: () => void unarchive(channel),
        },
      channel !== null && {
        label: "Purge",
        icon: "trash",
        isDanger: true,
        onSelect: () => purge(channel),
      },
    );
  return (
    <>
      <PageHeader
        title="Channels"
        intro="Of private channels that you are not in, you see no name. You can set their retention and legal hold, and nothing else."
      />
      <div class="filters">
        <Select label="Show" options={scopes} value={scope} onValue={setScope} />
        {scope !== "all" && (
          <TextField
            label="Search"
            type="search"
            placeholder="Beginning of the name"
            maxLength={80}
            value={text}
            onValue={setText}
          />
        )}
      </div>
      <PagedTable
        label="Channels"
        from={channels}
        keyOf={({ id }) => id}
        nameOf={({ id, channel }) => (channel ? `#${channel.name}` : `private channel ${id.slice(-6)}`)}
        isBusy={({ id }) => actions.isBusy(id)}
        empty={<NoChannels query={query} />}
        columns={[
          { title: "Name", cell: (listed) => <Name listed={listed} /> },
          { title: "Topic", cell: ({ channel }) => <span dir="auto">{channel?.topic}</span> },
          {
            title: "Created",
            cell: ({ channel }) => channel && <Time at={channel.createdAt} format="full" />,
          },
        ]}
        actions={menuOf}
      />
      {dialog.shown}
    </>
  );
}

const Name = ({ listed: { id, channel } }: { listed: ListedChannel }) => (
  <span class="row wrap">
    {channel ? <ChannelName channelId={id} /> : <span class="muted">Private channel {id.slice(-6)}</span>}
    {channel?.type === "private" && <Tag>private</Tag>}
    {channel?.archivedAt && <Tag tone="warning">archived</Tag>}
  </span>
);

const NoChannels = ({ query }: { query: string }) =>
  query === "" ? (
    <EmptyState title="There are no channels here yet">
      <p>Create one with the button beside “Channels” in the list of conversations.</p>
    </EmptyState>
  ) : (
    <EmptyState title={`No name begins with “${query}”`}>
      <p>Archived channels are in the list of all channels, which can’t be searched.</p>
    </EmptyState>
  );
