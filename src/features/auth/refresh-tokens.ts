import { isSameText, macOf } from "../../lib/macs.ts";

/** How long a token may be exchanged again after its successor was first used, in ms: parallel tabs refresh the same token. */
export const reuseGraceMs = 10_000;

/** The claims of a refresh token. They are not trusted until its MAC is verified. */
export interface RefreshClaims {
  userId: string;
  sessionId: string;
  generation: number;
}

export interface PresentedToken extends RefreshClaims {
  /** Depends on the session's salt, which only its hub has. */
  mac: string;
  /** Depends on the Worker's key only, so that the Worker can verify it: a made-up token starts no hub. */
  tag: string;
}

/**
 * When each generation was first used, by its refresh token or an access token issued with it. Contains the newest generation once it was
 * used, and earlier ones as long as their predecessors may still be exchanged.
 */
export type Receipts = readonly (readonly [generation: number, seenAtMs: number])[];

const tokenFormat =
  /^(usr_[0-9A-Z]{26})\.(ses_[0-9A-Z]{26})\.(0|[1-9]\d{0,8})\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{22})$/;

/** Parses a refresh token; returns undefined for a text that this server cannot have issued. */
export function parseRefreshToken(token: string): PresentedToken | undefined {
  const [, userId, sessionId, generation, mac, tag] = tokenFormat.exec(token) ?? [];
  if (!userId || !sessionId || !generation || !mac || !tag) return undefined;
  return { userId, sessionId, generation: Number(generation), mac, tag };
}

/**
 * Derives the token of one generation. Tokens are derived rather than stored, so that neither the hub's storage (which lacks `key`) nor the
 * Worker's secrets (which lack the session's `salt`) suffice to make one.
 *
 * @param key a Worker secret in base64url
 */
export function deriveRefreshToken(key: string, claims: RefreshClaims, salt: string): string {
  const token = `${claims.userId}.${claims.sessionId}.${claims.generation}.${sessionMac(key, claims, salt)}`;
  return `${token}.${tagOf(key, token)}`;
}

/** Verifies that a Worker with this key issued the token, for any session. Checked before the hub that the token names is called. */
export function isTagged(key: string, { userId, sessionId, generation, mac, tag }: PresentedToken): boolean {
  return isSameText(tag, tagOf(key, `${userId}.${sessionId}.${generation}.${mac}`));
}

/** Verifies that the token belongs to the session with this salt. */
export function isGenuine(key: string, { mac, ...claims }: PresentedToken, salt: string): boolean {
  return isSameText(mac, sessionMac(key, claims, salt));
}

const sessionMac = (key: string, { userId, sessionId, generation }: RefreshClaims, salt: string): string =>
  macOf(key, { purpose: "parley-refresh-1", message: `${userId}|${sessionId}|${generation}|${salt}` });

const tagOf = (key: string, token: string): string =>
  macOf(key, { purpose: "parley-refresh-tag-1", message: token, bytes: 16 });

/**
 * - `rotate`: the newest token, which is exchanged for a new generation
 * - `repeat`: an older token, which is exchanged for its existing successor
 * - `reuse`: an older token that two clients have, so one of them may have stolen it; the session ends
 * - `unknown`: a token of a generation after the newest, as after a restored backup; not valid
 */
export type GenerationVerdict = "rotate" | "repeat" | "reuse" | "unknown";

/**
 * Decides what a genuine token may be exchanged for (refresh token rotation, RFC 9700 section 4.14.2). An older token repeats its successor
 * until that successor is used, and for 10 s after.
 */
export function judgeGeneration(
  presented: number,
  { generation, receipts }: { generation: number; receipts: Receipts },
  nowMs: number,
): GenerationVerdict {
  if (presented > generation) return "unknown";
  if (presented === generation) return "rotate";
  const seenAtMs = receipts.find(([seen]) => seen === presented + 1)?.[1];
  if (seenAtMs !== undefined) return nowMs - seenAtMs <= reuseGraceMs ? "repeat" : "reuse";
  return presented === generation - 1 ? "repeat" : "reuse";
}

/** Bounds the stored receipts of a client that refreshes in a loop. */
const maxReceipts = 20;

/** Adds the first use of the newest generation, and drops receipts that `judgeGeneration` no longer needs. */
export function withReceipt(receipts: Receipts, generation: number, nowMs: number): Receipts {
  if (receipts.some(([seen]) => seen === generation)) return receipts;
  const recent = receipts.filter(([, seenAtMs]) => nowMs - seenAtMs <= reuseGraceMs);
  return [...recent, [generation, nowMs] as const].slice(-maxReceipts);
}
