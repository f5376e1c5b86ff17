import { isoTime } from "../../lib/time.ts";
import type { users } from "../../db/index.ts";
import type { Self, User } from "../../protocol/index.ts";

export type UserRow = typeof users.$inferSelect;

/** What anyone in the workspace sees: no e-mail. */
export function presentUser({
  id,
  username,
  displayName,
  avatarFileId,
  timeZone,
  role,
  active,
  createdAt,
}: UserRow): User {
  return { id, username, displayName, avatarFileId, timeZone, role, active, createdAt: isoTime(createdAt) };
}

export const presentSelf = (row: UserRow): Self => ({ ...presentUser(row), email: row.email });
