import { AppError } from "../errors/app-error.ts";

/** Returns the stub of a channel's `ChannelRoom`. The object starts with the first call. */
export const roomOf = (env: Env, channelId: string) => objectByName(env, env.ROOMS, channelId);

/** Returns the stub of a user's `UserHub`. */
export const hubOf = (env: Env, userId: string) => objectByName(env, env.HUBS, userId);

/**
 * Returns the stub of the object with this name, in the deployment's data location: the vars `JURISDICTION` and
 * `LOCATION_HINT`, which `config.ts` has validated. Every stub is made here, because the same name in another jurisdiction is
 * another object. The local runtime has no jurisdictions (`jurisdiction()` throws), so a local server ignores the var.
 *
 * @see https://developers.cloudflare.com/durable-objects/reference/data-location/
 */
export function objectByName<T extends Rpc.DurableObjectBranded>(
  { ENVIRONMENT, JURISDICTION, LOCATION_HINT }: Env,
  namespace: DurableObjectNamespace<T>,
  name: string,
): DurableObjectStub<T> {
  const restricted =
    JURISDICTION && ENVIRONMENT !== "local" ? namespace.jurisdiction(JURISDICTION) : namespace;
  return restricted.getByName(name, LOCATION_HINT ? { locationHint: LOCATION_HINT } : {});
}

/** Returns the stub of the object that sends all mail. */
export const mailerOf = (env: Env) => objectByName(env, env.MAILER, "mailer");

const rateLimiters = 8;

/** Returns the stub of the limiter that counts a key. A fixed number of objects share all keys, so that no key creates an object. */
export const rateLimiterOf = (env: Env, key: string) =>
  objectByName(env, env.LIMITERS, `limiter-${shardOf(key, rateLimiters)}`);

/** Returns the stub of the hasher for a lane. All hashes of one lane wait in the same queue. */
export const passwordHasherOf = (
  env: Env,
  { PASSWORD_HASHERS }: { PASSWORD_HASHERS: number },
  lane: string,
) => objectByName(env, env.HASHERS, `hasher-${shardOf(lane, PASSWORD_HASHERS)}`);

/** Returns the stub of the object that sends the events of a subscription. */
export const webhookSenderOf = (env: Env, subscriptionId: string) =>
  objectByName(env, env.WEBHOOKS, subscriptionId);

const jobRunners = 4;

/** Returns the stub of the runner of a job. A fixed number of runners share all jobs, which bounds how many run at the same time. */
export const jobRunnerOf = (env: Env, jobId: string) =>
  objectByName(env, env.JOBS, `jobs-${shardOf(jobId, jobRunners)}`);

/** Returns the stub of the runner that deletes what has expired and keeps audit entries that D1 did not accept. */
export const maintenanceRunnerOf = (env: Env) => objectByName(env, env.JOBS, "jobs-0");

/** FNV-1a: distributes keys evenly, also those that differ in one character. */
function shardOf(key: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % shards;
}

interface PlatformError {
  retryable?: boolean;
  overloaded?: boolean;
}

/**
 * Returns whether the object runs an older release without the method: after a deployment an active object keeps its code for a while
 * (`code_update_strategy` in wrangler.toml).
 */
const isUnknownMethod = (error: unknown): boolean =>
  error instanceof TypeError && error.message.includes("does not implement the method");

/**
 * Calls a method that objects of the previous release lack, as `callObject` does.
 *
 * @returns undefined when the object runs such a release; nothing was executed then
 */
export async function callIfPresent<Call>(
  call: () => Call,
  options: { tries?: number } = {},
): Promise<Awaited<Call> | undefined> {
  try {
    return await callObject(async () => {
      try {
        return await call();
      } catch (error) {
        if (isUnknownMethod(error)) throw methodIsMissing;
        throw error;
      }
    }, options);
  } catch (error) {
    if (error === methodIsMissing) return undefined;
    throw error;
  }
}

const methodIsMissing = new Error("The object runs a release without this method");

/**
 * Calls an object, and repeats the call when the connection to it was lost. The lost call may have run, so this is for calls that may
 * run twice; pass `tries: 1` for others.
 *
 * @param call makes a new stub each time: a stub is unusable after an error
 * @throws `unavailable` when the object is overloaded, unreachable, or runs a release without this method
 */
export async function callObject<Call>(
  call: () => Call,
  { tries = 3 }: { tries?: number } = {},
): Promise<Awaited<Call>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const { retryable, overloaded } = error as PlatformError;
      if (overloaded)
        throw new AppError({
          code: "unavailable",
          detail: "The server is overloaded; try again",
          retryAfterMs: 1_000,
        });
      if (isUnknownMethod(error))
        throw new AppError({
          code: "unavailable",
          detail: "The server is being updated; try again",
          retryAfterMs: 5_000,
        });
      if (!retryable) throw error;
      if (attempt >= tries)
        throw new AppError({
          code: "unavailable",
          detail: "A part of the server is restarting; try again",
          retryAfterMs: 1_000,
        });
    }
  }
}
