import { useEffect, useRef, useState } from "preact/hooks";
import { getChannel, ParleyError, type ChannelSnapshot } from "../../../src/client/index.ts";
import { rememberChannel } from "../app/home.tsx";
import { SidebarButton } from "../app/sidebar-button.tsx";
import { Composer } from "../composer/composer.tsx";
import { MessageList } from "../messages/message-list.tsx";
import { navigate, openPane, paths } from "../router.ts";
import type { ChannelState } from "../state/channel.ts";
import { useWorkspace } from "../state/context.ts";
import type { OpenWindow } from "../state/open-channels.ts";
import type { Workspace } from "../state/workspace.ts";
import { Icon, IconButton } from "../ui/icon.tsx";
import { EmptyState, ErrorNotice, Spinner } from "../ui/states.tsx";
import { showError } from "../ui/toasts.tsx";
import { useLoad } from "../ui/use-load.ts";
import { channelIcon } from "./channel-icon.ts";
import { channelName } from "./channel-name.ts";
import { join } from "./open-conversation.ts";
import { openReply } from "./open-reply.ts";
import { reasonNotToPost } from "./reason-not-to-post.ts";
import { TypingLine } from "./typing-line.tsx";

/** How long after the reader has seen a message its channel is marked as read, in ms. */
const readDelayMs = 400;

/** A channel: its header, its messages, and the field for a new one. */
export function ChannelView({ channelId, seq }: { channelId: string; seq: number | null }) {
  const { channels } = useWorkspace();
  const state = channels.get(channelId);
  useEffect(() => {
    if (state) rememberChannel(channelId);
  }, [channelId, state]);
  if (state) return <OpenChannel state={state} seq={seq} />;
  return channels.isListed.value ? <ChannelPreview channelId={channelId} /> : <Spinner />;
}

