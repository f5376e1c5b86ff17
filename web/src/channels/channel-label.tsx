import type { Channel } from "../../../src/client/index.ts";
import { paths } from "../router.ts";
import { useWorkspace } from "../state/context.ts";
import { Icon } from "../ui/icon.tsx";
import { channelIcon } from "./channel-icon.ts";
import { nameOfChannel } from "./channel-name.ts";

interface ChannelLabelProps {
  channelId: string;
  /** The channel, if the user may not be a member of it. */
  channel?: Channel | undefined;
  /** Where the name leads; by default to the channel. */
  href?: string | undefined;
}

/** The name of a channel or conversation, which leads to it. */
export function ChannelLabel({ channelId, channel, href }: ChannelLabelProps) {
  const workspace = useWorkspace();
  const shown = workspace.channels.get(channelId)?.channel.value ?? channel;
  if (!shown) return <span class="muted">a conversation that you are not in</span>;
  return (
    <a class="channel-label" href={href ?? paths.channel(channelId)}>
      <Icon name={channelIcon(shown.type)} />
      <span class="truncate" dir="auto">
        {nameOfChannel(workspace, shown)}
      </span>
    </a>
  );
}
