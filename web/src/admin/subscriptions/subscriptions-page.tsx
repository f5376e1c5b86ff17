import {
  deleteEventSubscription,
  type EventSubscription,
  getEventSubscriptions,
  rotateSubscriptionSecret,
  updateEventSubscription,
} from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { EmptyState } from "../../ui/states.tsx";
import { SecretDialog } from "../forms/secret-dialog.tsx";
import { useDialog } from "../forms/use-dialog.tsx";
import { UserCell } from "../lists/cells.tsx";
import { type MenuItems, menuItems } from "../lists/menu-items.ts";
import { PageHeader } from "../lists/page-header.tsx";
import { PagedTable } from "../lists/paged-table.tsx";
import { useActions } from "../lists/use-actions.ts";
import { pageQuery, removeById, replaceById, usePages } from "../../ui/use-pages.ts";
import { Deliveries } from "./deliveries.tsx";
import { eventLabel } from "./event-types.ts";
import { SubscriptionForm } from "./subscription-form.tsx";
import { SubscriptionStateCell } from "./subscription-state.tsx";

/** The event subscriptions of the workspace. */
export function SubscriptionsPage() {
  const { client, me } = useWorkspace();
  const subscriptions = usePages(
    (cursor, signal) => client.call(getEventSubscriptions, { query: pageQuery(cursor), signal }),
    [],
    ({ id }) => id,
  );
  const actions = useActions();
  const dialog = useDialog();
  const onChange = (changed: EventSubscription): void => subscriptions.update(replaceById(changed));
  const showSecret = (name: string, secret: string): void =>
    dialog.open((close) => (
      <SecretDialog title={`Secret of ${name}`} label="Signing secret" secret={secret} onClose={close}>
        <p>The receiver verifies the signatures of requests with it, as Standard Webhooks defines.</p>
      </SecretDialog>
    ));
  const create = (): void =>
    dialog.open((close) => (
      <SubscriptionForm
        onClose={close}
        onSaved={(subscription, secret) => {
          subscriptions.update((items) => [subscription, ...items]);
          if (secret !== undefined) showSecret(subscription.name, secret);
        }}
      />
    ));
  const edit = (subscription: EventSubscription): void =>
    dialog.open((close) => (
      <SubscriptionForm
        subscription={subscription}
        onClose={close}
        onSaved={(changed) => {
          onChange(changed);
          close();
        }}
      />
    ));
  const setActive = (id: string, active: boolean): Promise<boolean> =>
    actions.run({
      key: id,
      work: async () => {
        const params = { subscriptionId: id };
        onChange(await client.call(updateEventSubscription, { params, body: { active } }));
      },
      done: active ? "Subscription activated" : "Subscription paused",
    });
  const rotate = ({ id, name }: EventSubscription): Promise<boolean> =>
    actions.run({
      key: id,
      question: {
        title: `Replace the secret of ${name}?`,
        text: "For 24 hours requests are signed with both secrets, so that you can exchange it without an interruption.",
        action: "Replace the secret",
        isDanger: false,
      },
      work: async () => {
        const params = { subscriptionId: id };
        const { subscription, secret } = await client.call(rotateSubscriptionSecret, { params });
        onChange(subscription);
        showSecret(name, secret);
      },
    });
  const remove = ({ id, name }: EventSubscription): Promise<boolean> =>
    actions.run({
      key: id,
      question: {
        title: `Delete ${name}?`,
        text: "No further event is sent to it, and its list of deliveries is deleted.",
        action: "Delete",
      },
      work: async () => {
        await client.call(deleteEventSubscription, { params: { subscriptionId: id } });
        subscriptions.update(removeById(id));
      },
      done: "Subscription deleted",
    });
  const menuOf = (subscription: EventSubscription): MenuItems => {
    const { id, state, ownerId } = subscription;
    const isOwn = ownerId === me.value.id;
    return menuItems(
      {
        label: "Deliveries",
        icon: "list",
        onSelect: () => dialog.open((close) => <Deliveries subscription={subscription} onClose={close} />),
      },
      isOwn && { label: "Change", icon: "edit", onSelect: () => edit(subscription) },
      isOwn && { label: "Replace the secret", icon: "reload", onSelect: () => void rotate(subscription) },
      state === "active" && { label: "Pause", icon: "mute", onSelect: () => void setActive(id, false) },
      state !== "active" &&
        isOwn && { label: "Activate", icon: "play", onSelect: () => void setActive(id, true) },
      "separator",
      { label: "Delete", icon: "trash", isDanger: true, onSelect: () => void remove(subscription) },
    );
  };
  return (
    <>
      <PageHeader
        title="Event subscriptions"
        intro="Events of channels are posted to a URL as they happen. Of subscriptions of others you see neither the path of the URL nor the channels, and can only pause or delete them."
      >
        <button type="button" class="button primary" onClick={create}>
          Create a subscription
        </button>
      </PageHeader>
      <PagedTable
        label="Event subscriptions"
        from={subscriptions}
        nameOf={({ name }) => name}
        isBusy={({ id }) => actions.isBusy(id)}
        empty={
          <EmptyState title="There are no event subscriptions yet">
            <p>Create one to let a program react to messages, for example to start a deployment.</p>
          </EmptyState>
        }
        columns={[
          {
            title: "Name",
            cell: ({ name, url }) => (
              <span class="stack tight">
                <strong dir="auto">{name}</strong>
                <span class="small muted breakable">{url}</span>
              </span>
            ),
          },
          { title: "State", cell: (subscription) => <SubscriptionStateCell subscription={subscription} /> },
          { title: "Events", cell: ({ events }) => <Events types={events} /> },
          { title: "Channels", cell: (subscription) => channelsText(subscription, me.value.id) },
          { title: "Owner", cell: ({ ownerId }) => <UserCell userId={ownerId} /> },
        ]}
        actions={menuOf}
      />
      {dialog.shown}
    </>
  );
}

const shownEvents = 3;

const Events = ({ types }: { types: readonly string[] }) => (
  <span title={types.map(eventLabel).join(", ")}>
    {types.slice(0, shownEvents).map(eventLabel).join(", ")}
    {types.length > shownEvents && ` and ${types.length - shownEvents} more`}
  </span>
);

function channelsText({ channelIds, ownerId, format }: EventSubscription, ownId: string): string {
  const slack = format === "slack" ? ", in Slack’s format" : "";
  if (channelIds === null) return `all public ones${slack}`;
  return (ownerId === ownId ? String(channelIds.length) : "some") + slack;
}
