import {
  type ChannelRole,
  type Member,
  muteMember,
  removeMember,
  unmuteMember,
  updateMember,
} from "../../../../src/client/index.ts";
import { type ChannelAction, rankInChannel } from "../../channels/channel-permissions.ts";
import { openConversation } from "../../channels/open-conversation.ts";
import type { ChannelState } from "../../state/channel.ts";
import type { Workspace } from "../../state/workspace.ts";
import { confirm } from "../../ui/dialog.tsx";
import type { MenuItem } from "../../ui/menu.tsx";
import { isMuted } from "./use-channel-members.ts";

interface MemberActionsOptions {
  state: ChannelState;
  member: Member;
  own: Member | undefined;
  may: (action: ChannelAction) => boolean;
  /** Runs a request, and shows that it runs and why it failed. */
  run: (work: Promise<unknown>) => void;
}

const roleLabels: Record<ChannelRole, string> = {
  owner: "Make channel owner",
  moderator: "Make moderator",
  member: "Make ordinary member",
};

/** How long a member is muted, in ms; null: until a moderator ends it. */
const mutes = [
  { label: "Mute for 1 hour", ms: 3_600_000 },
  { label: "Mute for 1 day", ms: 86_400_000 },
  { label: "Mute without an end", ms: null },
] as const;

/** Returns what the user may do with a member. Requests that change the membership are shown by their events. */
export function memberActions(
  workspace: Workspace,
  { state, member, own, may, run }: MemberActionsOptions,
): (MenuItem | "separator")[] {
  const { client, me, users } = workspace;
  const { userId } = member;
  const user = users.get(userId).value;
  const isSelf = userId === me.value.id;
  const params = { channelId: state.id, userId };
  const changeRole = (role: ChannelRole): MenuItem => ({
    label: roleLabels[role],
    icon: role === "member" ? "person" : "shield",
    onSelect: () => run(client.call(updateMember, { params, body: { role } })),
  });
  const mute = ({ label, ms }: (typeof mutes)[number]): MenuItem => ({
    label,
    icon: "mute",
    onSelect: () => {
      const until = ms === null ? null : new Date(Date.now() + ms).toISOString();
      run(client.call(muteMember, { params, body: { until } }));
    },
  });
  const remove = async (): Promise<void> => {
    const isConfirmed = await confirm({
      title: `Remove ${users.nameOf(userId)} from #${state.channel.peek().name}?`,
      text: "What they wrote stays. A member can add them again.",
      action: "Remove",
      isDanger: true,
    });
    if (isConfirmed) await client.call(removeMember, { params });
  };
  const rank = own ? rankInChannel(me.value.role, own.role) : 0;
  const isBelow = user !== undefined && rankInChannel(user.role, member.role) < rank;
  const groups: MenuItem[][] = [
    !isSelf && user?.active
      ? [{ label: "Message", icon: "thread", onSelect: () => run(openConversation(workspace, [userId])) }]
      : [],
    may("appoint") && user?.role !== "guest"
      ? (["owner", "moderator", "member"] as const).filter((role) => role !== member.role).map(changeRole)
      : [],
    may("mute") && isBelow && !isSelf
      ? isMuted(member)
        ? [
            {
              label: "End the mute",
              icon: "mute",
              onSelect: () => run(client.call(unmuteMember, { params })),
            },
          ]
        : mutes.map(mute)
      : [],
    may("remove") && !isSelf
      ? [{ label: "Remove from the channel", icon: "trash", isDanger: true, onSelect: () => run(remove()) }]
      : [],
  ];
  return groups
    .filter(({ length }) => length > 0)
    .flatMap((group, at) => (at === 0 ? [group] : [["separator" as const], group]))
    .flat();
}
