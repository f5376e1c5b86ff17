import { useState } from "preact/hooks";
import { createReminder, type Message, type Reminder, updateReminder } from "../../../src/client/index.ts";
import { CardText } from "../messages/message-card.tsx";
import { useWorkspace } from "../state/context.ts";
import { TextArea } from "../ui/field.tsx";
import { FormDialog } from "../ui/form-dialog.tsx";
import { showToast } from "../ui/toasts.tsx";
import { dateTime } from "../ui/time.tsx";
import { TimeChoice } from "./time-choice.tsx";
import { type ChosenTime, localTimeText, resolveTime } from "./time-presets.ts";

interface ReminderDialogProps {
  /** The reminder that is changed; without one, a new one is created. */
  reminder?: Reminder;
  /** The message that a new reminder is about. */
  message?: Message;
  /** Called with the reminder as the server stored it. */
  onSaved?: (reminder: Reminder) => void;
  onClose: () => void;
}

/** The length of the text that is proposed for a reminder of a message. */
const proposedLength = 120;

/** Creates or changes a reminder. */
export function ReminderDialog({ reminder, message, onSaved, onClose }: ReminderDialogProps) {
  const { client, users } = useWorkspace();
  const [text, setText] = useState(reminder?.text ?? "");
  const [time, setTime] = useState<ChosenTime>(() =>
    reminder
      ? { key: "custom", custom: localTimeText(new Date(reminder.at)) }
      : { key: "20min", custom: localTimeText(new Date(Date.now() + 3_600_000)) },
  );
  const proposed = message && proposedText(message, users.nameOf(message.authorId));
  const at = resolveTime(time, new Date());
  const save = async (): Promise<void> => {
    const chosen = resolveTime(time, new Date())?.toISOString();
    if (chosen === undefined) return;
    const body = { text: text.trim() || (proposed ?? ""), at: chosen };
    const saved = reminder
      ? await client.call(updateReminder, {
          params: { reminderId: reminder.id },
          // A time that is unchanged may have passed: only a new one is sent.
          body: isSameMinute(chosen, reminder.at) ? { text: body.text } : body,
        })
      : await client.call(createReminder, {
          body: { ...body, ...(message && { messageId: message.id, channelId: message.channelId }) },
        });
    showToast(`You will be reminded on ${dateTime(saved.at)}`);
    onSaved?.(saved);
  };
  return (
    <FormDialog
      title={reminder ? "Change the reminder" : message ? "Remind me of this message" : "New reminder"}
      action={reminder ? "Save" : "Remind me"}
      isDisabled={at === null || (text.trim() === "" && !proposed)}
      onSubmit={save}
      onClose={onClose}
    >
      {({ errorOf }) => (
        <>
          {message && (
            <blockquote>
              <CardText message={message} />
            </blockquote>
          )}
          <TextArea
            label="What about"
            rows={2}
            maxLength={1_000}
            value={text}
            placeholder={proposed}
            onValue={setText}
            error={errorOf("text")}
            autoFocus
          />
          <TimeChoice label="When" value={time} onValue={setTime} error={errorOf("at")} />
        </>
      )}
    </FormDialog>
  );
}

const isSameMinute = (one: string, other: string): boolean =>
  Math.floor(Date.parse(one) / 60_000) === Math.floor(Date.parse(other) / 60_000);

function proposedText({ content }: Message, author: string): string {
  const [line = ""] = content.trim().split("\n");
  if (line === "") return `Message of ${author}`;
  const points = [...line];
  return points.length > proposedLength ? `${points.slice(0, proposedLength).join("")}…` : line;
}
