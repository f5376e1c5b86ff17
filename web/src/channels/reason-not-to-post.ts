import type { ChannelState } from "../state/channel.ts";

/** Returns why no member may post in a channel now; undefined if members may. */
export function reasonNotToPost({ channel }: ChannelState): string | undefined {
  return channel.value.archivedAt === null
    ? undefined
    : "This channel is archived. It can be read and searched.";
}
