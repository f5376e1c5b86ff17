import { useState } from "preact/hooks";
import {
  cancelScheduledMessage,
  type ScheduledMessage,
  sendScheduledMessage,
} from "../../../../src/client/index.ts";
import { ChannelLabel } from "../../channels/channel-label.tsx";
import { useWorkspace } from "../../state/context.ts";
import { ActionButton } from "../../ui/action-button.tsx";
import { confirm } from "../../ui/dialog.tsx";
import { Icon } from "../../ui/icon.tsx";
import { showToast } from "../../ui/toasts.tsx";
import { Time } from "../../ui/time.tsx";
import { EditScheduledDialog } from "./edit-scheduled-dialog.tsx";

interface ScheduledCardProps {
  item: ScheduledMessage;
  /** Called with the item as the server stored it. */
  onChanged: (changed: ScheduledMessage) => void;
  /** Called when the message is no longer scheduled. */
  onGone: () => void;
}

/** A scheduled message: where and when it is sent, or why that failed, with buttons to change it. */
export function ScheduledCard({ item, onChanged, onGone }: ScheduledCardProps) {
  const { client } = useWorkspace();
  const [isEditing, setEditing] = useState(false);
  const { id, channelId, threadId, content, fileIds, sendAt, state, error } = item;
  const params = { scheduledMessageId: id };
  const isSending = state === "sending";
  const sendNow = async (): Promise<void> => {
    const sent = await client.call(sendScheduledMessage, { params });
    onChanged(sent);
    if (sent.state === "sent") showToast("The message was sent");
  };
  const cancel = async (): Promise<void> => {
    const isConfirmed = await confirm({
      title: "Cancel this message?",
      text: <blockquote dir="auto">{content.slice(0, 300) || "A message with files"}</blockquote>,
      action: "Delete the message",
      isDanger: true,
    });
    if (!isConfirmed) return;
    await client.call(cancelScheduledMessage, { params });
    onGone();
  };
  return (
    <article class="card">
      <header class="card-header">
        <div class="grow row wrap card-title">
          <ChannelLabel channelId={channelId} />
          {threadId !== null && <span class="muted small">in a thread</span>}
          <span class="small">
            <Time at={sendAt} format="full" />
          </span>
          {isSending && <span class="tag">is being sent</span>}
        </div>
      </header>
      {content !== "" && (
        <div class="card-text text" dir="auto">
          {content}
        </div>
      )}
      {fileIds.length > 0 && (
        <p class="muted small card-note">
          With {fileIds.length === 1 ? "a file" : `${fileIds.length} files`}
        </p>
      )}
      {error && (
        <p class="notice error" role="alert">
          It was not sent: {error.detail}. Choose another time to send it after all.
        </p>
      )}
      <div class="row wrap card-buttons">
        <button type="button" class="button" disabled={isSending} onClick={() => setEditing(true)}>
          <Icon name="edit" /> Change
        </button>
        <ActionButton isDisabled={isSending} onAction={sendNow}>
          <Icon name="send" /> Send now
        </ActionButton>
        <ActionButton isDisabled={isSending} onAction={cancel}>
          <Icon name="trash" /> Cancel
        </ActionButton>
      </div>
      {isEditing && <EditScheduledDialog item={item} onSaved={onChanged} onClose={() => setEditing(false)} />}
    </article>
  );
}
