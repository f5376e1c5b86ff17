import {
  deleteIncomingWebhook,
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
import { PageHeader } from "../lists/page-header.tsx";
import { PagedTable } from "../lists/paged-table.tsx";
import { useActions } from "../lists/use-actions.ts";
import { removeById, replaceById, usePages } from "../lists/use-pages.ts";
import { WebhookForm } from "./webhook-form.tsx";
import { WebhookUrl } from "./webhook-url.tsx";

const channelParameter = "channel";

/** The incoming webhooks of a channel, which is chosen first: `?channel=chn_…`. */
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
        placeholder="Choose a channel to see its webhooks"
        max={1}
        value={channelId === null ? [] : [channelId]}
        onChange={choose}
      />
      {channelId !== null && <ChannelWebhooks key={channelId} channelId={channelId} />}
    </>
  );
}

function ChannelWebhooks({ channelId }: { channelId: string }) {
  const { client } = useWorkspace();
  const webhooks = usePages(
    (_, signal) => client.call(getIncomingWebhooks, { params: { channelId }, signal }),
    [],
  );
  const actions = useActions();
  const dialog = useDialog();
  const showUrl = (webhookUrl: string): void =>
    dialog.open((close) => <WebhookUrl webhookUrl={webhookUrl} onClose={close} />);
  const create = (): void =>
    dialog.open((close) => (
      <WebhookForm
        channelId={channelId}
        onClose={close}
        onSaved={(webhook, webhookUrl) => {
          webhooks.change((items) => [...items, webhook]);
          if (webhookUrl !== undefined) showUrl(webhookUrl);
        }}
      />
    ));
  const edit = (webhook: IncomingWebhook): void =>
    dialog.open((close) => (
      <WebhookForm
        channelId={channelId}
        webhook={webhook}
        onClose={close}
        onSaved={(changed) => {
          webhooks.change(replaceById(changed));
          close();
        }}
      />
    ));
  const rotate = ({ id, name }: IncomingWebhook): Promise<boolean> =>
    actions.run({
      key: id,
      question: {
        title: `Replace the URL of ${name}?`,
        text: "The present URL is rejected within two seconds. Programs that use it need the new one.",
        action: "Replace the URL",
      },
      work: async () => {
        const params = { channelId, webhookId: id };
        showUrl((await client.call(rotateIncomingWebhookSecret, { params })).url);
      },
    });
  const remove = ({ id, name }: IncomingWebhook): Promise<boolean> =>
    actions.run({
      key: id,
      question: {
        title: `Delete ${name}?`,
        text: "Its URL is rejected from then on, and its bot is deactivated. Its messages stay.",
        action: "Delete",
      },
      work: async () => {
        await client.call(deleteIncomingWebhook, { params: { channelId, webhookId: id } });
        webhooks.change(removeById(id));
      },
      done: "Webhook deleted",
    });
  return (
    <section class="stack" aria-label="Webhooks of the channel">
      <div>
        <button type="button" class="button primary" onClick={create}>
          Create a webhook
        </button>
      </div>
      <PagedTable
        label="Incoming webhooks"
        from={webhooks}
        keyOf={({ id }) => id}
        nameOf={({ name }) => name}
        isBusy={({ id }) => actions.isBusy(id)}
        empty={
          <EmptyState title="The channel has no webhooks">
            <p>Create one to let a program post messages here, such as alerts or build results.</p>
          </EmptyState>
        }
        columns={[
          { title: "Name", cell: ({ name }) => <span dir="auto">{name}</span> },
          { title: "Bot", cell: ({ botUserId }) => <UserCell userId={botUserId} /> },
          {
            title: "Channels",
            cell: ({ anyChannel }) =>
              anyChannel ? <Tag tone="warning">all of its bot’s channels</Tag> : "this one",
          },
          { title: "Created by", cell: ({ createdBy }) => <UserCell userId={createdBy} /> },
          { title: "Created", cell: ({ createdAt }) => <Time at={createdAt} format="full" /> },
        ]}
        actions={(webhook) => [
          { label: "Change", icon: "edit", onSelect: () => edit(webhook) },
          { label: "Replace the URL", icon: "reload", onSelect: () => void rotate(webhook) },
          "separator",
          { label: "Delete", icon: "trash", isDanger: true, onSelect: () => void remove(webhook) },
        ]}
      />
      {dialog.shown}
    </section>
  );
}
