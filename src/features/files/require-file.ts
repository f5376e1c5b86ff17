import type { Actor } from "../../domain/actor.ts";
import { AppError, notFound } from "../../errors/app-error.ts";
import type { FileVisibility } from "../../domain/files.ts";
import { noId } from "../../lib/ids.ts";
import { callObject, hubOf, roomOf } from "../../rpc/stubs.ts";
import { requireKnownChannel } from "../../http/known-channel.ts";
import { findFile, type FoundFile, type StoredFile } from "./file-queries.ts";

/**
 * A complete file that this user may read now: their own, an avatar, or one of a message that they may read. Everything else is the
 * same `not_found`, and takes the same steps: a query of the file, then those of `requireKnownChannel` for its channel, or for a
 * channel that does not exist where there is no such file or no message carries it.
 */
export async function requireFile(env: Env, actor: Actor, fileId: string): Promise<StoredFile> {
  const file = await findFile(env, fileId);
  const isOwn = file?.uploaderId === actor.userId;
  if (!isOwn && !file?.isAvatar) await requireChannelOfFile(env, actor, file);
  if (!file) return notFound("file");
  const { uploaderId } = file;
  const standing = (await callObject(() => hubOf(env, uploaderId).fileVisibility(fileId))) ?? notFound("file");
  if (!isOwn) await requireVisible(env, actor, fileId, standing);
  return file;
}

/** Rejects before the uploader's hub is called: whether that is active would show in the duration. */
async function requireChannelOfFile(env: Env, { userId }: Actor, file: FoundFile | undefined): Promise<void> {
  const channelId = file?.channelId ?? file?.claimedChannelId ?? noId("chn");
  const held = await callObject(() => hubOf(env, userId).admittedChannels([channelId]));
  await hideChannel(requireKnownChannel(env, { userId, channelId, held: held.length > 0 }));
}

async function requireVisible(
  env: Env,
  actor: Actor,
  fileId: string,
  standing: FileVisibility,
): Promise<void> {
  if (standing.kind === "avatar") return;
  if (standing.kind === "own") notFound("file");
  const { channelId } = standing as Extract<FileVisibility, { kind: "message" }>;
  const admitted = await callObject(() => roomOf(env, channelId).admitFile(actor, fileId));
  if (!admitted.ok) await hideChannel(Promise.reject(new AppError(admitted.problem)));
}

/** A rejection must not name the channel that the file is in. */
async function hideChannel(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (error instanceof AppError && error.code === "not_found") notFound("file");
    throw error;
  }
}
