import { useState } from "preact/hooks";
import { useWorkspace } from "../../state/context.ts";
import { IconButton } from "../../ui/icon.tsx";
import { showError, showToast } from "../../ui/toasts.tsx";

/** Follows a thread, or ends that. */
export function FollowButton({ channelId, rootId }: { channelId: string; rootId: string }) {
  const { threads } = useWorkspace();
  const [isBusy, setBusy] = useState(false);
  const thread = threads.of(rootId).value;
  const isFollowed = thread?.isFollowed ?? false;
  const toggle = async (): Promise<void> => {
    setBusy(true);
    try {
      await threads.setFollowed(channelId, rootId, !isFollowed);
      showToast(
        isFollowed
          ? "You are no longer notified of replies"
          : "You will be notified of replies in this thread",
      );
    } catch (error) {
      showError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <IconButton
      icon={isFollowed ? "bell" : "bellOff"}
      label={isFollowed ? "Unfollow the thread" : "Follow the thread"}
      isDisabled={thread === undefined || isBusy}
      onClick={() => void toggle()}
    />
  );
}
