import { reject } from "../../errors/app-error.ts";
import type { HubState } from "../hub-state.ts";

/**
 * Within a commit, before the user becomes a member of a channel: by themselves, or because another adds them. Refuses `conflict` at
 * the most channels that one can be in, `rate_limited` where others added them to many lately.
 */
export function admitToChannel(hub: HubState, channelId: string, by: string, maxChannels: number): void {
  if (hub.memberships.has(channelId)) return;
  const isOwnDoing = by === hub.userId;
  if (hub.memberships.count >= maxChannels)
    reject(
      "conflict",
      isOwnDoing
        ? `You are in ${maxChannels} channels, as many as one can be; leave one first`
        : "This person is in as many channels as one can be",
    );
  if (!isOwnDoing) hub.quotas.spendAdditionBy(by, Date.now());
}
