import type { Context } from "hono";
import { base64url } from "jose";
import type { SignedAssertion } from "../../domain/second-factor.ts";
import { accountDatabase } from "../../db/index.ts";
import { reject } from "../../errors/app-error.ts";
import type { AppEnv } from "../../http/context.ts";
import { deviceOf } from "../../http/device.ts";
import { passkeyScope } from "../../http/passkey-scope.ts";
import { randomToken } from "../../lib/ids.ts";
import { isSameText, macOf } from "../../lib/macs.ts";
import {
  type PasskeyAssertion,
  type PasskeyRequestOptions,
  type UserAndTokens,
  UserId,
} from "../../protocol/index.ts";
import type { z } from "zod";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { recordAudit } from "../audit/index.ts";
import { issueTokens, spendOnce } from "../auth/index.ts";
import { accountFacts, findUser, presentSelf } from "../users/index.ts";
import { readPolicy } from "../workspace/index.ts";

const challengeMs = 5 * 60_000;
/** `<random>.<expiry in ms since 1970>.<MAC>` */
const challengeForm = /^([\w-]{22})\.(\d{13})\.([\w-]{43})$/;

/**
 * Returns a challenge that is valid for 5 minutes. Nothing is stored when it is issued, so that requests without an account cost no
 * storage: a MAC makes it unforgeable, and its use is stored until it expires.
 */
function newChallenge(key: string): string {
  const random = randomToken(16);
  const expiresAt = String(Date.now() + challengeMs);
  return `${random}.${expiresAt}.${challengeMac(key, random, expiresAt)}`;
}

const challengeMac = (key: string, random: string, expiresAt: string): string =>
  macOf(key, { purpose: "parley-passkey-1", message: `${random}|${expiresAt}` });

function isGenuine(key: string, challenge: string): boolean {
  const [, random = "", expiresAt = "", mac = ""] = challengeForm.exec(challenge) ?? [];
  return isSameText(mac, challengeMac(key, random, expiresAt)) && Number(expiresAt) > Date.now();
}

/** Returns the options for a login with any passkey of this deployment; the browser lets the user choose one. */
export function passkeyLoginOptions(c: Context<AppEnv>): PasskeyRequestOptions {
  const { rpId } = requirePasskeyScope(c);
  const challenge = base64url.encode(newChallenge(c.var.config.REFRESH_TOKEN_KEY));
  return { challenge, rpId, timeout: challengeMs, userVerification: "required", allowCredentials: [] };
}

/** @throws `forbidden` if the deployment does not know to which domain passkeys belong */
export function requirePasskeyScope(c: Context<AppEnv>) {
  return (
    passkeyScope(c.var.config, c.req.raw) ??
    reject("forbidden", "Passkeys need a page of an allowed origin, or the var `PUBLIC_URL`")
  );
}

/**
 * Begins a session by a passkey. An unknown user, an unknown passkey, a wrong signature and a used challenge get the same error.
 *
 * @throws `unauthenticated`, or `unavailable` if an object or D1 does not answer
 */
export async function logInWithPasskey(
  c: Context<AppEnv>,
  assertion: PasskeyAssertion,
): Promise<z.infer<typeof UserAndTokens>> {
  const { env } = c;
  const { config } = c.var;
  const scope = requirePasskeyScope(c);
  const challenge = challengeOf(assertion);
  if (!isGenuine(config.REFRESH_TOKEN_KEY, challenge)) return rejectPasskey();
  if (!(await spendOnce(env, config, "passkey", challenge, challengeMs))) return rejectPasskey();
  const userId = UserId.safeParse(textOf(assertion.response.userHandle ?? ""));
  const row = userId.success ? await findUser(accountDatabase(env), userId.data) : undefined;
  if (!row?.active) return rejectPasskey();
  const begin = { account: accountFacts(row), ...deviceOf(c.req.raw), policy: await readPolicy(env) };
  const signed = signedAssertion(assertion);
  const expected = { ...scope, challenge: base64url.encode(challenge) };
  const outcome = await callObject(() => hubOf(env, row.id).logInWithPasskey(signed, expected, begin), {
    tries: 1,
  });
  if (!outcome.ok) return rejectPasskey();
  recordAudit(c, {
    action: "session.begin",
    actorId: row.id,
    objectId: row.id,
    detail: { method: "passkey" },
  });
  return { user: presentSelf(row), tokens: await issueTokens(c, outcome.value) };
}

/** Returns the parts of an assertion that are verified. */
export const signedAssertion = ({ id, response }: PasskeyAssertion): SignedAssertion => ({
  credentialId: id,
  clientDataJSON: response.clientDataJSON,
  authenticatorData: response.authenticatorData,
  signature: response.signature,
});

/** Returns the challenge in what the browser signed, as it was issued; empty if there is none. */
function challengeOf({ response }: PasskeyAssertion): string {
  try {
    const { challenge } = JSON.parse(textOf(response.clientDataJSON)) as { challenge?: unknown };
    return typeof challenge === "string" ? textOf(challenge) : "";
  } catch {
    return "";
  }
}

const textOf = (encoded: string): string => Buffer.from(encoded, "base64url").toString();

const rejectPasskey = (): never =>
  reject("unauthenticated", "The passkey is not known or not valid, or its challenge has expired");
