import type { Channel } from "../../../src/client/index.ts";
import { useWorkspace } from "../state/context.ts";
import type { ChannelState } from "../state/channel.ts";
import type { Workspace } from "../state/workspace.ts";

/** Returns the name of a channel as its members see it: that of the channel, or of the other users of a conversation. */
export const channelName = (workspace: Pick<Workspace, "users" | "me">, { channel }: ChannelState): string =>
  nameOfChannel(workspace, channel.value);

/** Returns the name of a channel that the user need not be a member of. */
export function nameOfChannel(
  { users, me }: Pick<Workspace, "users" | "me">,
  { name, memberIds = [] }: Pick<Channel, "name" | "memberIds">,
): string {
  if (name !== null) return name;
  const others = memberIds.filter((id) => id !== me.value.id);
  if (others.length === 0) return `${me.value.displayName} (you)`;
  return others.map((id) => users.nameOf(id)).join(", ");
}

/** The name of a channel; undefined for one that the user does not have. */
export function useChannelName(channelId: string | undefined): string | undefined {
  const workspace = useWorkspace();
  const state = channelId === undefined ? undefined : workspace.channels.get(channelId);
  return state && channelName(workspace, state);
}
