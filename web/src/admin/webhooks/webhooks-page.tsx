import {
  deleteIncomingWebhook,
  getAllIncomingWebhooks,
  getIncomingWebhooks,
  type IncomingWebhook,
  rotateIncomingWebhookSecret,
} from "../../../../src/client/index.ts";
import { navigate, paths, url } from "../../router.ts";
import { useWorkspace } from "../../state/context.ts";
import { ChannelPicker } from "../../ui/pickers/channel-picker.tsx";
import { EmptyState } from "../../ui/states.tsx";
import { Time } from "../../ui/time.tsx";
import { useDialog } from "../forms/use-dialog.tsx";
import { Tag, UserCell } from "../lists/cells.tsx";
import { ListedChannelName } from "../lists/listed-channel.tsx";
import { PageHeader } from "../lists/page-header.tsx";
import { PagedTable } from "../lists/paged-table.tsx";
import { useActions } from "../lists/use-actions.ts";
import { pageQuery, removeById, replaceById, usePages } from "../../ui/use-pages.ts";
import { WebhookForm } from "./webhook-form.tsx";
import { WebhookUrl } from "./webhook-url.tsx";

const channelParameter = "channel";

/** A webhook of the list of all channels, or of the chosen channel, whose name is not repeated. */
type ShownWebhook = IncomingWebhook & { channelName?: string | null };

/** The incoming webhooks of all channels, or of one: `?channel=chn_…`. */
export function WebhooksPage() {
  const channelId = url.value.searchParams.get(channelParameter);
  const choose = ([chosen]: string[]): void =>
    navigate(paths.admin("webhooks") + (chosen ? `?${channelParameter}=${chosen}` : ""), { replace: true });
  return (
    <>
      <PageHeader
        title="Incoming webhooks"
        intro="A webhook is a URL to which a program posts messages of a channel, in the format of Parley or of Slack."
      />
      <ChannelPicker
        label="Channel"
        placeholder="All channels. Choose one to create a webhook in it"
        max={1}
        value={channelId === null ? [] : [channelId]}
        onChange={choose}
      />
      <Webhooks key={channelId} channelId={channelId} />
    </>
  );
}

function Webhooks({ channelId }: { channelId: string | null }) {
  const { client } = useWorkspace();
  const webhooks = usePages<ShownWebhook>(
    (cursor, signal) =>
      channelId === null
        ? client.call(getAllIncomingWebhooks, { query: pageQuery(cursor), signal })
        : client.call(getIncomingWebhooks, { params: { channelId }, signal }),
    [],
    ({ id }) => id,
  );
  const actions = useActions();
  const dialog = useDialog();
  const showUrl = (webhookUrl: string): void =>
    dialog.open((close) => <WebhookUrl webhookUrl={webhookUrl} onClose={close} />);
  const create = (chosenId: string): void =>
    dialog.open((close) => (
      <WebhookForm
        channelId={chosenId}
        onClose={close}
        onSaved={(webhook, webhookUrl) => {
          webhooks.update((items) => [...items, webhook]);
          if (webhookUrl !== undefined) showUrl(webhookUrl);
        }}
      />
    ));
  const edit = (webhook: ShownWebhook): void =>
    dialog.open((close) => (
      <WebhookForm
        channelId={webhook.channelId}
        webhook={webhook}
        onClose={close}
        onSaved={(changed) => {
          webhooks.update(replaceById({ ...webhook, ...changed }));
          close();
        }}
      />
    ));
  const rotate = ({ id, name, channelId: ownerId }: ShownWebhook): Promise<boolean> =>
    actions.run({
      key: id,
      question: {
        title: `Replace the URL of ${name}?`,
        text: "The present URL is rejected within two seconds. Programs that use it need the new one.",
        action: "Replace the URL",
      },
      work: async () => {
        const params = { channelId: ownerId, webhookId: id };
        showUrl((await client.call(rotateIncomingWebhookSecret, { params })).url);
      },
    });
  const remove = ({ id, name, channelId: ownerId }: ShownWebhook): Promise<boolean> =>
    actions.run({
      key: id,
      question: {
        title: `Delete ${name}?`,
        text: "Its URL is rejected from then on, and its bot is deactivated. Its messages stay.",
        action: "Delete",
      },
      work: async () => {
        await client.call(deleteIncomingWebhook, { params: { channelId: ownerId, webhookId: id } });
        webhooks.update(removeById(id));
      },
      done: "Webhook deleted",
    });
  return (
    <section class="stack" aria-label="Webhooks">
      {channelId !== null && (
        <div>
          <button type="button" class="button primary" onClick={() => create(channelId)}>
            Create a webhook
          </button>
        </div>
      )}
      <PagedTable
        label="Incoming webhooks"
        from={webhooks}
        nameOf={({ name }) => name}
        isBusy={({ id }) => actions.isBusy(id)}
        empty={
          <EmptyState
            title={channelId === null ? "There are no webhooks yet" : "The channel has no webhooks"}
          >
            <p>
              Create one in a channel to let a program post messages there, such as alerts or build results.
            </p>
          </EmptyState>
        }
        columns={[
          { title: "Name", cell: ({ name }) => <span dir="auto">{name}</span> },
          { title: "Bot", cell: ({ botUserId }) => <UserCell userId={botUserId} /> },
          { title: "Channel", cell: (webhook) => <ChannelOf webhook={webhook} /> },
          { title: "Created by", cell: ({ createdBy }) => <UserCell userId={createdBy} /> },
          { title: "Created", cell: ({ createdAt }) => <Time at={createdAt} format="full" /> },
        ]}
        actions={(webhook) =>
          webhook.channelName === null
            ? []
            : [
                { label: "Change", icon: "edit", onSelect: () => edit(webhook) },
                { label: "Replace the URL", icon: "reload", onSelect: () => void rotate(webhook) },
                "separator",
                { label: "Delete", icon: "trash", isDanger: true, onSelect: () => void remove(webhook) },
              ]
        }
      />
      {dialog.shown}
    </section>
  );
}

const ChannelOf = ({ webhook: { channelId, channelName, anyChannel } }: { webhook: ShownWebhook }) => (
  <span class="row wrap">
    {channelName === undefined ? "this one" : <ListedChannelName id={channelId} name={channelName} />}
    {anyChannel && <Tag tone="warning">and its bot’s other channels</Tag>}
  </span>
);
