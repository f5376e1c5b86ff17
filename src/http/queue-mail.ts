import type { Config } from "../config.ts";
import type { MailJob } from "../domain/mail-jobs.ts";
import { mailDriver } from "../domain/registration-mode.ts";
import { reject } from "../errors/app-error.ts";
import { unwrap } from "../rpc/rpc-result.ts";
import { callObject, mailerOf } from "../rpc/stubs.ts";

/** An operator may configure mail meanwhile. */
const noMailRetryMs = 3_600_000;

/** @throws `unavailable` if the server sends no mail */
export function requireMail(config: Config): void {
  if (!mailDriver(config))
    reject("unavailable", "This server sends no mail; ask an administrator of the workspace for help", {
      retryAfterMs: noMailRetryMs,
    });
}

/**
 * Queues a mail, durably. With `followsWrite` it is queued before the write to D1 that it belongs to, and is sent once D1 has that write; so
 * neither is lost if the Worker crashes between the two.
 *
 * @param origin the origin of links without a `PUBLIC_URL`
 * @throws `unavailable` if the mailer does not answer or too many mails wait
 */
export async function queueMail(
  env: Env,
  job: MailJob,
  { origin, followsWrite = false }: { origin: string; followsWrite?: boolean },
): Promise<void> {
  unwrap(await callObject(() => mailerOf(env).enqueue({ job, origin, followsWrite })));
}
