import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { useId } from "../lib/use-id.ts";
import { getChannels, getUsers } from "../../../src/client/index.ts";
import { channelIcon } from "../channels/channel-icon.ts";
import { channelName } from "../channels/channel-name.ts";
import { joinAndOpen, openConversation } from "../channels/open-conversation.ts";
import { navigate, paths } from "../router.ts";
import { useWorkspace } from "../state/context.ts";
import type { Workspace } from "../state/workspace.ts";
import { Icon, type IconName } from "../ui/icon.tsx";
import { useOpenDialog } from "../ui/open-dialogs.ts";
import { showError, Toasts } from "../ui/toasts.tsx";

export const isSwitcherOpen = signal(false);
/** The dialog is in the document also while it is closed: it opens within the event of the key, so that what is typed next reaches it. */
let switcherDialog: HTMLDialogElement | null = null;

export function openSwitcher(): void {
  if (isSwitcherOpen.peek()) return;
  isSwitcherOpen.value = true;
  switcherDialog?.showModal();
  switcherDialog?.querySelector("input")?.focus();
}

interface Target {
  key: string;
  icon: IconName;
  name: string;
  hint: string;
  isUnread: boolean;
  open: () => Promise<void> | void;
}

const maxTargets = 12;
/** How long after the last keystroke the server is asked for channels and people that the user does not have yet, in ms. */
const searchDelayMs = 150;

/** Goes to a channel or a person by a part of the name. */
export function Switcher() {
  const workspace = useWorkspace();
  const [text, setText] = useState("");
  const [selected, setSelected] = useState(0);
  const [found, setFound] = useState<readonly Target[]>([]);
  const dialog = useRef<HTMLDialogElement>(null);
  const listId = useId();
  const dialogId = useId();
  const isOpen = isSwitcherOpen.value;
  useOpenDialog(dialogId, isOpen);
  useEffect(() => {
    switcherDialog = dialog.current;
    return () => {
      switcherDialog = null;
      isSwitcherOpen.value = false;
    };
  }, []);
  useEffect(() => {
    setFound([]);
    const query = text.trim();
    if (query === "") return undefined;
    const timer = setTimeout(
      () => void searchServer(workspace, query).then(setFound, () => {}),
      searchDelayMs,
    );
    return () => clearTimeout(timer);
  }, [text]);

  const own = isOpen ? ownTargets(workspace, text.trim().toLowerCase()) : [];
  const ownKeys = new Set(own.map(({ key }) => key));
  const targets = [...own, ...found.filter(({ key }) => !ownKeys.has(key))].slice(0, maxTargets);
  const current = Math.min(selected, targets.length - 1);
  const close = (): void => {
    dialog.current?.close();
    isSwitcherOpen.value = false;
    setText("");
    setSelected(0);
  };
  const choose = (target: Target | undefined): void => {
    if (!target) return;
    close();
    void Promise.resolve(target.open()).catch(showError);
  };
  return (
    <dialog
      ref={dialog}
      class="dialog switcher"
      aria-label="Jump to a channel or person"
      onCancel={close}
      onClose={close}
      onMouseDown={(event) => {
        if (event.target === dialog.current) close();
      }}
    >
      <input
        class="input"
        type="text"
        role="combobox"
        aria-label="Name of a channel or person"
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={targets[current] ? `${listId}-${current}` : undefined}
        placeholder="Jump to a channel or person"
        autocomplete="off"
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setSelected(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            const step = event.key === "ArrowDown" ? 1 : -1;
            setSelected((current + step + targets.length) % Math.max(1, targets.length));
          } else if (event.key === "Enter" && !event.isComposing) {
            event.preventDefault();
            choose(targets[current]);
          }
        }}
      />
      <div id={listId} role="listbox" aria-label="Results" class="switcher-list">
        {targets.map((target, at) => (
          <div
            key={target.key}
            id={`${listId}-${at}`}
            role="option"
            aria-selected={at === current}
            class={`menu-item ${target.isUnread ? "unread" : ""}`}
            onMouseMove={() => setSelected(at)}
            onClick={() => choose(target)}
          >
            <Icon name={target.icon} />
            <span class="grow truncate" dir="auto">
              {target.name}
            </span>
            <span class="muted small">{target.hint}</span>
          </div>
        ))}
      </div>
      {targets.length === 0 && <p class="muted switcher-empty">No channel or person has this name.</p>}
      {isOpen && <Toasts dialogId={dialogId} />}
    </dialog>
  );
}

/** The user's channels whose name contains the text: unread ones first, then those whose name begins with it. */
function ownTargets(workspace: Workspace, text: string): Target[] {
  return workspace.channels.all.value
    .filter(({ channel }) => channel.value.archivedAt === null)
    .map((state) => ({ state, name: channelName(workspace, state) }))
    .filter(({ name }) => name.toLowerCase().includes(text))
    .toSorted(
      (one, other) =>
        Number(other.state.isUnread.value) - Number(one.state.isUnread.value) ||
        Number(other.name.toLowerCase().startsWith(text)) - Number(one.name.toLowerCase().startsWith(text)) ||
        one.name.localeCompare(other.name),
    )
    .map(({ state, name }) => ({
      key: state.id,
      name,
      icon: channelIcon(state.channel.value.type),
      hint: state.isUnread.value ? "unread" : "",
      isUnread: state.isUnread.value,
      open: () => navigate(paths.channel(state.id)),
    }));
}

/** Public channels that the user is not in, and people. */
async function searchServer(workspace: Workspace, query: string): Promise<Target[]> {
  const { client, channels, users, me } = workspace;
  const limited = { query: { query, limit: 10 } };
  const [publicChannels, people] = await Promise.all([
    client.call(getChannels, { query: { ...limited.query, scope: "public" } }),
    client.call(getUsers, limited),
  ]);
  users.put(people.items);
  const joinable = publicChannels.items
    .filter(({ id, archivedAt }) => !channels.get(id) && archivedAt === null)
    .map((channel): Target => ({
      key: channel.id,
      name: channel.name ?? "",
      icon: channelIcon(channel.type),
      hint: "join",
      isUnread: false,
      open: () => joinAndOpen(workspace, channel),
    }));
  const conversations = people.items
    .filter(({ id, active }) => active && id !== me.value.id)
    .map(({ id, displayName, username }): Target => ({
      key: id,
      name: displayName,
      icon: channelIcon("direct"),
      hint: `@${username}`,
      isUnread: false,
      open: () => openConversation(workspace, [id]),
    }));
  return [...conversations, ...joinable];
}
