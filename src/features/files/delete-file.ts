import type { Actor } from "../../domain/actor.ts";
import { AppError, reject } from "../../errors/app-error.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { requireFile } from "./require-file.ts";

/**
 * Deletes a file of the actor, from the hub, D1 and R2, before it returns.
 *
 * @throws `conflict` if a message carries the file or it is an avatar; `forbidden` for another user's file that the actor may read;
 * `not_found` for any other file; `unavailable` if the file can no longer be read, but D1 or R2 still has to delete it
 */
export async function deleteFile(env: Env, actor: Actor, fileId: string): Promise<void> {
  const deleted = await callObject(() => hubOf(env, actor.userId).deleteFile(fileId));
  if (deleted.ok) return;
  if (deleted.problem.code !== "not_found") throw new AppError(deleted.problem);
  await requireFile(env, actor, fileId);
  reject("forbidden", "Only its uploader can delete a file");
}
