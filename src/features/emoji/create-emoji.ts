import type { Config } from "../../config.ts";
import { isUniqueViolation } from "../../db/index.ts";
import type { Actor } from "../../domain/actor.ts";
import { checkWorkspacePermissions } from "../../domain/permissions.ts";
import { AppError, invalidField, notFound, reject } from "../../errors/app-error.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { randomToken } from "../../lib/ids.ts";
import { limits } from "../../protocol/index.ts";
import { isStandardEmojiName } from "./standard-names.ts";
import { callBucket, requireOwnFile, type StoredFile } from "../files/index.ts";
import {
  announceObject,
  type EmojiWithImage,
  findEmoji,
  findEmojiRow,
  type ImageColumns,
  insertAlias,
  insertImageEmoji,
} from "./queries.ts";
import { discardImage } from "./unused-objects.ts";

type EmojiConfig = Pick<Config, "EMOJI_BY" | "WORKSPACE_EMOJI">;

interface EmojiRequest {
  name: string;
  fileId?: string | undefined;
  aliasOf?: string | undefined;
}

const accepted: ReadonlySet<string> = new Set(["image/png", "image/gif", "image/webp", "image/jpeg"]);
/** The longer side of an image, in pixels. Clients show some 128. */
const maxSide = 1_024;
/** An image that no emoji refers to after this time was stored by a request that did not complete. */
const abandonedAfterMs = 15 * 60_000;

/** Checks that a role may create emoji. @throws `forbidden` */
function requireEmojiCreator({ EMOJI_BY }: EmojiConfig, { role }: Actor): void {
  if (!checkWorkspacePermissions(EMOJI_BY === "admins" ? "manageEmoji" : "createEmoji", role))
    reject("forbidden", "You are not permitted to create emoji");
}

/**
 * Creates an emoji, or returns the one that the same request created before.
 *
 * @throws `forbidden`; `conflict` for a name that is taken, and at the limit; `not_found` for a file or an original that does not exist;
 *   `validation_failed` for a standard name, and a file that is no suitable image
 */
export async function createEmoji(
  env: Env,
  config: EmojiConfig,
  actor: Actor,
  { name, fileId, aliasOf }: EmojiRequest,
): Promise<{ emoji: EmojiWithImage; repeated: boolean }> {
  requireEmojiCreator(config, actor);
  if (await isStandardEmojiName(name)) throw invalidField("name", "Is the name of a standard emoji");
  const before = await findEmojiRow(env, name);
  const isRepeated =
    before?.createdBy === actor.userId &&
    (fileId === undefined ? before.aliasOf === aliasOf : before.fileId === fileId);
  if (before && !isRepeated) rejectTaken();
  if (!before) {
    const row = { name, createdBy: actor.userId, createdAt: Date.now() };
    const isInserted =
      fileId === undefined
        ? await unlessTaken(insertAlias(env, row, aliasOf ?? "", config.WORKSPACE_EMOJI))
        : await insertWithImage(env, config, row, await requireImage(env, actor, fileId));
    if (!isInserted) await explainRejection(env, config, aliasOf);
  }
  return { emoji: (await findEmoji(env, name)) ?? notFound("emoji"), repeated: before !== undefined };
}

/** Returns a file of the actor that can become an emoji. @throws `not_found`; `validation_failed` */
async function requireImage(env: Env, actor: Actor, fileId: string): Promise<StoredFile & ImageColumns> {
  const file = await requireOwnFile(env, actor, fileId);
  const { type, sizeBytes, width, height } = file;
  const invalid = (message: string) => invalidField("fileId", message);
  if (!accepted.has(type)) throw invalid("Must be a PNG, GIF, WebP or JPEG image");
  if (sizeBytes > limits.emojiBytes) throw invalid(`Must have at most ${limits.emojiBytes} bytes`);
  if (width === null || height === null || Math.max(width, height) > maxSide)
    throw invalid(`Must have at most ${maxSide} x ${maxSide} pixels`);
  return { ...file, width, height };
}

/** Copies the file to an object of the emoji, so that it does not depend on its uploader, and inserts the emoji. */
async function insertWithImage(
  env: Env,
  { WORKSPACE_EMOJI }: EmojiConfig,
  row: { name: string; createdBy: string; createdAt: number },
  file: StoredFile & ImageColumns,
): Promise<boolean> {
  const key = `emoji/${randomToken(16)}`;
  await announceObject(env, key, row.createdAt + abandonedAfterMs);
  const bytes = await callBucket(async () => (await env.FILES.get(file.key))?.arrayBuffer());
  await callBucket(() => env.FILES.put(key, bytes ?? notFound("file")));
  failpoint("emoji:after-image");
  const image = { ...file, key, fileId: file.id };
  try {
    const isInserted = await unlessTaken(insertImageEmoji(env, row, image, WORKSPACE_EMOJI));
    if (!isInserted) await discardImage(env, key, "emoji.discard_failed");
    return isInserted;
  } catch (error) {
    // After any other error D1 may have inserted the row. If it has not, maintenance deletes the image.
    if (error instanceof AppError) await discardImage(env, key, "emoji.discard_failed");
    throw error;
  }
}

async function unlessTaken(inserted: Promise<boolean>): Promise<boolean> {
  try {
    return await inserted;
  } catch (error) {
    if (isUniqueViolation(error)) rejectTaken();
    throw error;
  }
}

const rejectTaken = (): never =>
  reject("conflict", "There is an emoji with this name", { issues: [{ path: "name", message: "Taken" }] });

async function explainRejection(
  env: Env,
  { WORKSPACE_EMOJI }: EmojiConfig,
  aliasOf: string | undefined,
): Promise<never> {
  const original = aliasOf === undefined ? undefined : await findEmojiRow(env, aliasOf);
  if (aliasOf !== undefined && (!original || original.aliasOf !== null)) return notFound("emoji");
  return reject(
    "conflict",
    `The workspace has ${WORKSPACE_EMOJI} custom emoji, which is the limit; delete one`,
  );
}