function OpenChannel({ state, seq }: { state: ChannelState; seq: number | null }) {
  const workspace = useWorkspace();
  const { outbox, ephemeral, me, open, realtime } = workspace;
  const opened = open.get(state);
  const [editingId, setEditingId] = useState<string | null>(null);
  // The position when the channel was opened: the line stays there while it is read.
  const [lineSeq, setLineSeq] = useState<number | null>(() =>
    state.unread.peek() > 0 ? state.lastReadSeq.peek() : null,
  );
  const name = channelName(workspace, state);
  useOpening(workspace, { opened, state, seq });

  const reading = useRef<ReturnType<typeof setTimeout>>(undefined);
  const markRead = (seen: number): void => {
    if (seen <= state.lastReadSeq.peek()) return;
    clearTimeout(reading.current);
    reading.current = setTimeout(() => {
      void realtime.send(state.id, "read", { seq: seen }).then(
        (counts) => state.read(seen, counts),
        () => {},
      );
    }, readDelayMs);
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      if (document.querySelector("dialog[open], :popover-open")) return;
      const last = opened.window.messages.at(-1);
      if (last && !opened.window.hasAfter) markRead(last.seq);
      setLineSeq(null);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [opened]);

  const editLast = (): void => {
    const mine = opened.window.messages.findLast(
      ({ authorId, deletedAt, threadId }) =>
        authorId === me.peek().id && deletedAt === null && threadId === null,
    );
    if (mine) setEditingId(mine.id);
  };
  return (
    <>
      <ChannelHeader state={state} name={name} />
      <MessageList
        opened={opened}
        label={`Messages of ${name}`}
        lastReadSeq={lineSeq}
        targetSeq={seq}
        outgoing={outbox.messages.value.filter(
          ({ channelId, threadId }) => channelId === state.id && threadId === null,
        )}
        ephemeral={ephemeral.value.filter(
          ({ channelId, threadId }) => channelId === state.id && threadId === null,
        )}
        header={<ChannelBeginning state={state} name={name} />}
        editingId={editingId}
        onEdit={setEditingId}
        onSeen={markRead}
      />
      <TypingLine userIds={state.typing.value} />
      <Composer
        state={state}
        placeholder={`Message ${state.isDirect.value ? name : `#${name}`}`}
        disabledReason={reasonNotToPost(state)}
        onEditLast={editLast}
      />
    </>
  );
}

/** Loads the messages that are shown first: those around a link's target, around the first unread message, or the latest. */
function useOpening(
  workspace: Workspace,
  { opened, state, seq }: { opened: OpenWindow; state: ChannelState; seq: number | null },
): void {
  useEffect(() => {
    const { window } = opened;
    if (seq !== null) {
      const isLoaded = (): boolean => window.messages.some((message) => message.seq === seq);
      if (!isLoaded())
        void opened
          .open({ around: seq })
          .then(() => (isLoaded() ? undefined : openReply(workspace, state.id, seq)));
      return;
    }
    if (state.unread.peek() > 0) void opened.open({ around: state.lastReadSeq.peek() + 1 });
    else if (!window.isOpen || window.hasAfter) void opened.open("end");
  }, [opened, seq]);
}

function ChannelHeader({ state, name }: { state: ChannelState; name: string }) {
  const { type, topic, archivedAt } = state.channel.value;
  const details = (tab: string): void => openPane({ kind: "details", channelId: state.id, tab });
  return (
    <header class="view-header">
      <SidebarButton />
      <h1 class="truncate channel-title">
        <button type="button" class="plain-button truncate" onClick={() => details("about")}>
          {!state.isDirect.value && <Icon name={channelIcon(type)} />}
          <span class="truncate" dir="auto">
            {name}
          </span>
        </button>
      </h1>
      {archivedAt !== null && <span class="tag">archived</span>}
      <span class="grow muted truncate topic" dir="auto">
        {topic}
      </span>
      <IconButton icon="pin" label="Pinned messages" onClick={() => details("pins")} />
      <IconButton icon="people" label="Members" onClick={() => details("members")} />
      <IconButton
        icon="search"
        label="Search"
        onClick={() => navigate(paths.search(searchIn(state, name)))}
      />
    </header>
  );
}

/** The operator that restricts a search to a channel, where its name can be written in one. */
const searchIn = ({ isDirect }: ChannelState, name: string): string =>
  isDirect.peek() || /\s/.test(name) ? "" : `in:#${name} `;

function ChannelBeginning({ state, name }: { state: ChannelState; name: string }) {
  const { description, type } = state.channel.value;
  return (
    <div class="channel-beginning">
      <h2 dir="auto">{state.isDirect.value ? name : `#${name}`}</h2>
      <p class="muted">
        {state.isDirect.value
          ? "This is the beginning of your conversation. Only its members can read it."
          : type === "private"
            ? "This is the beginning of the channel. Only its members can see it."
            : "This is the beginning of the channel. Everybody in the workspace can join it."}
      </p>
      {description && <p dir="auto">{description}</p>}
    </div>
  );
}

/** A public channel that the user is not a member of. */
function ChannelPreview({ channelId }: { channelId: string }) {
  const workspace = useWorkspace();
  const { client } = workspace;
  const found = useLoad(
    (signal): Promise<ChannelSnapshot | null> =>
      client.call(getChannel, { params: { channelId }, signal }).catch((error: unknown) => {
        if (error instanceof ParleyError && ["not_found", "validation_failed"].includes(error.code))
          return null;
        throw error;
      }),
    [channelId],
  );
  if (found.isLoading) return <Spinner />;
  if (found.error) return <ErrorNotice error={found.error} onRetry={found.reload} />;
  const channel = found.value;
  if (!channel)
    return (
      <EmptyState title="This conversation does not exist, or you are not in it">
        <a class="button" href={paths.home}>
          Back to your conversations
        </a>
      </EmptyState>
    );
  return (
    <EmptyState title={`#${channel.name}`}>
      {channel.topic && <p dir="auto">{channel.topic}</p>}
      {channel.description && <p dir="auto">{channel.description}</p>}
      <button
        type="button"
        class="button primary"
        onClick={() => void join(workspace, channel).catch(showError)}
      >
        Join the channel
      </button>
    </EmptyState>
  );
}
