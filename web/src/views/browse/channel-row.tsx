import type { Channel } from "../../../../src/client/index.ts";
import { channelIcon } from "../../channels/channel-icon.ts";
import { nameOfChannel } from "../../channels/channel-name.ts";
import { joinAndOpen } from "../../channels/open-conversation.ts";
import { paths } from "../../router.ts";
import { useWorkspace } from "../../state/context.ts";
import { ActionButton } from "../../ui/action-button.tsx";
import { Icon } from "../../ui/icon.tsx";

/** A channel in a list, with what it is about, and a button to open or join it. */
export function ChannelRow({ channel }: { channel: Channel }) {
  const workspace = useWorkspace();
  const { id, topic, description, archivedAt, type } = channel;
  const name = nameOfChannel(workspace, channel);
  const isMember = workspace.channels.get(id) !== undefined;
  return (
    <article class="card list-row">
      <Icon name={channelIcon(type)} />
      <div class="grow">
        <div class="row wrap">
          <h2 class="card-heading" dir="auto">
            {name}
          </h2>
          {isMember && <span class="tag">joined</span>}
          {archivedAt !== null && <span class="tag">archived</span>}
        </div>
        {(topic || description) && (
          <p class="muted small card-note" dir="auto">
            {topic || description}
          </p>
        )}
      </div>
      {isMember ? (
        <a class="button" href={paths.channel(id)} aria-label={`Open ${name}`}>
          Open
        </a>
      ) : (
        archivedAt === null &&
        type === "public" && (
          <ActionButton label={`Join ${name}`} onAction={() => joinAndOpen(workspace, channel)}>
            Join
          </ActionButton>
        )
      )}
    </article>
  );
}
