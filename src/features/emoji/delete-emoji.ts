import type { Actor } from "../../domain/actor.ts";
import { checkWorkspacePermissions } from "../../domain/permissions.ts";
import { notFound, reject } from "../../errors/app-error.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { deleteEmojiRows, findEmojiRow } from "./queries.ts";
import { discardImage } from "./unused-objects.ts";

/**
 * Deletes an emoji with its aliases, and its image. Maintenance deletes the image if this request does not.
 *
 * @throws `not_found`; `forbidden` for an emoji of another user, unless the actor's role permits it
 */
export async function deleteEmoji(env: Env, actor: Actor, name: string): Promise<void> {
  const row = (await findEmojiRow(env, name)) ?? notFound("emoji");
  if (row.createdBy !== actor.userId && !checkWorkspacePermissions("manageEmoji", actor.role))
    reject("forbidden", "Only its creator and the workspace's owner and admins can delete an emoji");
  const key = await deleteEmojiRows(env, row, Date.now());
  failpoint("emoji:after-delete");
  if (key === undefined) return;
  await discardImage(env, key, "emoji.image_deletion_failed");
}
