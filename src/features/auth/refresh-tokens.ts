import { isSameText, macOf } from "../../lib/macs.ts";

/** How long a token still gives its successor after the server has seen that successor in use: for parallel tabs. */
export const reuseGraceMs = 10_000;

/** What a refresh token says, before its mac is believed. */
export interface RefreshClaims {
  userId: string;
  sessionId: string;
  generation: number;
}

export interface PresentedToken extends RefreshClaims {
  /** Made with the session's salt, which its hub alone has. */
  mac: string;
  /** Made by the Worker's key alone: a token without a genuine one starts no hub. */
  tag: string;
}

/**
 * When the server first saw each generation in use: its refresh token, or an access token issued with it. Holds the present
 * generation once it was seen, and earlier ones as long as their predecessors may still be traded.
 */
export type Receipts = readonly (readonly [generation: number, seenAtMs: number])[];

const form =
  /^(usr_[0-9A-Z]{26})\.(ses_[0-9A-Z]{26})\.(0|[1-9]\d{0,8})\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{22})$/;

/** Undefined for what we can't have made. */
export function parseRefreshToken(token: string): PresentedToken | undefined {
  const [, userId, sessionId, generation, mac, tag] = form.exec(token) ?? [];
  if (!userId || !sessionId || !generation || !mac || !tag) return undefined;
  return { userId, sessionId, generation: Number(generation), mac, tag };
}

/**
 * The token of one generation. It is derived, so that it need not be kept: who has the hub's storage lacks `key`, and
 * who has `key` lacks the session's `salt`. `key`: base64url.
 */
export function deriveRefreshToken(key: string, claims: RefreshClaims, salt: string): string {
  const token = `${claims.userId}.${claims.sessionId}.${claims.generation}.${sessionMac(key, claims, salt)}`;
  return `${token}.${tagOf(key, token)}`;
}

/** Whether a Worker with this key made the token, for some session: checked before the hub that it names is called. */
export function isTagged(key: string, { userId, sessionId, generation, mac, tag }: PresentedToken): boolean {
  return isSameText(tag, tagOf(key, `${userId}.${sessionId}.${generation}.${mac}`));
}

/** Whether it is a token of the session that has this salt. */
export function isGenuine(key: string, { mac, ...claims }: PresentedToken, salt: string): boolean {
  return isSameText(mac, sessionMac(key, claims, salt));
}

const sessionMac = (key: string, { userId, sessionId, generation }: RefreshClaims, salt: string): string =>
  macOf(key, { purpose: "parley-refresh-1", message: `${userId}|${sessionId}|${generation}|${salt}` });

const tagOf = (key: string, token: string): string =>
  macOf(key, { purpose: "parley-refresh-tag-1", message: token, bytes: 16 });

/**
 * What a genuine token is good for. The newest rotates. An older one gives its successor again until the server has seen that
 * successor in use, and for 10 s after that; later it was used twice, by two people: the session ends. One from the future
 * follows a restored backup and is not valid.
 */
export function judgeGeneration(
  presented: number,
  { generation, receipts }: { generation: number; receipts: Receipts },
  nowMs: number,
): "rotate" | "repeat" | "reuse" | "unknown" {
  if (presented > generation) return "unknown";
  if (presented === generation) return "rotate";
  const seenAtMs = receipts.find(([seen]) => seen === presented + 1)?.[1];
  if (seenAtMs !== undefined) return nowMs - seenAtMs <= reuseGraceMs ? "repeat" : "reuse";
  return presented === generation - 1 ? "repeat" : "reuse";
}

const maxReceipts = 20;

/** The receipts once `generation`, the newest, was seen: those that `judgeGeneration` can still need. */
export function withReceipt(receipts: Receipts, generation: number, nowMs: number): Receipts {
  if (receipts.some(([seen]) => seen === generation)) return receipts;
  const recent = receipts.filter(([, seenAtMs]) => nowMs - seenAtMs <= reuseGraceMs);
  return [...recent, [generation, nowMs] as const].slice(-maxReceipts);
}
