import {
  deleteMessage,
  getPermalink,
  type Message,
  pinMessage,
  saveMessage,
  unpinMessage,
} from "../../../src/client/index.ts";
import { showHistory } from "./history.tsx";
import { remindOf } from "../later/remind.tsx";
import { useWorkspace } from "../state/context.ts";
import type { Workspace } from "../state/workspace.ts";
import { confirm } from "../ui/dialog.tsx";
import { IconButton } from "../ui/icon.tsx";
import { Menu, type MenuItem } from "../ui/menu.tsx";
import { showError, showToast } from "../ui/toasts.tsx";
import { openThread } from "./open-thread.ts";
import { pickReaction } from "./reactions.tsx";

interface MessageActionsProps {
  message: Message;
  isInThread: boolean;
  onEdit: () => void;
}

/** The buttons of a message, which appear while it has the pointer or the focus. */
export function MessageActions({ message, isInThread, onEdit }: MessageActionsProps) {
  const workspace = useWorkspace();
  const { me, isAdmin, channels } = workspace;
  const isMine = message.authorId === me.value.id;
  const isArchived = channels.get(message.channelId)?.channel.value.archivedAt !== null;
  return (
    <div class="message-actions" role="group" aria-label="Actions">
      {!isArchived && (
        <IconButton
          icon="emoji"
          label="Add a reaction"
          onClick={(event) => void pickReaction(event.currentTarget as HTMLElement, workspace, message)}
        />
      )}
      {!isInThread && (
        <IconButton icon="thread" label="Reply in a thread" onClick={() => openThread(message)} />
      )}
      {isMine && !isArchived && <IconButton icon="edit" label="Edit" onClick={onEdit} />}
      <Menu
        label="More actions"
        items={menuItems(workspace, message, { mayDelete: isMine || isAdmin.value })}
      />
    </div>
  );
}

function menuItems(
  workspace: Workspace,
  message: Message,
  { mayDelete }: { mayDelete: boolean },
): (MenuItem | "separator")[] {
  const { client, channels } = workspace;
  const { channelId, id: messageId, seq } = message;
  const params = { channelId, messageId };
  const run = (work: Promise<unknown>, done?: string): void => void showOutcome(work, done);
  return [
    {
      label: "Copy the link",
      icon: "link",
      onSelect: () => run(copyLink(workspace, message), "Link copied"),
    },
    {
      label: "Copy the text",
      icon: "copy",
      onSelect: () => run(navigator.clipboard.writeText(message.content), "Text copied"),
    },
    {
      label: "Save",
      icon: "bookmark",
      onSelect: () => run(client.call(saveMessage, { params: { messageId }, query: { channelId } }), "Saved"),
    },
    { label: "Remind me …", icon: "clock", onSelect: () => remindOf(workspace, message) },
    message.pinned
      ? { label: "Unpin", icon: "pin", onSelect: () => run(client.call(unpinMessage, { params })) }
      : {
          label: "Pin to the channel",
          icon: "pin",
          onSelect: () => run(client.call(pinMessage, { params })),
        },
    ...(message.threadId === null
      ? [
          {
            label: "Mark unread from here",
            icon: "mute" as const,
            onSelect: () =>
              run(
                workspace.realtime
                  .send(channelId, "read", { seq: seq - 1, markUnread: true })
                  .then((counts) => channels.get(channelId)?.read(seq - 1, counts)),
              ),
          },
        ]
      : []),
    ...(message.version > 1
      ? [
          {
            label: "Earlier versions",
            icon: "history" as const,
            onSelect: () => showHistory(workspace, message),
          },
        ]
      : []),
    ...(mayDelete
      ? [
          "separator" as const,
          {
            label: "Delete",
            icon: "trash" as const,
            isDanger: true,
            onSelect: () => void remove(workspace, message),
          },
        ]
      : []),
  ];
}

/** Shows that something was done, or why it failed. */
async function showOutcome(work: Promise<unknown>, done: string | undefined): Promise<void> {
  try {
    await work;
    if (done) showToast(done);
  } catch (error) {
    showError(error);
  }
}

async function copyLink({ client }: Workspace, { channelId, id }: Message): Promise<void> {
  const { permalink } = await client.call(getPermalink, { params: { channelId, messageId: id } });
  await navigator.clipboard.writeText(permalink);
}

async function remove({ client }: Workspace, { channelId, id, content }: Message): Promise<void> {
  const isConfirmed = await confirm({
    title: "Delete this message?",
    text: <blockquote dir="auto">{content.slice(0, 300) || "A message without text"}</blockquote>,
    action: "Delete",
    isDanger: true,
  });
  if (!isConfirmed) return;
  await client.call(deleteMessage, { params: { channelId, messageId: id } }).catch(showError);
}
