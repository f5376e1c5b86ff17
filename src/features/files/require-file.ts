import type { Actor } from "../../domain/actor.ts";
import { AppError, notFound } from "../../errors/app-error.ts";
import type { FileVisibility } from "../../domain/files.ts";
import { noId } from "../../lib/ids.ts";
import { callObject, hubOf, roomOf } from "../../rpc/stubs.ts";
import { requireVisibleChannel } from "../../http/require-visible-channel.ts";
import { findFile, type FoundFile, type StoredFile } from "./file-queries.ts";

/**
 * Returns a complete file that the actor may read now: their own, an avatar, or one of a message that they may read.
 *
 * A missing file and a hidden one take the same steps, so that neither the response nor its duration distinguishes them: a query of the
 * file, then `requireKnownChannel` for its channel, or for a channel that does not exist if there is no such file or no message
 * carries it.
 *
 * @throws `not_found` for every other file; `unavailable` if D1, a hub or the channel's room does not answer
 */
export async function requireFile(env: Env, actor: Actor, fileId: string): Promise<StoredFile> {
  const file = await findFile(env, fileId);
  const isOwn = file?.uploaderId === actor.userId;
  if (!isOwn && !file?.isAvatar) await requireChannelOfFile(env, actor, file);
  if (!file) return notFound("file");
  const { uploaderId } = file;
  const standing =
    (await callObject(() => hubOf(env, uploaderId).fileVisibility(fileId))) ?? notFound("file");
  if (!isOwn) await requireVisible(env, actor, fileId, standing);
  return file;
}

/** Authorizes the actor for the file's channel before the uploader's hub is called: the duration would reveal whether that hub is active. */
async function requireChannelOfFile(env: Env, { userId }: Actor, file: FoundFile | undefined): Promise<void> {
  const channelId = file?.channelId ?? file?.claimedChannelId ?? noId("chn");
  const held = await callObject(() => hubOf(env, userId).admittedChannels([channelId]));
  await hideChannel(requireVisibleChannel(env, { userId, channelId, isAdmitted: held.length > 0 }));
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

/** Replaces `not_found` of a channel by `not_found` of a file: the response must not name the channel. */
async function hideChannel(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (error instanceof AppError && error.code === "not_found") notFound("file");
    throw error;
  }
}
