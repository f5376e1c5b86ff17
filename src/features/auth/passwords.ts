import type { Config } from "../../config.ts";
import { callObject, passwordHasherOf } from "../../core/objects.ts";
import { unwrap } from "../../core/outcome.ts";

/** Hashes a new password in a `PasswordHasher`. @throws AppError `unavailable` when too many hashes are queued. */
export async function hashPassword(
  env: Env,
  config: Config,
  lane: string,
  password: string,
): Promise<string> {
  return unwrap(await callObject(() => passwordHasherOf(env, config, lane).hash(lane, password)));
}

/**
 * Whether `password` is the one that was hashed; takes as long, and returns false, where `stored` is undefined.
 * @throws AppError `unavailable` when too many hashes are queued.
 */
export async function verifyPassword(
  env: Env,
  config: Config,
  lane: string,
  { password, stored }: { password: string; stored: string | undefined },
): Promise<boolean> {
  return unwrap(await callObject(() => passwordHasherOf(env, config, lane).verify(lane, password, stored)));
}
