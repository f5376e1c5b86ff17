import { useState } from "preact/hooks";
import { deleteReminder, type Reminder, updateReminder } from "../../../../src/client/index.ts";
import { ReminderDialog } from "../../later/reminder-dialog.tsx";
import { timePresets } from "../../later/time-presets.ts";
import { MessageCard } from "../../messages/message-card.tsx";
import { useWorkspace } from "../../state/context.ts";
import { ActionButton } from "../../ui/action-button.tsx";
import { confirm } from "../../ui/dialog.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Menu } from "../../ui/menu.tsx";
import { showError, showToast } from "../../ui/toasts.tsx";
import { dateTime, Time } from "../../ui/time.tsx";

interface ReminderCardProps {
  reminder: Reminder;
  /** Called with the reminder as the server stored it. */
  onChanged: (changed: Reminder) => void;
  onGone: () => void;
}

/** A reminder, with the message that it is about. */
export function ReminderCard({ reminder, onChanged, onGone }: ReminderCardProps) {
  const { client } = useWorkspace();
  const [isEditing, setEditing] = useState(false);
  const { id, text, at, state } = reminder;
  const params = { reminderId: id };
  const isDone = state === "done";
  const change = async (body: { done?: boolean; at?: string }): Promise<Reminder> => {
    const changed = await client.call(updateReminder, { params, body });
    onChanged(changed);
    return changed;
  };
  const snooze = async (until: Date): Promise<void> => {
    const changed = await change({ at: until.toISOString() });
    showToast(`You will be reminded on ${dateTime(changed.at)}`);
  };
  const remove = async (): Promise<void> => {
    const isConfirmed = await confirm({
      title: "Delete this reminder?",
      text: <blockquote dir="auto">{text}</blockquote>,
      action: "Delete",
      isDanger: true,
    });
    if (!isConfirmed) return;
    await client.call(deleteReminder, { params });
    onGone();
  };
  return (
    <article class="card">
      <header class="card-header">
        <div class="grow">
          <h2 class="card-heading" dir="auto">
            {text}
          </h2>
          <div class="row small muted">
            <Time at={at} format="full" />
            {state === "due" && <span class="tag due">due</span>}
          </div>
        </div>
      </header>
      <ReminderMessage reminder={reminder} />
      <div class="row wrap card-buttons">
        <ActionButton onAction={() => change({ done: !isDone })}>
          <Icon name={isDone ? "reload" : "check"} /> {isDone ? "Not done" : "Done"}
        </ActionButton>
        <Menu
          label="Remind me later"
          buttonClass="button"
          items={timePresets(new Date()).map((preset) => ({
            label: preset.label,
            onSelect: () => void snooze(preset.at(new Date())).catch(showError),
          }))}
        >
          <Icon name="clock" /> Remind me later
        </Menu>
        <button type="button" class="button" onClick={() => setEditing(true)}>
          <Icon name="edit" /> Change
        </button>
        <ActionButton onAction={remove}>
          <Icon name="trash" /> Delete
        </ActionButton>
      </div>
      {isEditing && (
        <ReminderDialog reminder={reminder} onSaved={onChanged} onClose={() => setEditing(false)} />
      )}
    </article>
  );
}

function ReminderMessage({ reminder: { channelId, messageId } }: { reminder: Reminder }) {
  const { messages } = useWorkspace();
  if (channelId === null || messageId === null) return null;
  const message = messages.get(channelId, messageId).value;
  if (message) return <MessageCard message={message} showsChannel />;
  return <p class="muted small">{message === null ? "You can no longer read the message." : "…"}</p>;
}
