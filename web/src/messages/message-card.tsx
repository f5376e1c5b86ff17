import type { ComponentChildren } from "preact";
import type { Channel, Message } from "../../../src/client/index.ts";
import { ChannelLabel } from "../channels/channel-label.tsx";
import { Avatar, UserName } from "../ui/avatar.tsx";
import { Time } from "../ui/time.tsx";
import { FileLink } from "./files.tsx";
import { messagePath } from "./message-path.ts";
import { MessageText } from "./text.tsx";

interface MessageCardProps {
  message: Message;
  /** Whether its channel is named. */
  showsChannel?: boolean;
  /** The channel, if the user may not be a member of it. */
  channel?: Channel;
  /** Replaces the text: with highlights, for example. */
  text?: ComponentChildren;
  /** Called when the user goes to the message. */
  onOpen?: () => void;
  /** Buttons beside the name. */
  actions?: ComponentChildren;
  /** What is shown below the text. */
  children?: ComponentChildren;
}

/** A message outside of its channel: in a list of results, saved messages or pins. A click shows it among its neighbours. */
export function MessageCard(props: MessageCardProps) {
  const { message, showsChannel = false, channel, text, onOpen, actions, children } = props;
  const { authorId, sender, isBot, createdAt, files, threadId } = message;
  return (
    <article class="card">
      <header class="card-header">
        <Avatar userId={authorId} size={28} />
        <div class="grow row wrap card-title">
          {sender?.name ? (
            <strong dir="auto">{sender.name}</strong>
          ) : (
            <UserName userId={authorId} class="card-above" />
          )}
          {isBot && <span class="tag">bot</span>}
          {showsChannel && (
            <span class="card-above row small">
              <ChannelLabel channelId={message.channelId} channel={channel} />
            </span>
          )}
          {threadId !== null && <span class="muted small">in a thread</span>}
          <a class="card-link small muted" href={messagePath(message)} onClick={onOpen}>
            <Time at={createdAt} format="full" />
            <span class="visually-hidden">: go to the message</span>
          </a>
        </div>
        {actions && <div class="card-above row">{actions}</div>}
      </header>
      <div class="card-body">
        {message.deletedAt !== null ? (
          <p class="muted deleted">This message was deleted.</p>
        ) : (
          (text ?? <CardText message={message} />)
        )}
        {files.map((file) => (
          <div key={file.id} class="card-above">
            <FileLink file={file} />
          </div>
        ))}
        {children && <div class="card-above">{children}</div>}
      </div>
    </article>
  );
}

/** The text of a message, cut after some lines. */
export const CardText = ({ message: { content, entities, attachments } }: { message: Message }) => (
  <div class="card-text">
    {content !== "" ? (
      <MessageText content={content} entities={entities} />
    ) : (
      attachments && (
        <div class="text" dir="auto">
          {attachments.map(({ title, text, fallback }) => fallback ?? title ?? text).join("\n")}
        </div>
      )
    )}
  </div>
);
