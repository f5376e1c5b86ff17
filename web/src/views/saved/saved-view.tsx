import { useEffect } from "preact/hooks";
import {
  getSavedMessages,
  type SavedItem,
  unsaveMessage,
  updateSavedMessage,
} from "../../../../src/client/index.ts";
import { remindOf } from "../../later/remind.tsx";
import { MessageCard } from "../../messages/message-card.tsx";
import { useWorkspace } from "../../state/context.ts";
import { ActionButton } from "../../ui/action-button.tsx";
import { Icon } from "../../ui/icon.tsx";
import { PagedList } from "../../ui/paged-list.tsx";
import { EmptyState } from "../../ui/states.tsx";
import { TabLinks } from "../../ui/tab-links.tsx";
import { Time } from "../../ui/time.tsx";
import { useEndpointPages } from "../../ui/use-pages.ts";
import { ViewPage } from "../view-page.tsx";
import { viewTabs } from "../view-tabs.ts";

const tabs = [
  { key: "open", label: "To do" },
  { key: "done", label: "Done" },
] as const;

const idOf = ({ messageId }: SavedItem): string => messageId;

/** The messages that the user saved: those to do, and those that are done. */
export function SavedView() {
  const { realtime } = useWorkspace();
  const { links, current } = viewTabs(tabs);
  const isDone = current === "done";
  const saved = useEndpointPages(
    getSavedMessages,
    { query: { done: isDone ? "true" : "false", limit: 30 } },
    idOf,
  );
  const { reload, update } = saved;
  const drop = (messageId: string): void =>
    update((items) => items.filter((item) => idOf(item) !== messageId));
  useEffect(() => {
    const stops = [
      realtime.on("savedMessageUpdate", ({ data }) => {
        const { messageId, doneAt } = data.savedMessage;
        if ((doneAt !== null) === isDone) reload();
        else drop(messageId);
      }),
      realtime.on("savedMessageDelete", ({ data }) => drop(data.messageId)),
    ];
    return () => stops.forEach((stop) => stop());
  }, [isDone]);
  return (
    <ViewPage view="saved" toolbar={<TabLinks label="Saved messages" tabs={links} current={current ?? ""} />}>
      <PagedList
        from={saved}
        label={isDone ? "Saved messages that are done" : "Saved messages"}
        empty={isDone ? <NothingDone /> : <NothingSaved />}
      >
        {(item) => <SavedMessageCard item={item} onGone={() => drop(item.messageId)} />}
      </PagedList>
    </ViewPage>
  );
}

/** @param onGone called when the message no longer belongs to the shown list */
function SavedMessageCard({ item, onGone }: { item: SavedItem; onGone: () => void }) {
  const workspace = useWorkspace();
  const { client } = workspace;
  const { messageId, message, savedAt, doneAt } = item;
  const params = { messageId };
  const setDone = async (): Promise<void> => {
    await client.call(updateSavedMessage, { params, body: { done: doneAt === null } });
    onGone();
  };
  const remove = async (): Promise<void> => {
    await client.call(unsaveMessage, { params });
    onGone();
  };
  const buttons = (
    <div class="row wrap card-buttons">
      {message && (
        <ActionButton onAction={setDone}>
          <Icon name={doneAt === null ? "check" : "reload"} /> {doneAt === null ? "Done" : "Not done"}
        </ActionButton>
      )}
      {message?.deletedAt === null && (
        <button type="button" class="button" onClick={() => remindOf(workspace, message)}>
          <Icon name="clock" /> Remind me …
        </button>
      )}
      <ActionButton onAction={remove}>
        <Icon name="trash" /> Remove
      </ActionButton>
      <span class="muted small">
        Saved <Time at={savedAt} />
      </span>
    </div>
  );
  if (message)
    return (
      <MessageCard message={message} showsChannel>
        {buttons}
      </MessageCard>
    );
  return (
    <article class="card">
      <p class="muted">You can no longer read this message.</p>
      {buttons}
    </article>
  );
}

const NothingSaved = () => (
  <EmptyState title="There is nothing to do">
    <p class="muted">To save a message for later, open its menu and choose “Save”.</p>
  </EmptyState>
);

const NothingDone = () => (
  <EmptyState title="Nothing is done yet">
    <p class="muted">Saved messages that you mark as done are listed here.</p>
  </EmptyState>
);
