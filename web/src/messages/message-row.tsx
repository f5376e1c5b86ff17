import { useState } from "preact/hooks";
import type { Message } from "../../../src/client/index.ts";
import { memo } from "../lib/memo.ts";
import { openThread } from "./open-thread.ts";
import { useWorkspace } from "../state/context.ts";
import { Avatar, UserName } from "../ui/avatar.tsx";
import { Icon } from "../ui/icon.tsx";
import { clockTime, fullTime, Time } from "../ui/time.tsx";
import { Attachments } from "./attachments.tsx";
import { Files } from "./files.tsx";
import { LinkPreview } from "./link-preview.tsx";
import { MessageActions } from "./message-actions.tsx";
import { MessageEditor } from "./message-editor.tsx";
import { Reactions } from "./reactions.tsx";
import { MessageText } from "./text.tsx";

interface MessageRowProps {
  message: Message;
  /** Whether it follows a message of the same author, whose name is not repeated. */
  isContinued: boolean;
  /** Whether a link led to it. */
  isHighlighted?: boolean;
  /** Whether it is shown in the pane of its thread. */
  isInThread?: boolean;
  /** Whether Tab reaches it; arrow keys move between the others. */
  isFocusable?: boolean;
  isEditing: boolean;
  onEdit: (messageId: string | null) => void;
}

/** A message with everything below it: files, blocks of bots, previews of links, reactions, its thread. */
export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { message, isContinued, isHighlighted = false, isInThread = false, isFocusable = false } = props;
  const { isEditing, onEdit } = props;
  const { me } = useWorkspace();
  // The actions exist only while they can be seen, because a channel shows hundreds of messages.
  const [isActive, setActive] = useState(false);
  const isDeleted = message.deletedAt !== null;
  const isMention = message.mentions.includes(me.value.id);
  const classes = [
    "message",
    isContinued && "continued",
    isHighlighted && "highlighted",
    isMention && "mentions-me",
    message.pinned && "pinned",
    isActive && "active",
  ];
  return (
    <article
      class={classes.filter(Boolean).join(" ")}
      data-key={message.id}
      data-seq={message.seq}
      tabIndex={isFocusable ? 0 : -1}
      onPointerEnter={() => setActive(true)}
      onPointerLeave={() => setActive(false)}
      onFocusCapture={() => setActive(true)}
      onBlurCapture={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setActive(false);
      }}
    >
      <div class="message-side">
        {isContinued ? (
          <time class="message-clock" dateTime={message.createdAt} title={fullTime(message.createdAt)}>
            {clockTime(message.createdAt)}
          </time>
        ) : (
          <SenderPicture message={message} />
        )}
      </div>
      <div class="message-main">
        {message.pinned && (
          <div class="muted small row">
            <Icon name="pin" /> Pinned
          </div>
        )}
        {!isContinued && <MessageHeader message={message} />}
        {message.threadId !== null && !isInThread && (
          <button type="button" class="link-button small" onClick={() => openThread(message)}>
            replied to a thread
          </button>
        )}
        {isDeleted ? (
          <p class="muted deleted">This message was deleted.</p>
        ) : isEditing ? (
          <MessageEditor message={message} onDone={() => onEdit(null)} />
        ) : (
          <MessageBody message={message} />
        )}
        {message.reactions.length > 0 && <Reactions message={message} />}
        {message.thread && !isInThread && <ThreadSummaryButton message={message} />}
      </div>
      {isActive && !isDeleted && !isEditing && (
        <MessageActions message={message} isInThread={isInThread} onEdit={() => onEdit(message.id)} />
      )}
    </article>
  );
});

function MessageBody({ message }: { message: Message }) {
  const { content, entities, files, attachments, version, kind, authorId } = message;
  return (
    <>
      {content !== "" && (
        <div class={kind === "me" ? "action-text" : undefined}>
          {kind === "me" && <UserName userId={authorId} />}
          <MessageText content={content} entities={entities} />
          {version > 1 && <span class="edited muted"> (edited)</span>}
        </div>
      )}
      {files.length > 0 && <Files files={files} />}
      {attachments && <Attachments attachments={attachments} />}
      <LinkPreview message={message} />
    </>
  );
}

function SenderPicture({ message: { authorId, sender } }: { message: Message }) {
  const icon = sender?.icon;
  if (icon && /^:.+:$/.test(icon)) return <span class="avatar sender-icon">{icon}</span>;
  // Pictures at other servers are not loaded: that would show them who reads the message.
  return <Avatar userId={authorId} size={36} />;
}

function MessageHeader({ message }: { message: Message }) {
  const { authorId, sender, isBot, createdAt } = message;
  const { users, presence } = useWorkspace();
  const user = users.get(authorId).value;
  const status = presence.of(authorId).value.custom;
  return (
    <div class="message-header">
      {sender?.name ? (
        <strong class="user-name" dir="auto" title={user ? `Sent by @${user.username}` : undefined}>
          {sender.name}
        </strong>
      ) : (
        <UserName userId={authorId} />
      )}
      {(isBot || user?.isBot) && <span class="tag">bot</span>}
      {user?.role === "guest" && <span class="tag">guest</span>}
      {status?.emoji && <span title={status.text}>{status.emoji}</span>}
      <span class="muted small">
        <Time at={createdAt} format="clock" />
      </span>
    </div>
  );
}

function ThreadSummaryButton({ message }: { message: Message }) {
  const { thread } = message;
  if (!thread || thread.replyCount === 0) return null;
  return (
    <button type="button" class="thread-summary" onClick={() => openThread(message)}>
      <span class="row thread-people">
        {thread.participantIds.slice(0, 4).map((userId) => (
          <Avatar key={userId} userId={userId} size={22} />
        ))}
      </span>
      <strong>
        {thread.replyCount} {thread.replyCount === 1 ? "reply" : "replies"}
      </strong>
      {thread.lastReplyAt && (
        <span class="muted small">
          last <Time at={thread.lastReplyAt} />
        </span>
      )}
    </button>
  );
}
