import { isoTime } from "../../lib/time.ts";
import type { users } from "../../db/index.ts";
import type { Self, User } from "../../protocol/index.ts";

export type UserRow = typeof users.$inferSelect;

/** Converts a row to the account as all users see it, without the e-mail address. */
export function presentUser({
  id,
  username,
  displayName,
  avatarFileId,
  timeZone,
  role,
  active,
  isBot,
  createdAt,
  erasedAt,
}: UserRow): User {
  const names = { id, username, displayName, avatarFileId, timeZone };
  return {
    ...names,
    role,
    active,
    isBot,
    createdAt: isoTime(createdAt),
    ...(erasedAt !== null && { erasedAt: isoTime(erasedAt) }),
  };
}

/** Converts a row to the account as its owner sees it. */
export const presentSelf = (row: UserRow): Self => ({
  ...presentUser(row),
  email: row.email,
  emailConfirmed: row.emailConfirmedAt !== null,
});
