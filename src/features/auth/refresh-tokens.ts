import { createHmac, timingSafeEqual } from "node:crypto";

/** A token may be traded again for so long after its rotation, with the same result: for answers that got lost. */
export const graceMs = 10_000;

/** What a refresh token says, before its mac is believed. */
export interface RefreshClaims {
  userId: string;
  sessionId: string;
  generation: number;
}

export interface PresentedToken extends RefreshClaims {
  mac: string;
}

const form = /^(usr_[0-9A-Z]{26})\.(ses_[0-9A-Z]{26})\.(0|[1-9]\d{0,8})\.([A-Za-z0-9_-]{43})$/;

/** Undefined for what we can't have made. */
export function parseRefreshToken(token: string): PresentedToken | undefined {
  const [, userId, sessionId, generation, mac] = form.exec(token) ?? [];
  if (!userId || !sessionId || !generation || !mac) return undefined;
  return { userId, sessionId, generation: Number(generation), mac };
}

/**
 * The token of one generation. It is derived, so that it need not be kept: who has the hub's storage lacks `key`, and
 * who has `key` lacks the session's `salt`. `key`: base64url.
 */
export function deriveRefreshToken(key: string, claims: RefreshClaims, salt: string): string {
  return `${claims.userId}.${claims.sessionId}.${claims.generation}.${macOf(key, claims, salt)}`;
}

/** In constant time. */
export function isGenuine(key: string, { mac, ...claims }: PresentedToken, salt: string): boolean {
  const wanted = Buffer.from(macOf(key, claims, salt));
  const given = Buffer.from(mac);
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

function macOf(key: string, { userId, sessionId, generation }: RefreshClaims, salt: string): string {
  return createHmac("sha256", Buffer.from(key, "base64url"))
    .update(`parley-refresh-1|${userId}|${sessionId}|${generation}|${salt}`)
    .digest("base64url");
}

/**
 * What a genuine token is good for: the newest rotates; the one before it gives the same successor again within the grace;
 * an older one was used twice, by two people: the session ends. One from the future follows a restored backup: no good.
 */
export function judgeGeneration(
  presented: number,
  current: { generation: number; rotatedAt: number },
  nowMs: number,
): "rotate" | "repeat" | "reuse" | "unknown" {
  if (presented > current.generation) return "unknown";
  if (presented === current.generation) return "rotate";
  return presented === current.generation - 1 && nowMs - current.rotatedAt <= graceMs ? "repeat" : "reuse";
}
