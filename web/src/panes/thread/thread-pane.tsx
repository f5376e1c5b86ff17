import { useEffect, useState } from "preact/hooks";
import { TypingView } from "../../../../src/client/index.ts";
import { ChannelLabel } from "../../channels/channel-label.tsx";
import { reasonNotToPost } from "../../channels/reason-not-to-post.ts";
import { TypingLine } from "../../channels/typing-line.tsx";
import { Composer } from "../../composer/composer.tsx";
import { MessageList } from "../../messages/message-list.tsx";
import { paths } from "../../router.ts";
import type { ChannelState } from "../../state/channel.ts";
import { useWorkspace } from "../../state/context.ts";
import type { OpenWindow } from "../../state/open-channels.ts";
import { EmptyState, Spinner } from "../../ui/states.tsx";
import { PaneFrame } from "../pane-frame.tsx";
import { FollowButton } from "./follow-button.tsx";
import { ThreadRoot } from "./thread-root.tsx";
import { useThreadReading } from "./use-thread-reading.ts";

interface ThreadPaneProps {
  channelId: string;
  /** The root message of the thread. */
  messageId: string;
  /** The reply that a link leads to. */
  seq?: number;
}

/** A thread: the message that it begins with, its replies, and the field for a new one. */
export function ThreadPane({ channelId, messageId, seq }: ThreadPaneProps) {
  const { channels, open } = useWorkspace();
  const state = channels.get(channelId);
  // Channels of the last visit are subscribed to when the server's list arrives.
  const isListed = channels.isListed.value;
  const opened = state && open.get(state, messageId);
  if (state && opened)
    return <OpenThread state={state} opened={opened} rootId={messageId} targetSeq={seq ?? null} />;
  return (
    <PaneFrame title="Thread">
      {state || !isListed ? (
        <Spinner />
      ) : (
        <EmptyState title="You can't read this thread">
          <p class="muted">Join the channel to read and write in its threads.</p>
          <a class="button" href={paths.channel(channelId)}>
            Go to the channel
          </a>
        </EmptyState>
      )}
    </PaneFrame>
  );
}

interface OpenThreadProps {
  state: ChannelState;
  opened: OpenWindow;
  rootId: string;
  targetSeq: number | null;
}

function OpenThread({ state, opened, rootId, targetSeq }: OpenThreadProps) {
  const { outbox, ephemeral, me } = useWorkspace();
  const [editingId, setEditingId] = useState<string | null>(null);
  const { lineSeq, onSeen } = useThreadReading(state.id, rootId);
  const typing = useTyping(state, rootId);
  useEffect(() => {
    const { window } = opened;
    if (targetSeq === null) {
      if (!window.isOpen || window.hasAfter) void opened.open("end");
    } else if (!window.messages.some(({ seq }) => seq === targetSeq)) void opened.open({ around: targetSeq });
  }, [opened, targetSeq]);
  // The root changes with the window.
  void opened.version.value;
  const { root } = opened.window;
  const isHere = ({ channelId, threadId }: { channelId: string; threadId: string | null }): boolean =>
    channelId === state.id && threadId === rootId;
  const editLast = (): void => {
    const mine = opened.window.messages.findLast(
      ({ authorId, deletedAt }) => authorId === me.peek().id && deletedAt === null,
    );
    if (mine) setEditingId(mine.id);
  };
  return (
    <PaneFrame
      title="Thread"
      subtitle={
        <span class="row small muted thread-place">
          in <ChannelLabel channelId={state.id} href={root ? paths.message(state.id, root.seq) : undefined} />
        </span>
      }
      actions={<FollowButton channelId={state.id} rootId={rootId} />}
    >
      <MessageList
        opened={opened}
        label="Replies"
        isInThread
        lastReadSeq={lineSeq}
        targetSeq={targetSeq}
        outgoing={outbox.messages.value.filter(isHere)}
        ephemeral={ephemeral.value.filter(isHere)}
        header={root && <ThreadRoot root={root} editingId={editingId} onEdit={setEditingId} />}
        editingId={editingId}
        onEdit={setEditingId}
        {...(onSeen && { onSeen })}
      />
      <TypingLine userIds={typing} />
      <Composer
        state={state}
        threadId={rootId}
        placeholder="Reply"
        disabledReason={reasonNotToPost(state)}
        onEditLast={editLast}
      />
    </PaneFrame>
  );
}

/** Returns the other users who are typing in a thread. */
function useTyping(state: ChannelState, threadId: string): readonly string[] {
  const { me } = useWorkspace();
  const room = state.room.value;
  const [userIds, setUserIds] = useState<readonly string[]>([]);
  const ownId = me.value.id;
  useEffect(() => {
    if (!room) return undefined;
    const view = new TypingView(room, {
      threadId,
      changed: (typing) => setUserIds(typing.filter((userId) => userId !== ownId)),
    });
    return () => view.stop();
  }, [room, threadId]);
  return userIds;
}
