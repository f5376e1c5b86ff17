import { reject } from "../../errors/app-error.ts";
import type { HubState } from "../hub-state.ts";

export interface ChannelAdmission {
  channelId: string;
  /** The user who causes the membership: the hub's own user who joins, or another who adds them. */
  by: string;
  maxChannels: number;
}

/**
 * Checks the limits of a user who is about to become a member of a channel, and spends the quota of additions by others. Call it
 * within a commit. A user who is a member already passes.
 *
 * @throws `conflict` when the user is a member of `maxChannels` channels; `rate_limited` when others added them to too many within the
 *   hour
 */
export function admitToChannel(hub: HubState, { channelId, by, maxChannels }: ChannelAdmission): void {
  if (hub.memberships.has(channelId)) return;
  const joinsBySelf = by === hub.userId;
  if (hub.memberships.count >= maxChannels)
    reject(
      "conflict",
      joinsBySelf
        ? `You are a member of ${maxChannels} channels, which is the limit; leave one first`
        : "This user is a member of as many channels as one user may be",
    );
  if (!joinsBySelf) hub.quotas.spendAdditionBy(by, Date.now());
}
