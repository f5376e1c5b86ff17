import type { Config } from "../../config.ts";
import type { Actor } from "../../domain/actor.ts";
import { avatarProblem } from "../../domain/files.ts";
import { invalidField } from "../../errors/app-error.ts";
import { failpoint, rethrowSimulatedCrash } from "../../lib/failpoint.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { copyPicture, requireOwnFile, type StoredFile } from "../files/index.ts";
import { updateMe } from "../users/index.ts";

/** Returns a file of the actor that can become the avatar of a webhook's bot. @throws `not_found`; `validation_failed` */
export async function requireAvatarFile(env: Env, actor: Actor, fileId: string): Promise<StoredFile> {
  const file = await requireOwnFile(env, actor, fileId);
  const problem = avatarProblem(file);
  if (problem !== undefined) throw invalidField("avatarFileId", problem);
  return file;
}

/**
 * Gives a webhook's bot its own copy of a picture as its avatar, or removes the avatar. The copy counts towards the bot's space, so that
 * neither deletion of the source nor erasure of its uploader affects it. A repeated call uses the copy of the first one, also after a
 * crash before the copy became the avatar.
 *
 * @throws `quota_exceeded`; `rate_limited` as for a change of a profile; `unavailable`
 */
export async function setBotAvatar(
  env: Env,
  config: Config,
  botUserId: string,
  source: StoredFile | null,
): Promise<void> {
  if (source === null) return void (await updateMe(env, botUserId, { avatarFileId: null }));
  // Creates the hub of a bot that has none yet.
  await callObject(() => hubOf(env, botUserId).announceAccountChange());
  const { file, isNew } = await copyPicture({ env, config, userId: botUserId }, source, "avatar");
  failpoint("webhook:after-avatar-copy");
  try {
    await updateMe(env, botUserId, { avatarFileId: file.id });
  } catch (error) {
    rethrowSimulatedCrash(error);
    if (isNew) await discard(env, botUserId, file.id);
    throw error;
  }
}

/** Deletes a copy that did not become the avatar. It stays if D1 has it as the avatar after all. */
async function discard(env: Env, botUserId: string, fileId: string): Promise<void> {
  try {
    unwrap(await callObject(() => hubOf(env, botUserId).deleteFile(fileId)));
  } catch (error) {
    logLine({ level: "warn", message: "webhook.avatar_discard_failed", error: describeError(error) });
  }
}
