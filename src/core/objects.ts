import { AppError } from "./app-error.ts";

/** The objects by the ids that they serve: a channel's room, a user's hub. */
export const roomOf = (env: Env, channelId: string) => env.ROOMS.getByName(channelId);
export const hubOf = (env: Env, userId: string) => env.HUBS.getByName(userId);

interface PlatformError {
  retryable?: boolean;
  overloaded?: boolean;
}

/**
 * Calls an object, and again on a fresh stub when the connection to it was lost, whether or not the call had run. What an
 * overloaded or unreachable object can't do is `unavailable`. Only for calls that may run twice: pass `tries: 1` for others.
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
          detail: "Too much to do here; try again",
          retryAfterMs: 1_000,
        });
      if (!retryable) throw error;
      if (attempt >= tries)
        throw new AppError({
          code: "unavailable",
          detail: "A part of the server restarts; try again",
          retryAfterMs: 1_000,
        });
    }
  }
}
