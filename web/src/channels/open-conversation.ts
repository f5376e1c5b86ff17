import {
  type Channel,
  type ChannelSnapshot,
  joinChannel,
  openDirectMessage,
} from "../../../src/client/index.ts";
import { navigate, paths } from "../router.ts";
import type { Workspace } from "../state/workspace.ts";

/** Goes to the conversation with some users; without any, to the user's own notes. @throws ParleyError what the request throws */
export async function openConversation(
  { client, channels }: Workspace,
  userIds: readonly string[],
): Promise<void> {
  const channel = await client.call(openDirectMessage, { body: { userIds: [...userIds] } });
  channels.put(channel);
  navigate(paths.channel(channel.id));
}

/** Joins a public channel. @throws ParleyError what the request throws */
export async function join(
  { client, channels }: Workspace,
  channel: Channel & Partial<ChannelSnapshot>,
): Promise<void> {
  await client.call(joinChannel, { params: { channelId: channel.id } });
  if (isSnapshot(channel)) channels.put(channel);
}

/** Joins a public channel and goes to it. @throws ParleyError what the request throws */
export async function joinAndOpen(
  workspace: Workspace,
  channel: Channel & Partial<ChannelSnapshot>,
): Promise<void> {
  await join(workspace, channel);
  navigate(paths.channel(channel.id));
}

const isSnapshot = (channel: Channel & Partial<ChannelSnapshot>): channel is ChannelSnapshot =>
  channel.seq !== undefined;
