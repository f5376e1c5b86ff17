import {
  archiveChannel,
  leaveChannel,
  unarchiveChannel,
  updateChannel,
} from "../../../../src/client/index.ts";
import { navigate, paths } from "../../router.ts";
import type { ChannelState } from "../../state/channel.ts";
import { useWorkspace } from "../../state/context.ts";
import { ActionButton } from "../../ui/action-button.tsx";
import { confirm } from "../../ui/dialog.tsx";
import { Icon } from "../../ui/icon.tsx";
import { showToast } from "../../ui/toasts.tsx";
import type { ChannelMembers } from "./use-channel-members.ts";

/** Buttons to leave a channel, to archive or restore it, and to make it private. */
export function ChannelLifecycle({ state, members }: { state: ChannelState; members: ChannelMembers }) {
  const { client, channels } = useWorkspace();
  const { name, type, archivedAt } = state.channel.value;
  const params = { channelId: state.id };
  const isArchived = archivedAt !== null;
  const leave = async (): Promise<void> => {
    const isConfirmed = await confirm({
      title: `Leave #${name}?`,
      text:
        type === "private"
          ? "The channel is private: to return, a member must add you."
          : "You can join it again at any time.",
      action: "Leave",
      isDanger: true,
    });
    if (!isConfirmed) return;
    await client.call(leaveChannel, { params });
    navigate(paths.home, { replace: true });
  };
  const makePrivate = async (): Promise<void> => {
    const isConfirmed = await confirm({
      title: `Make #${name} private?`,
      text: "Only its members will be able to find and read it, also what was written before. It cannot become public again.",
      action: "Make it private",
      isDanger: true,
    });
    if (isConfirmed) channels.put(await client.call(updateChannel, { params, body: { isPrivate: true } }));
  };
  const archive = async (): Promise<void> => {
    const isConfirmed = await confirm({
      title: `Archive #${name}?`,
      text: "Its messages can still be read and searched, but no new ones can be posted. It can be restored.",
      action: "Archive",
      isDanger: true,
    });
    if (!isConfirmed) return;
    await client.call(archiveChannel, { params });
    showToast(`#${name} is archived`);
  };
  const restore = async (): Promise<void> => {
    channels.put(await client.call(unarchiveChannel, { params }));
    showToast(`#${name} is restored`);
  };
  return (
    <div class="row wrap">
      <ActionButton onAction={leave}>
        <Icon name="logout" /> Leave
      </ActionButton>
      {type === "public" && !isArchived && members.may("update") && (
        <ActionButton onAction={makePrivate}>
          <Icon name="lock" /> Make private
        </ActionButton>
      )}
      {members.may("archive") && (
        <ActionButton onAction={isArchived ? restore : archive}>
          <Icon name="archive" /> {isArchived ? "Restore" : "Archive"}
        </ActionButton>
      )}
    </div>
  );
}
