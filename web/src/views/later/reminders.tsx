import { useEffect, useState } from "preact/hooks";
import { getReminder, getReminders, type Reminder } from "../../../../src/client/index.ts";
import { ReminderDialog } from "../../later/reminder-dialog.tsx";
import { useWorkspace } from "../../state/context.ts";
import { Icon } from "../../ui/icon.tsx";
import { PagedList } from "../../ui/paged-list.tsx";
import { EmptyState } from "../../ui/states.tsx";
import { useEndpointPages } from "../../ui/use-pages.ts";
import { ReminderCard } from "./reminder-card.tsx";
import { withItem } from "./with-item.ts";

const idOf = ({ id }: Reminder): string => id;
const timeOf = ({ at }: Reminder): number => Date.parse(at);

/** The reminders of the user: those that are open, or those that are done. */
export function Reminders({ isDone }: { isDone: boolean }) {
  const { client, realtime } = useWorkspace();
  const [isCreating, setCreating] = useState(false);
  const reminders = useEndpointPages(
    getReminders,
    { query: { limit: 50, ...(isDone && { state: "done" }) } },
    idOf,
  );
  const { update } = reminders;
  const remove = (id: string): void => update((items) => items.filter((item) => item.id !== id));
  const put = (changed: Reminder): void => {
    if ((changed.state === "done") === isDone) update((items) => withItem(items, changed, timeOf));
    else remove(changed.id);
  };
  useEffect(() => {
    // The event has no text: the reminder is fetched again.
    const fetchChanged = (reminderId: string): void => {
      client.call(getReminder, { params: { reminderId } }).then(put, () => {});
    };
    const stops = [
      realtime.on("reminderUpdate", ({ data }) => fetchChanged(data.reminderId)),
      realtime.on("reminderDelete", ({ data }) => remove(data.reminderId)),
    ];
    return () => stops.forEach((stop) => stop());
  }, [isDone]);
  const createButton = !isDone && (
    <button type="button" class="button primary" onClick={() => setCreating(true)}>
      <Icon name="add" /> New reminder
    </button>
  );
  return (
    <>
      {reminders.items.length > 0 && <div class="row list-head">{createButton}</div>}
      <PagedList
        from={reminders}
        label={isDone ? "Done reminders" : "Reminders"}
        empty={
          <EmptyState title={isDone ? "No reminder is done" : "There is no reminder"}>
            {!isDone && (
              <p class="muted">
                To be reminded of a message, open its menu and choose “Remind me …”. A reminder can also be
                about anything else.
              </p>
            )}
            {createButton}
          </EmptyState>
        }
      >
        {(reminder) => (
          <ReminderCard reminder={reminder} onChanged={put} onGone={() => remove(reminder.id)} />
        )}
      </PagedList>
      {isCreating && <ReminderDialog onSaved={put} onClose={() => setCreating(false)} />}
    </>
  );
}
