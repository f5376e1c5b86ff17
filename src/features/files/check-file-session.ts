import type { Actor } from "../../domain/actor.ts";
import type { AccessClaims } from "../../http/access-tokens.ts";
import type { FileTask, FileTaskResult } from "../../rpc/session-check.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";

/**
 * Asks the user's hub whether the session is live, as `requireLiveSession` does, and lets it do the task in the same call.
 *
 * @returns the result of the task; undefined without a task, and from a hub of an earlier release
 * @throws `unauthenticated` when the session is not live; then the task was not done
 */
export async function checkFileSession(
  env: Env,
  { userId, sessionId, generation, tokenHash }: AccessClaims,
  task?: FileTask,
): Promise<{ actor: Actor; done: FileTaskResult | undefined }> {
  const checked = await callObject(() =>
    hubOf(env, userId).checkSession(
      sessionId,
      undefined,
      generation,
      task || tokenHash ? { file: task, tokenHash } : undefined,
    ),
  );
  const { isAdmitted: _, file, ...actor } = unwrap(checked);
  return { actor, done: file };
}
