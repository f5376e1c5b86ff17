import { lazy } from "../ui/lazy.tsx";
import { useState } from "preact/hooks";
import { navigate, paths, route } from "../router.ts";
import { logOutSafely } from "../app/log-out.ts";
import type { ChannelState } from "../state/channel.ts";
import { useWorkspace } from "../state/context.ts";
import { openSwitcher } from "../app/switcher.tsx";
import { Avatar } from "../ui/avatar.tsx";
import { Icon, type IconName } from "../ui/icon.tsx";
import { Menu } from "../ui/menu.tsx";
import { showError } from "../ui/toasts.tsx";
import { channelIcon } from "./channel-icon.ts";
import { channelName } from "./channel-name.ts";

const StatusDialog = lazy(() => import("../status/status-dialog.tsx").then((module) => module.StatusDialog));
const CreateChannel = lazy(() => import("./create-channel.tsx").then((module) => module.CreateChannel));
const NewConversation = lazy(() => import("./new-conversation.tsx").then((module) => module.NewConversation));

type DialogName = "status" | "channel" | "conversation";

/** The list of channels and conversations, with the menu of the user. */
export function Sidebar() {
  const { channels, notifications, drafts, me } = useWorkspace();
  const [dialog, setDialog] = useState<DialogName | null>(null);
  const close = (): void => setDialog(null);
  const mayCreate = me.value.role !== "guest";
  return (
    <nav class="sidebar" aria-label="Conversations">
      <UserMenu onStatus={() => setDialog("status")} />
      <button type="button" class="switcher-button" onClick={openSwitcher}>
        <Icon name="search" />
        <span class="grow">Jump to …</span>
        <kbd>Ctrl K</kbd>
      </button>
      <div class="sidebar-scroll">
        <ul class="sidebar-list">
          <ViewLink view="activity" icon="bell" label="Activity" badge={notifications.unread.value} />
          <ViewLink view="threads" icon="thread" label="Threads" badge={notifications.unreadThreads.value} />
          <ViewLink view="drafts" icon="draft" label="Drafts" count={drafts.keys.value.length} />
          <ViewLink view="saved" icon="bookmark" label="Saved" />
          <ViewLink view="later" icon="clock" label="Scheduled" />
          {mayCreate && <ViewLink view="people" icon="people" label="People" />}
        </ul>
        <Section
          title="Channels"
          menu={[
            ...(mayCreate
              ? [{ label: "Create a channel", icon: "add" as const, onSelect: () => setDialog("channel") }]
              : []),
            { label: "Browse channels", icon: "search", href: paths.view("browse") },
          ]}
        >
          {channels.named.value.map((state) => (
            <ChannelLink key={state.id} state={state} />
          ))}
          {channels.isListed.value && channels.named.value.length === 0 && (
            <li>
              <a class="sidebar-link" href={paths.view("browse")}>
                <Icon name="add" /> Join or create a channel
              </a>
            </li>
          )}
        </Section>
        <Section
          title="Direct messages"
          menu={[{ label: "New conversation", icon: "add", onSelect: () => setDialog("conversation") }]}
        >
          {channels.direct.value.map((state) => (
            <ChannelLink key={state.id} state={state} />
          ))}
        </Section>
      </div>
      {dialog === "status" && <StatusDialog onClose={close} />}
      {dialog === "channel" && <CreateChannel onClose={close} />}
      {dialog === "conversation" && <NewConversation onClose={close} />}
    </nav>
  );
}

function UserMenu({ onStatus }: { onStatus: () => void }) {
  const workspace = useWorkspace();
  const { me, isAdmin, presence } = workspace;
  const { id, displayName, username } = me.value;
  const { custom } = presence.of(id).value;
  return (
    <Menu
      label="Your account"
      buttonClass="user-menu"
      items={[
        { label: custom ? "Change your status" : "Set a status", icon: "emoji", onSelect: onStatus },
        { label: "Settings", icon: "settings", href: paths.settings("profile") },
        ...(isAdmin.value
          ? [{ label: "Administration", icon: "shield" as const, href: paths.admin("people") }]
          : []),
        "separator",
        { label: "API reference", icon: "code", href: "/docs/api" },
        { label: "Log out", icon: "logout", onSelect: () => void logOutSafely(workspace).catch(showError) },
      ]}
    >
      <Avatar userId={id} size={32} showsPresence />
      <span class="grow truncate" dir="auto">
        <strong>{displayName}</strong>
        <span class="muted small truncate user-menu-status">
          {custom ? [custom.emoji, custom.text].filter(Boolean).join(" ") : `@${username}`}
        </span>
      </span>
    </Menu>
  );
}

function Section({
  title,
  menu,
  children,
}: {
  title: string;
  menu: Parameters<typeof Menu>[0]["items"];
  children: preact.ComponentChildren;
}) {
  return (
    <section>
      <div class="sidebar-heading">
        <h2 class="grow">{title}</h2>
        <Menu label={`${title}: more`} icon="add" items={menu} />
      </div>
      <ul class="sidebar-list">{children}</ul>
    </section>
  );
}

function ViewLink({
  view,
  icon,
  label,
  badge = 0,
  count = 0,
}: {
  view: Parameters<typeof paths.view>[0];
  icon: IconName;
  label: string;
  badge?: number;
  count?: number;
}) {
  const shown = route.value;
  const isCurrent = shown.name === "view" && shown.view === view;
  return (
    <li>
      <a class="sidebar-link" href={paths.view(view)} aria-current={isCurrent ? "page" : undefined}>
        <Icon name={icon} />
        <span class="grow truncate">{label}</span>
        {count > 0 && <span class="muted small">{count}</span>}
        {badge > 0 && <Badge count={badge} />}
      </a>
    </li>
  );
}

function ChannelLink({ state }: { state: ChannelState }) {
  const workspace = useWorkspace();
  const shown = route.value;
  const isCurrent = shown.name === "channel" && shown.channelId === state.id;
  const isUnread = state.isUnread.value && !isCurrent;
  const { type, memberIds = [] } = state.channel.value;
  const other = memberIds.find((id) => id !== workspace.me.value.id) ?? workspace.me.value.id;
  const draft = workspace.drafts.get(state.id, null).value;
  const hasDraft = !isCurrent && draft.content.trim() !== "";
  return (
    <li>
      <a
        class={`sidebar-link ${isUnread ? "unread" : ""} ${state.level.value === "none" ? "muted-channel" : ""}`}
        href={paths.channel(state.id)}
        aria-current={isCurrent ? "page" : undefined}
        onClick={(event) => {
          // Also closes the list on a phone when the channel is open already.
          event.preventDefault();
          navigate(paths.channel(state.id));
        }}
      >
        {type === "direct" ? (
          <Avatar userId={other} size={22} showsPresence />
        ) : (
          <Icon name={channelIcon(type)} />
        )}
        <span class="grow truncate" dir="auto">
          {channelName(workspace, state)}
        </span>
        {hasDraft && (
          <span class="muted" title="Draft">
            <Icon name="draft" />
            <span class="visually-hidden">Draft</span>
          </span>
        )}
        {state.badge.value > 0 && !isCurrent && <Badge count={state.badge.value} />}
        {isUnread && <span class="visually-hidden">unread</span>}
      </a>
    </li>
  );
}

const Badge = ({ count }: { count: number }) => (
  <span class="badge">
    {count > 98 ? "99+" : count}
    <span class="visually-hidden"> new</span>
  </span>
);
