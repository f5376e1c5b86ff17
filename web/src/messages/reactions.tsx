import { addReaction, getReactions, type Message, removeReaction } from "../../../src/client/index.ts";
import { useState } from "preact/hooks";
import { Emoji } from "../emoji/emoji.tsx";
import { pickEmoji } from "../emoji/pick-emoji.tsx";
import { useWorkspace } from "../state/context.ts";
import type { Workspace } from "../state/workspace.ts";
import { Icon } from "../ui/icon.tsx";
import { showError } from "../ui/toasts.tsx";

/** Adds the user's reaction, or removes it. */
async function toggleReaction({ client }: Workspace, message: Message, emoji: string): Promise<void> {
  const { channelId, id: messageId, reactions } = message;
  const isMine = reactions.some((reaction) => reaction.emoji === emoji && reaction.me);
  const params = { channelId, messageId, emoji };
  await (isMine ? client.call(removeReaction, { params }) : client.call(addReaction, { params }));
}

/** Lets the user choose an emoji beside an element, and adds or removes their reaction with it. */
export async function pickReaction(
  anchor: HTMLElement,
  workspace: Workspace,
  message: Message,
): Promise<void> {
  const emoji = await pickEmoji(anchor, workspace);
  if (emoji) await toggleReaction(workspace, message, emoji).catch(showError);
}

/** The reactions below a message. */
export function Reactions({ message }: { message: Message }) {
  const workspace = useWorkspace();
  return (
    <div class="reactions">
      {message.reactions.map(({ emoji, count, me }) => (
        <ReactionButton key={emoji} message={message} emoji={emoji} count={count} isMine={me === true} />
      ))}
      <button
        type="button"
        class="reaction add"
        aria-label="Add a reaction"
        title="Add a reaction"
        onClick={(event) => void pickReaction(event.currentTarget, workspace, message)}
      >
        <Icon name="emoji" />
      </button>
    </div>
  );
}

interface ReactionButtonProps {
  message: Message;
  emoji: string;
  count: number;
  isMine: boolean;
}

function ReactionButton({ message, emoji, count, isMine }: ReactionButtonProps) {
  const workspace = useWorkspace();
  const [names, setNames] = useState<string | undefined>();
  const loadNames = async (): Promise<void> => {
    const params = { channelId: message.channelId, messageId: message.id };
    const { items } = await workspace.client.call(getReactions, { params, query: { limit: 100 } });
    const ids = items.filter((item) => item.emoji === emoji).map(({ userId }) => userId);
    setNames(ids.map((userId) => workspace.users.nameOf(userId)).join(", "));
  };
  return (
    <button
      type="button"
      class={`reaction ${isMine ? "mine" : ""}`}
      aria-pressed={isMine}
      aria-label={`${emoji}, ${count}`}
      title={names}
      onPointerEnter={() => void loadNames().catch(() => {})}
      onClick={() => void toggleReaction(workspace, message, emoji).catch(showError)}
    >
      <Emoji value={emoji} />
      <span>{count}</span>
    </button>
  );
}
