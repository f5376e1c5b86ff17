import type { User } from "../../../protocol/index.ts";
import { encodeEntities } from "../text/index.ts";
import { slackBotId, slackUserId } from "../ids.ts";
import { unixSeconds } from "../timestamps.ts";

/** Returns a user as Slack's API describes them. @param email only for callers who may see it */
export function presentUser(user: User & { email?: string | undefined }, teamId: string, origin: string) {
  const { id, username, role, active, isBot, timeZone, avatarFileId, createdAt, email } = user;
  // Programs put names into texts, where `<!channel>` would mention.
  const displayName = encodeEntities(user.displayName);
  const isAdmin = role === "owner" || role === "admin";
  const image = avatarFileId === null ? undefined : `${origin}/v1/files/${avatarFileId}/content`;
  return {
    id: slackUserId(id),
    team_id: teamId,
    name: username,
    deleted: !active,
    real_name: displayName,
    tz: timeZone ?? "Etc/UTC",
    tz_offset: 0,
    profile: {
      team: teamId,
      real_name: displayName,
      real_name_normalized: displayName,
      display_name: displayName,
      display_name_normalized: displayName,
      status_text: "",
      status_emoji: "",
      ...(email && { email }),
      ...(isBot && { bot_id: slackBotId(id) }),
      ...(image && { image_original: image, image_72: image, image_192: image, image_512: image }),
    },
    is_bot: isBot,
    is_app_user: false,
    is_admin: isAdmin,
    is_owner: role === "owner",
    is_primary_owner: role === "owner",
    is_restricted: role === "guest",
    is_ultra_restricted: false,
    updated: unixSeconds(createdAt),
  };
}
