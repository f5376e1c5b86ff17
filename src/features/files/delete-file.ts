import type { Actor } from "../../domain/actor.ts";
import { AppError, reject } from "../../errors/app-error.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { requireFile } from "./require-file.ts";

/**
 * Deletes a file of this user, everywhere when this returns. Refuses another's: `forbidden` if they may read it, else `not_found`;
 * `conflict`: a message carries it, or it is an avatar.
 */
export async function deleteFile(env: Env, actor: Actor, fileId: string): Promise<void> {
  const deleted = await callObject(() => hubOf(env, actor.userId).deleteFile(fileId));
  if (deleted.ok) return;
  if (deleted.problem.code !== "not_found") throw new AppError(deleted.problem);
  await requireFile(env, actor, fileId);
  reject("forbidden", "Only its uploader deletes a file");
}
