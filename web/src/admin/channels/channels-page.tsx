import { useState } from "preact/hooks";
import {
  type AdminChannelScope,
  archiveChannel,
  getAdminChannels,
  getChannel,
  limits,
  type ListedChannel,
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
import { OptionalTime, Tag } from "../lists/cells.tsx";
import { listedName, ListedChannelName } from "../lists/listed-channel.tsx";
import { type MenuItems, menuItems } from "../lists/menu-items.ts";
import { PageHeader } from "../lists/page-header.tsx";
import { PagedTable } from "../lists/paged-table.tsx";
import { useActions } from "../lists/use-actions.ts";
import { pageQuery, removeById, usePages } from "../../ui/use-pages.ts";
import { HeldMessages } from "./held-messages.tsx";
import { RetentionForm } from "./retention-form.tsx";

const scopes: readonly { value: AdminChannelScope; label: string }[] = [
  { value: "all", label: "All channels" },
  { value: "public", label: "Public channels" },
  { value: "private", label: "Private channels" },
  { value: "archived", label: "Archived channels" },
];

/** The channels of the workspace: archiving, purging, retention and legal holds. */
export function ChannelsPage() {
  const workspace = useWorkspace();
  const { client } = workspace;
  const [scope, setScope] = useState<AdminChannelScope>("all");
  const [text, setText] = useState("");
  const query = useDebounced(text.trim().replace(/^#/, ""), 200);
  const channels = usePages<ListedChannel>(
    (cursor, signal) =>
      client.call(getAdminChannels, {
        query: { scope, ...(query !== "" && { query }), ...pageQuery(cursor) },
        signal,
      }),
    [scope, query],
    ({ id }) => id,
  );
  /** Shows that a channel was archived or restored, here and in other views. */
  const refreshArchivedState = async (channelId: string): Promise<void> => {
    const changed = await client.call(getChannel, { params: { channelId } });
    putKnownChannels(workspace, [changed]);
    const { archivedAt } = changed;
    channels.update((items) => items.map((item) => (item.id === channelId ? { ...item, archivedAt } : item)));
  };
  const actions = useActions();
  const dialog = useDialog();

  const archive = ({ id, name }: ListedChannel): Promise<boolean> =>
    actions.run({
      key: id,
      question: {
        title: `Archive #${name}?`,
        text: "It stays readable and searchable, and nobody can write in it. The name of a public channel becomes available again.",
        action: "Archive",
      },
      work: async () => {
        await client.call(archiveChannel, { params: { channelId: id } });
        await refreshArchivedState(id);
      },
      done: "Channel archived",
    });
  const unarchive = ({ id }: ListedChannel): Promise<boolean> =>
    actions.run({
      key: id,
      work: async () => {
        await client.call(unarchiveChannel, { params: { channelId: id } });
        await refreshArchivedState(id);
      },
      done: "Channel restored",
    });
  const purge = ({ id, name }: ListedChannel): void =>
    dialog.open((close) => (
      <TypedConfirm
        title={`Purge #${name}?`}
        expected={name ?? ""}
        action="Delete for good"
        onClose={close}
        onConfirm={async () => {
          const { job } = await client.call(purgeChannel, { params: { channelId: id } });
          trackJob(workspace, { job, title: `Purging #${name}` });
          channels.update(removeById(id));
          close();
        }}
      >
        <p>
          This can’t be undone. All messages, threads and files of the channel are deleted, for everybody.
          Archiving keeps them.
        </p>
      </TypedConfirm>
    ));
  const menuOf = (channel: ListedChannel): MenuItems => {
    const { id, name, archivedAt } = channel;
    const isReadable = name !== null;
    return menuItems(
      isReadable && { label: "Open", icon: "channel", href: paths.channel(id) },
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
      isReadable && {
        label: "Incoming webhooks",
        icon: "link",
        href: `${paths.admin("webhooks")}?channel=${id}`,
      },
      "separator",
      isReadable &&
        archivedAt === null && {
          label: "Archive",
          icon: "archive",
          isDanger: true,
          onSelect: () => void archive(channel),
        },
      isReadable &&
        archivedAt !== null && {
          label: "Restore",
          icon: "reload",
          onSelect: () => void unarchive(channel),
        },
      isReadable && {
        label: "Purge",
        icon: "trash",
        isDanger: true,
        onSelect: () => purge(channel),
      },
    );
  };
  return (
    <>
      <PageHeader
        title="Channels"
        intro="Of private channels that you are not in, you see neither name nor activity. You can set their retention and legal hold, and nothing else."
      />
      <div class="filters">
        <Select label="Show" options={scopes} value={scope} onValue={setScope} />
        <TextField
          label="Search"
          type="search"
          placeholder="Beginning of the name"
          maxLength={80}
          value={text}
          onValue={setText}
        />
      </div>
      <PagedTable
        label="Channels"
        from={channels}
        nameOf={listedName}
        isBusy={({ id }) => actions.isBusy(id)}
        empty={<NoChannels query={query} />}
        columns={[
          { title: "Name", cell: (channel) => <Name channel={channel} /> },
          { title: "Members", cell: ({ memberCount }) => memberText(memberCount) },
          {
            title: "Last message",
            cell: ({ name, lastMessageAt }) =>
              name !== null && <OptionalTime at={lastMessageAt} none="none yet" />,
          },
          { title: "Created", cell: ({ createdAt }) => <Time at={createdAt} format="full" /> },
        ]}
        actions={menuOf}
      />
      {dialog.shown}
    </>
  );
}

const memberText = (count: number | null): string =>
  count === null ? "" : count.toLocaleString() + (count === limits.adminCounted ? " or more" : "");

const Name = ({ channel }: { channel: ListedChannel }) => (
  <div>
    <span class="row wrap">
      <ListedChannelName {...channel} />
      {channel.type === "private" && channel.name !== null && <Tag>private</Tag>}
      {channel.archivedAt && <Tag tone="warning">archived</Tag>}
    </span>
    {channel.topic && (
      <div class="small muted" dir="auto">
        {channel.topic}
      </div>
    )}
  </div>
);

const NoChannels = ({ query }: { query: string }) =>
  query === "" ? (
    <EmptyState title="There are no such channels yet">
      <p>Create one with the button beside “Channels” in the list of conversations.</p>
    </EmptyState>
  ) : (
    <EmptyState title={`No name begins with “${query}”`}>
      <p>Private channels that you are not in can’t be found by their name.</p>
    </EmptyState>
  );
