import type { ComponentChildren } from "preact";
import { paths } from "../../router.ts";
import { useWorkspace } from "../../state/context.ts";
import { Avatar, UserName } from "../../ui/avatar.tsx";
import { knownChannel } from "../../ui/pickers/known-channels.ts";
import { Time } from "../../ui/time.tsx";

/** A user with picture and name. */
export const UserCell = ({ userId }: { userId: string }) => (
  <span class="row">
    <Avatar userId={userId} size={24} />
    <UserName userId={userId} />
  </span>
);

/** A channel by its name, with a link to it. */
export function ChannelName({ channelId }: { channelId: string }) {
  const channel = knownChannel(useWorkspace(), channelId).value;
  if (channel === undefined) return <span class="muted">…</span>;
  if (channel === null) return <span class="muted">a channel that you can’t open</span>;
  const name = channel.name === null ? "a conversation" : `#${channel.name}`;
  return (
    <a href={paths.channel(channelId)} dir="auto">
      {name}
    </a>
  );
}

export type Tone = "good" | "warning" | "bad" | "neutral";

/** A state in a word; the colour only repeats what the word says. */
export const Tag = ({ tone = "neutral", children }: { tone?: Tone; children: ComponentChildren }) => (
  <span class={`tag ${tone}`}>{children}</span>
);

/** A point in time that may be missing. */
export const OptionalTime = ({ at, none }: { at: string | null; none: string }) =>
  at === null ? <span class="muted">{none}</span> : <Time at={at} format="full" />;
