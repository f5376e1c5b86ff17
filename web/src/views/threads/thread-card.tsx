import { useEffect, useState } from "preact/hooks";
import { getThreadMessages, type Message } from "../../../../src/client/index.ts";
import { MessageCard, CardText } from "../../messages/message-card.tsx";
import { openThread } from "../../messages/open-thread.ts";
import { useWorkspace } from "../../state/context.ts";
import { ActionButton } from "../../ui/action-button.tsx";
import { Avatar, UserName } from "../../ui/avatar.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Spinner } from "../../ui/states.tsx";
import { Time } from "../../ui/time.tsx";
import { errorText } from "../../ui/toasts.tsx";
import { useLoad } from "../../ui/use-load.ts";
import { useVisible } from "../../ui/use-visible.ts";

/** How many of the latest replies are shown. */
const shownReplies = 3;
/** The largest position that the server accepts: without one, a thread begins with its first reply. */
const end = 999_999_999_999_999;

/** A followed thread: its first message, the latest replies, and what can be done with it. */
export function ThreadCard({ root }: { root: Message }) {
  const { threads, client } = useWorkspace();
  const { element, wasVisible } = useVisible<HTMLDivElement>();
  const changes = useThreadChanges(root);
  const { channelId, id: messageId } = root;
  const { isFollowed = true, unread = 0 } = threads.of(messageId).value ?? {};
  const latest = useLoad(
    (signal) =>
      wasVisible
        ? client.call(getThreadMessages, {
            params: { channelId, messageId },
            query: { limit: shownReplies, before: end },
            signal,
          })
        : Promise.resolve(null),
    [messageId, wasVisible, changes],
  );
  const page = latest.value;
  const replies = page?.items.filter(({ deletedAt }) => deletedAt === null) ?? [];
  const earlier = (page?.root.thread?.replyCount ?? replies.length) - replies.length;
  const markRead = async (): Promise<void> => {
    if (page) await threads.read(channelId, messageId, page.seq);
  };
  return (
    <MessageCard
      message={page?.root ?? root}
      showsChannel
      actions={
        unread > 0 && (
          <span class="badge">
            {unread > 98 ? "99+" : unread}
            <span class="visually-hidden"> unread replies</span>
          </span>
        )
      }
    >
      <div ref={element} class="thread-replies">
        {earlier > 0 && (
          <button type="button" class="link-button small" onClick={() => openThread(root)}>
            {earlier} earlier {earlier === 1 ? "reply" : "replies"}
          </button>
        )}
        {replies.map((reply) => (
          <Reply key={reply.id} reply={reply} />
        ))}
        {!page && latest.isLoading && <Spinner label="Loading the replies" />}
        {latest.error !== undefined && !latest.isLoading && (
          <p class="error-text">{errorText(latest.error)}</p>
        )}
      </div>
      <div class="row wrap card-buttons">
        <button type="button" class="button" onClick={() => openThread(root)}>
          <Icon name="reply" /> Reply
        </button>
        {unread > 0 && (
          <ActionButton isDisabled={!page} onAction={markRead}>
            <Icon name="check" /> Mark as read
          </ActionButton>
        )}
        <ActionButton onAction={() => threads.setFollowed(channelId, messageId, !isFollowed)}>
          <Icon name="bell" /> {isFollowed ? "Unfollow" : "Follow again"}
        </ActionButton>
      </div>
    </MessageCard>
  );
}

function Reply({ reply }: { reply: Message }) {
  return (
    <div class="thread-reply">
      <Avatar userId={reply.authorId} size={24} />
      <div class="grow">
        <div class="row wrap card-title">
          <UserName userId={reply.authorId} />
          <span class="muted small">
            <Time at={reply.createdAt} />
          </span>
        </div>
        <CardText message={reply} />
        {reply.files.length > 0 && (
          <p class="muted small card-note" dir="auto">
            {reply.files.map(({ name }) => name).join(", ")}
          </p>
        )}
      </div>
    </div>
  );
}

/** How long changes of a thread are collected before it is loaded again, in ms: others may write many replies a second. */
const collectMs = 1_500;

/** Returns a number that grows with the changes of a thread's replies. */
function useThreadChanges({ channelId, id }: Message): number {
  const { channels } = useWorkspace();
  const room = channels.get(channelId)?.room.value;
  const [changes, setChanges] = useState(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const count = (): void => {
      timer = undefined;
      setChanges((before) => before + 1);
    };
    const stop = room?.on("event", (event) => {
      const isReply =
        event.type === "threadCreate" || event.type === "threadUpdate" || event.type === "threadDelete";
      if (isReply && event.data.message.threadId === id) timer ??= setTimeout(count, collectMs);
    });
    return () => {
      stop?.();
      clearTimeout(timer);
    };
  }, [room, id]);
  return changes;
}
