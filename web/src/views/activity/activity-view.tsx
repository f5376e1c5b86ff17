import { useEffect, useState } from "preact/hooks";
import { ChannelLabel } from "../../channels/channel-label.tsx";
import { useWorkspace } from "../../state/context.ts";
import { ActionButton } from "../../ui/action-button.tsx";
import { ShowMore } from "../../ui/paged-list.tsx";
import { EmptyState, Spinner } from "../../ui/states.tsx";
import { TabLinks } from "../../ui/tab-links.tsx";
import { showError, showToast } from "../../ui/toasts.tsx";
import { ViewPage } from "../view-page.tsx";
import { viewTabs } from "../view-tabs.ts";
import { groupNotifications, type NotificationGroup } from "./notification-groups.ts";
import { NotificationRow } from "./notification-row.tsx";

const tabs = [
  { key: "all", label: "All" },
  { key: "unread", label: "Unread" },
] as const;

/** How many notifications of a channel are shown before the others are asked for. */
const shownAtFirst = 5;

/** What happened that concerns the user, by channel. */
export function ActivityView() {
  const { client, notifications } = useWorkspace();
  const { links, current } = viewTabs(tabs);
  const isUnreadOnly = current === "unread";
  const shown = notifications.items.value.filter(({ read }) => !isUnreadOnly || !read);
  const markChannels = async (): Promise<void> => {
    await client.markAllRead();
    await notifications.load();
    showToast("All channels and threads are marked as read");
  };
  return (
    <ViewPage
      view="activity"
      toolbar={
        <>
          <TabLinks label="Notifications" tabs={links} current={current ?? ""} />
          <span class="grow" />
          <ActionButton isDisabled={notifications.unread.value === 0} onAction={() => notifications.read()}>
            Mark all as read
          </ActionButton>
          <ActionButton onAction={markChannels}>Mark all channels as read</ActionButton>
        </>
      }
    >
      <LoadedNotifications>
        {shown.length === 0 && !notifications.hasMore.value ? (
          <Nothing isUnreadOnly={isUnreadOnly} />
        ) : (
          <div class="plain-list">
            {groupNotifications(shown).map((group) => (
              <Group key={group.channelId ?? ""} group={group} />
            ))}
          </div>
        )}
        {notifications.hasMore.value && <MoreNotifications />}
      </LoadedNotifications>
    </ViewPage>
  );
}

/** Shows the notifications once they are loaded: usually they were, when the connection was made. */
function LoadedNotifications({ children }: { children: preact.ComponentChildren }) {
  const { notifications } = useWorkspace();
  const [isLoading, setLoading] = useState(false);
  const isLoaded = notifications.isLoaded.value;
  const load = async (): Promise<void> => {
    setLoading(true);
    await notifications.load();
    setLoading(false);
  };
  useEffect(() => {
    if (!isLoaded) void load();
  }, []);
  if (isLoaded) return <>{children}</>;
  if (isLoading) return <Spinner />;
  return (
    <EmptyState title="The notifications could not be loaded">
      <button type="button" class="button" onClick={() => void load()}>
        Try again
      </button>
    </EmptyState>
  );
}

function MoreNotifications() {
  const { notifications } = useWorkspace();
  const [isLoading, setLoading] = useState(false);
  const load = async (): Promise<void> => {
    setLoading(true);
    await notifications.loadMore().finally(() => setLoading(false));
  };
  return <ShowMore isLoading={isLoading} onClick={() => void load().catch(showError)} />;
}

function Group({ group: { channelId, items } }: { group: NotificationGroup }) {
  const { notifications } = useWorkspace();
  const [isExpanded, setExpanded] = useState(false);
  const unreadSeqs = items.filter(({ read }) => !read).map(({ seq }) => seq);
  const shown = isExpanded ? items : items.slice(0, shownAtFirst);
  return (
    <section class="card">
      <header class="card-header">
        <h2 class="grow card-heading">
          {channelId === null ? "Reminders" : <ChannelLabel channelId={channelId} />}
        </h2>
        {unreadSeqs.length > 0 && (
          <ActionButton class="small" onAction={() => notifications.read(unreadSeqs)}>
            Mark as read
          </ActionButton>
        )}
      </header>
      <ul class="plain-list compact">
        {shown.map((notification) => (
          <li key={notification.seq}>
            <NotificationRow notification={notification} />
          </li>
        ))}
      </ul>
      {shown.length < items.length && (
        <button type="button" class="link-button small" onClick={() => setExpanded(true)}>
          {items.length - shown.length} more
        </button>
      )}
    </section>
  );
}

const Nothing = ({ isUnreadOnly }: { isUnreadOnly: boolean }) => (
  <EmptyState title={isUnreadOnly ? "There is nothing unread" : "Nothing has happened yet"}>
    <p class="muted">
      Mentions, direct messages, replies in threads that you follow, and due reminders are listed here.
    </p>
  </EmptyState>
);
