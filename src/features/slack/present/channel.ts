import type { Channel } from "../../../protocol/index.ts";
import { slackChannelId, slackUserId } from "../ids.ts";
import { encodeEntities } from "../text/index.ts";
import { unixSeconds } from "../timestamps.ts";

/** Returns a channel's name in the form that Slack requires of names: lower case, without spaces. */
const normalizedName = (name: string): string =>
  name
    .toLowerCase()
    .split(/[^\p{L}\p{N}_-]+/u)
    .filter((part) => part !== "")
    .join("-");

/** Returns the name of a channel as text of Slack's; undefined without a name. */
export const encodedName = ({ name }: Pick<Channel, "name">): string | undefined =>
  name === null ? undefined : encodeEntities(name);

/**
 * Returns a channel as Slack's API describes conversations.
 *
 * @param viewerId the user whose view it is: the other user of a direct message is named in `user`. `isMember`: default true
 */
export function presentChannel(
  channel: Channel,
  { viewerId, isMember = true, teamId }: { viewerId: string; isMember?: boolean; teamId: string },
) {
  const { type, createdBy, createdAt, archivedAt, memberIds } = channel;
  const [topic, description] = [encodeEntities(channel.topic), encodeEntities(channel.description)];
  const created = unixSeconds(createdAt);
  const common = {
    id: slackChannelId(channel),
    created,
    updated: Date.parse(createdAt),
    creator: slackUserId(createdBy),
    context_team_id: teamId,
    is_archived: archivedAt !== null,
    is_im: type === "direct",
    is_mpim: type === "group",
    is_channel: type === "public",
    is_group: type === "private",
    is_private: type !== "public",
    is_general: false,
    is_shared: false,
    is_org_shared: false,
    is_ext_shared: false,
    is_pending_ext_shared: false,
    topic: {
      value: topic,
      creator: topic === "" ? "" : slackUserId(createdBy),
      last_set: topic === "" ? 0 : created,
    },
    purpose: {
      value: description,
      creator: description === "" ? "" : slackUserId(createdBy),
      last_set: description === "" ? 0 : created,
    },
    is_member: isMember,
  };
  if (type === "direct") {
    const other = memberIds?.find((id) => id !== viewerId) ?? viewerId;
    return { ...common, user: slackUserId(other), is_user_deleted: false };
  }
  const name = encodedName(channel) ?? `mpdm-${channel.id.slice(-8).toLowerCase()}`;
  return {
    ...common,
    name,
    name_normalized: normalizedName(channel.name ?? name),
    previous_names: [] as string[],
  };
}
