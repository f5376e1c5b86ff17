import type { Actor } from "../../core/actor.ts";
import { AppError, notFound } from "../../core/app-error.ts";
import type { FileStanding } from "../../core/files.ts";
import { callObject, hubOf, roomOf } from "../../core/objects.ts";
import { findFile, type StoredFile } from "./store.ts";

/**
 * A complete file that this user may read now: their own, an avatar, or one of a message that they may read. Everything else is the
 * same `not_found`, whether it exists or not.
 */
export async function requireFile(env: Env, actor: Actor, fileId: string): Promise<StoredFile> {
  const row = (await findFile(env, fileId)) ?? notFound("file");
  const { uploaderId } = row;
  const standing = (await callObject(() => hubOf(env, uploaderId).fileStanding(fileId))) ?? notFound("file");
  if (uploaderId !== actor.userId) await requireStanding(env, actor, fileId, standing);
  return row;
}

async function requireStanding(
  env: Env,
  actor: Actor,
  fileId: string,
  standing: FileStanding,
): Promise<void> {
  if (standing.kind === "avatar") return;
  if (standing.kind === "own") notFound("file");
  const { channelId } = standing as Extract<FileStanding, { kind: "message" }>;
  const admitted = await callObject(() => roomOf(env, channelId).admitFile(actor, fileId));
  if (admitted.ok) return;
  // Not even which channel it is in.
  if (admitted.problem.code === "not_found") notFound("file");
  throw new AppError(admitted.problem);
}
