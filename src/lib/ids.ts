import { base64url } from "jose";
import { monotonicFactory } from "ulid";

export type IdPrefix =
  | "usr"
  | "chn"
  | "msg"
  | "fil"
  | "ses"
  | "req"
  | "aud"
  | "inv"
  | "tok"
  | "key"
  | "job"
  | "psk"
  | "cmd"
  | "run"
  | "eph"
  | "sch"
  | "rem"
  | "sub"
  | "dlv"
  | "grp"
  | "iwh"
  | "psh";

let nextUlid: ReturnType<typeof monotonicFactory> | undefined;

/**
 * Returns a new id: a prefix and a ULID that sorts after every id made in this isolate before. The factory is created on first
 * use, because workerd has no randomness while a module loads.
 */
export function newId(prefix: IdPrefix, nowMs: number = Date.now()): string {
  nextUlid ??= monotonicFactory();
  return `${prefix}_${nextUlid(nowMs)}`;
}

/** Returns an id of the right form that is never assigned: the time in its ULID is 1970. */
export const noId = (prefix: IdPrefix): string => `${prefix}_${"0".repeat(26)}`;

/** Returns `bytes` random bytes in base64url. */
export function randomToken(bytes: number): string {
  return base64url.encode(crypto.getRandomValues(new Uint8Array(bytes)));
}
