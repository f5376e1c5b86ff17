import { useEffect } from "preact/hooks";
import { getMembers, type Member } from "../../../../src/client/index.ts";
import { type ChannelAccess, type ChannelAction, mayInChannel } from "../../channels/channel-permissions.ts";
import type { ChannelState } from "../../state/channel.ts";
import { useWorkspace } from "../../state/context.ts";
import { type Pages, useEndpointPages } from "../../ui/use-pages.ts";

/** Members that are loaded to find the user's own role; in a larger channel, the user may count as an ordinary member. */
const maxSearchedForOwn = 1_000;

export interface ChannelMembers {
  list: Pages<Member, unknown>;
  /** The user's own membership; undefined until it is loaded. */
  own: Member | undefined;
  /** Whether the user may perform an action, as far as it is known. */
  may: (action: ChannelAction) => boolean;
}

/** Whether a member is muted now. */
export const isMuted = ({ mute }: Member): boolean =>
  mute !== undefined && (mute.until === null || Date.parse(mute.until) > Date.now());

export const memberId = ({ userId }: Member): string => userId;

/** Loads the members of a channel, and keeps what is loaded up to date. */
export function useChannelMembers(state: ChannelState): ChannelMembers {
  const { me } = useWorkspace();
  const list = useEndpointPages(
    getMembers,
    { params: { channelId: state.id }, query: { limit: 100 } },
    memberId,
  );
  const { items, hasMore, isLoading, error, update, loadMore } = list;
  const room = state.room.value;
  useEffect(() => {
    if (!room) return undefined;
    const put = ({ data: { member } }: { data: { member: Member } }): void =>
      update((before) => before.map((known) => (known.userId === member.userId ? member : known)));
    const stops = [
      room.on("memberJoin", ({ data: { member } }) =>
        update((before) => [...before.filter(({ userId }) => userId !== member.userId), member]),
      ),
      room.on("memberLeave", ({ data: { member } }) =>
        update((before) => before.filter(({ userId }) => userId !== member.userId)),
      ),
      room.on("memberUpdate", put),
      room.on("memberMute", put),
      room.on("memberUnmute", put),
    ];
    return () => stops.forEach((stop) => stop());
  }, [room]);
  const own = items.find(({ userId }) => userId === me.value.id);
  const isOwnWanted = !own && hasMore && items.length < maxSearchedForOwn;
  useEffect(() => {
    if (isOwnWanted && !isLoading && error === undefined) loadMore();
  }, [isOwnWanted, isLoading]);
  const access: ChannelAccess = {
    workspaceRole: me.value.role,
    channelRole: own?.role,
    type: state.channel.value.type,
    isMuted: own !== undefined && isMuted(own),
  };
  return { list, own, may: (action) => mayInChannel(action, access) };
}
