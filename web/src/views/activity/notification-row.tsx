import { getReminder, type Message, type Notification } from "../../../../src/client/index.ts";
import { CardText } from "../../messages/message-card.tsx";
import { messagePath } from "../../messages/message-path.ts";
import { paths } from "../../router.ts";
import { useWorkspace } from "../../state/context.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { Icon } from "../../ui/icon.tsx";
import { showError } from "../../ui/toasts.tsx";
import { Time } from "../../ui/time.tsx";
import { useLoad } from "../../ui/use-load.ts";
import { useVisible } from "../../ui/use-visible.ts";
import { notificationText } from "./notification-groups.ts";

/** A notification. A click goes to the message and marks the notification as read. */
export function NotificationRow({ notification }: { notification: Notification }) {
  const { notifications, users } = useWorkspace();
  const { element, wasVisible } = useVisible<HTMLElement>();
  const { seq, kind, actorId, createdAt, read } = notification;
  const message = useNotifiedMessage(notification, wasVisible);
  const isReminder = kind === "reminder";
  const open = (): void => {
    if (!read) notifications.read([seq]).catch(showError);
  };
  return (
    <article ref={element} class={`notification ${read ? "" : "unread"}`}>
      {isReminder ? (
        <span class="notification-icon">
          <Icon name="clock" />
        </span>
      ) : (
        <Avatar userId={actorId} size={28} />
      )}
      <div class="grow">
        <div class="row wrap card-title">
          <a class="card-link" href={pathOf(notification, message)} onClick={open}>
            {!isReminder && <strong dir="auto">{users.nameOf(actorId)}</strong>}{" "}
            {notificationText(notification)}
          </a>
          <span class="muted small">
            <Time at={createdAt} />
          </span>
          {!read && <span class="visually-hidden">unread</span>}
        </div>
        {wasVisible && notification.reminderId !== undefined && (
          <ReminderText reminderId={notification.reminderId} />
        )}
        {message && (message.deletedAt === null ? <CardText message={message} /> : <Deleted />)}
        {message === null && <p class="muted small card-note">You can no longer read this message.</p>}
      </div>
    </article>
  );
}

const Deleted = () => <p class="muted deleted">This message was deleted.</p>;

/** Returns the message of a notification; undefined while it is not loaded, or without one. */
function useNotifiedMessage(
  { channelId, messageId }: Notification,
  isWanted: boolean,
): Message | null | undefined {
  const { messages } = useWorkspace();
  if (!isWanted || channelId === null || messageId === null) return undefined;
  return messages.get(channelId, messageId).value;
}

function pathOf(notification: Notification, message: Message | null | undefined): string {
  const { kind, channelId, channelSeq, threadId } = notification;
  if (message) return messagePath(message);
  if (channelId === null) return `${paths.view("later")}?tab=reminders`;
  if (kind === "invitation" || channelSeq === 0) return paths.channel(channelId);
  return messagePath({ channelId, seq: channelSeq, threadId });
}

function ReminderText({ reminderId }: { reminderId: string }) {
  const { client } = useWorkspace();
  const reminder = useLoad(
    (signal) => client.call(getReminder, { params: { reminderId }, signal }),
    [reminderId],
  );
  return (
    <p class="card-note" dir="auto">
      {reminder.value?.text ?? (reminder.isLoading ? "…" : "")}
    </p>
  );
}
