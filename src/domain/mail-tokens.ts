import { base64url } from "jose";
import { z } from "zod";
import { isSameText, macOf } from "../lib/macs.ts";
import { InviteId, UserId } from "../protocol/index.ts";

/** How long a link that sets a password is valid. */
export const resetTokenMs = 30 * 60_000;
/** How long a link that confirms an address is valid, and how long a registration waits for it. */
export const confirmTokenMs = 24 * 3_600_000;

/** Single-use: the reset writes only an account of this `credentialVersion`, which it raises, and with this address. */
const ResetClaims = z.object({
  userId: UserId,
  credentialVersion: z.int(),
  emailKey: z.string(),
  expiresAt: z.int(),
});
export type ResetClaims = z.infer<typeof ResetClaims>;

const ConfirmClaims = z.discriminatedUnion("kind", [
  /** Creates the account of a pending registration. */
  z.object({ kind: z.literal("registration"), pendingId: UserId, expiresAt: z.int() }),
  /** Confirms the address of an account, if it is still this one and not confirmed. */
  z.object({ kind: z.literal("address"), userId: UserId, emailKey: z.string(), expiresAt: z.int() }),
  /**
   * Replaces the address `emailKey` of an account, if its password is still the one that the request was made with. A link of a release
   * without `credentialVersion` is not valid any more.
   */
  z.object({
    kind: z.literal("change"),
    userId: UserId,
    emailKey: z.string(),
    credentialVersion: z.int().optional(),
    email: z.string(),
    expiresAt: z.int(),
  }),
]);
export type ConfirmClaims = z.infer<typeof ConfirmClaims>;

const purposes = { reset: "parley-reset-1", confirm: "parley-confirm-1", invite: "parley-invite-1" };
/** An address has at most 254 octets, so a token has at most about 1,100 characters. */
const form = /^([\w-]{1,2000})\.([\w-]{43})$/;

/**
 * Returns a token that sets a new password: `<claims>.<MAC>`. Nothing is stored.
 *
 * @param key a Worker secret in base64url
 */
export const newResetToken = (key: string, claims: ResetClaims): string =>
  signClaims(key, purposes.reset, claims);

/** Returns a token that confirms an address. */
export const newConfirmToken = (key: string, claims: ConfirmClaims): string =>
  signClaims(key, purposes.confirm, claims);

/** Returns the claims of a token that is genuine and not expired. Whether it was used D1 decides. */
export const readResetToken = (key: string, token: string, nowMs: number): ResetClaims | undefined =>
  readClaims(key, { purpose: purposes.reset, schema: ResetClaims, nowMs }, token);

/** Returns the claims of a token that is genuine and not expired. Whether it was used D1 decides. */
export const readConfirmToken = (key: string, token: string, nowMs: number): ConfirmClaims | undefined =>
  readClaims(key, { purpose: purposes.confirm, schema: ConfirmClaims, nowMs }, token);

function signClaims(key: string, purpose: string, claims: object): string {
  const message = base64url.encode(JSON.stringify(claims));
  return `${message}.${macOf(key, { purpose, message })}`;
}

function readClaims<T extends { expiresAt: number }>(
  key: string,
  { purpose, schema, nowMs }: { purpose: string; schema: z.ZodType<T>; nowMs: number },
  token: string,
): T | undefined {
  const [, message, mac] = form.exec(token) ?? [];
  if (!message || !mac || !isSameText(mac, macOf(key, { purpose, message }))) return undefined;
  const claims = schema.parse(JSON.parse(new TextDecoder().decode(base64url.decode(message))));
  return claims.expiresAt > nowMs ? claims : undefined;
}

/** Returns the token of an invite: its id and a MAC of it. */
export const inviteToken = (key: string, inviteId: string): string =>
  `${inviteId}.${macOf(key, { purpose: purposes.invite, message: inviteId })}`;

/** Returns the invite of a token; undefined when the token is not genuine, so that a forged one costs no query. */
export function inviteOfToken(key: string, token: string): string | undefined {
  const at = token.lastIndexOf(".");
  const id = InviteId.safeParse(token.slice(0, at));
  return id.success && isSameText(token, inviteToken(key, id.data)) ? id.data : undefined;
}
