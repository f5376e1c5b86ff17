import type { Context } from "hono";
import type { Actor } from "../../domain/actor.ts";
import { accountDatabase } from "../../db/index.ts";
import { checkWorkspacePermissions } from "../../domain/permissions.ts";
import { AppError, notFound } from "../../errors/app-error.ts";
import { includesChannel } from "../../domain/token-grant.ts";
import type { FileVisibility } from "../../domain/files.ts";
import { verifyRequest } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { noId } from "../../lib/ids.ts";
import { callObject, hubOf, roomOf } from "../../rpc/stubs.ts";
import { requireVisibleChannel } from "../../http/require-visible-channel.ts";
import { filterKnownTo } from "../users/index.ts";
import { checkFileSession } from "./check-file-session.ts";
import { recentFiles } from "./recent-files.ts";
import { findFile, type FoundFile, type StoredFile } from "./file-queries.ts";

/**
 * Authenticates a request as `authenticate` does, and returns a file as `requireFile` does. D1 is asked for the file while the user's hub
 * checks the session, and that hub also says what it knows of the file, so that the user's own file takes no further call.
 *
 * @throws `unauthenticated`, before any other error; otherwise as `requireFile`
 */
export async function requireFileForRequest(c: Context<AppEnv>, fileId: string): Promise<StoredFile> {
  const claims = await verifyRequest(c);
  // The response depends on the user.
  c.header("Cache-Control", "no-store");
  const { userId } = claims;
  const recent = recentFiles.find(userId, fileId);
  const finding = recent ? undefined : findFile(c.env, fileId);
  finding?.catch(() => {});
  const { actor, done } = await checkFileSession(c.env, claims, { visibilityOf: fileId });
  c.set("actor", actor);
  const ownStanding = done?.visibility;
  const file =
    (recent && (await authorizedRecent(c.env, actor, recent, ownStanding))) ??
    (await authorizeReader(c.env, actor, { file: await (finding ?? findFile(c.env, fileId)), ownStanding }));
  if (file !== recent) recentFiles.add(userId, file);
  return file;
}

/** Returns a file whose row is not read from D1; undefined, without the row in memory, if the actor may not read it by this row. */
async function authorizedRecent(
  env: Env,
  actor: Actor,
  file: FoundFile,
  ownStanding: FileVisibility | null | undefined,
): Promise<FoundFile | undefined> {
  try {
    return await authorizeReader(env, actor, { file, ownStanding });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "not_found") throw error;
    recentFiles.drop(actor.userId, file.id);
    return undefined;
  }
}

/**
 * Returns a complete file that the actor may read now: their own, an avatar (for a guest: of a user that they may see), or one of a message
 * that they may read.
 *
 * A missing file and a hidden one take the same steps, so that neither the response nor its duration distinguishes them: a query of the
 * file, then `requireVisibleChannel` for its channel, or for a channel that does not exist if there is no such file or no message
 * carries it.
 *
 * @throws `not_found` for every other file; `unavailable` if D1, a hub or the channel's room does not answer
 */
export const requireFile = async (env: Env, actor: Actor, fileId: string): Promise<StoredFile> =>
  authorizeReader(env, actor, { file: await findFile(env, fileId) });

/** Returns a complete file that the actor uploaded. @throws `not_found` for every other file */
export async function requireOwnFile(env: Env, actor: Actor, fileId: string): Promise<StoredFile> {
  const file = await requireFile(env, actor, fileId);
  return file.uploaderId === actor.userId ? file : notFound("file");
}

interface Wanted {
  /** The row in D1. */
  file: FoundFile | undefined;
  /** What the actor's hub knows of the file; undefined if it was not asked. */
  ownStanding?: FileVisibility | null | undefined;
}

async function authorizeReader(env: Env, actor: Actor, { file, ownStanding }: Wanted): Promise<FoundFile> {
  if (file?.uploaderId === actor.userId) {
    const standing = ownStanding === undefined ? await visibilityOf(env, file) : ownStanding;
    return standing && isInGrant(actor, standing) ? file : notFound("file");
  }
  const isAvatar = (await isUploaderVisible(env, actor, file)) && file?.isAvatar === true;
  if (!isAvatar) await requireChannelOfFile(env, actor, file?.isAvatar ? undefined : file);
  if (!file) return notFound("file");
  await requireVisible(env, actor, file);
  return file;
}

/** Whether the actor may see the uploader of a file. D1 is asked for guests only, and for them also if there is no such file. */
async function isUploaderVisible(
  env: Env,
  { userId, role }: Actor,
  file: FoundFile | undefined,
): Promise<boolean> {
  if (checkWorkspacePermissions("browseWorkspace", role)) return true;
  const uploaderId = file?.uploaderId ?? noId("usr");
  return (await filterKnownTo(accountDatabase(env), userId, [uploaderId])).length > 0;
}
/** Returns whether the actor's token includes the channel of the message that carries the file, if one does. */
const isInGrant = ({ grant }: Actor, standing: FileVisibility): boolean =>
  standing.kind !== "message" || includesChannel(grant, standing.channelId);

/** Returns the channel of the message that carries the file, or for which it was last claimed; null if there is none. */
const channelOf = ({ channelId, claimedChannelId }: FoundFile): string | null =>
  channelId ?? claimedChannelId;

const visibilityOf = (env: Env, { id, uploaderId }: StoredFile): Promise<FileVisibility | undefined> =>
  callObject(() => hubOf(env, uploaderId).fileVisibility(id));

/** Authorizes the actor for the file's channel before the uploader's hub is called: the duration would reveal whether that hub is active. */
async function requireChannelOfFile(env: Env, actor: Actor, file: FoundFile | undefined): Promise<void> {
  const channelId = (file && channelOf(file)) ?? noId("chn");
  const held = await callObject(() => hubOf(env, actor.userId).admittedChannels([channelId]));
  await hideChannel(requireVisibleChannel(env, actor, { channelId, isAdmitted: held.length > 0 }));
}

/** Asks the uploader's hub and, at the same time, the room of the channel that D1 names. The hub decides which room counts. */
async function requireVisible(env: Env, actor: Actor, file: FoundFile): Promise<void> {
  const expected = file.isAvatar ? null : channelOf(file);
  const admission =
    expected === null ? undefined : admitFile(env, actor, { fileId: file.id, channelId: expected });
  admission?.catch(() => {});
  const standing = await visibilityOf(env, file);
  if (standing?.kind === "avatar") return;
  if (standing?.kind !== "message" || !isInGrant(actor, standing)) return notFound("file");
  const { channelId } = standing;
  await (admission && channelId === expected
    ? admission
    : admitFile(env, actor, { fileId: file.id, channelId }));
}

/** Asks the room of a channel whether the actor may read a file of a message there. @throws `not_found` of the file, for any reason */
async function admitFile(
  env: Env,
  actor: Actor,
  { fileId, channelId }: { fileId: string; channelId: string },
): Promise<void> {
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
