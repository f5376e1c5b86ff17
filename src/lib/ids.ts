import { base64url } from "jose";
import { monotonicFactory } from "ulid";

export type IdPrefix = "usr" | "chn" | "msg" | "fil" | "ses" | "req";

let nextUlid: ReturnType<typeof monotonicFactory> | undefined;

/** A new id, later in sort order than every one made here before. Made lazily: no randomness at module start in workerd. */
export function newId(prefix: IdPrefix, nowMs: number = Date.now()): string {
  nextUlid ??= monotonicFactory();
  return `${prefix}_${nextUlid(nowMs)}`;
}

/** An id of the right form that nothing ever gets: its moment is 1970. */
export const noId = (prefix: IdPrefix): string => `${prefix}_${"0".repeat(26)}`;

/** `bytes` of randomness, base64url. */
export function randomToken(bytes: number): string {
  return base64url.encode(crypto.getRandomValues(new Uint8Array(bytes)));
}
