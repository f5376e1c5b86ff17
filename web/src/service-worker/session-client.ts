import type { ParleyClient } from "../../../src/client/index.ts";

/**
 * Returns a client with the session of this browser, for the requests of the worker; null if there is none, or if it is another user's.
 *
 * @param _userId the user whose session it must be; undefined: any
 */
export function sessionClient(_userId?: string): Promise<ParleyClient | null> {
  // The session is in `localStorage`, which workers can't read.
  return Promise.resolve(null);
}
