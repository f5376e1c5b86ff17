import { base64url } from "jose";
import type { PasskeyScope, SecondFactorAnswer, SignedAssertion } from "../../domain/second-factor.ts";
import { logLine } from "../../lib/log-line.ts";
import type { HubState } from "../hub-state.ts";
import { hashOfRecoveryCode } from "./recovery-codes.ts";
import type { SecretBox } from "./secret-box.ts";
import { loadWebAuthn } from "./load-webauthn.ts";
import { stepOfCode } from "./totp.ts";

/** Uses up a correct answer. Call it within a commit. Returns false if another request did so before. */
export type ConsumeAnswer = () => boolean;

/**
 * Verifies an answer to a challenge of a login.
 *
 * @param challenge what a passkey must have signed, in base64url
 * @returns undefined if the answer is wrong
 */
export async function verifyAnswer(
  hub: HubState,
  box: SecretBox,
  answer: SecondFactorAnswer,
  challenge: string,
): Promise<ConsumeAnswer | undefined> {
  if (answer.method === "passkey")
    return verifyPasskey(hub, answer.assertion, {
      ...answer.scope,
      challenge,
      requireUserVerification: false,
    });
  return answer.method === "totp" ? verifyTotp(hub, box, answer.code) : verifyRecoveryCode(hub, answer.code);
}

/** Verifies a code of the authenticator app. */
export async function verifyTotp(
  hub: HubState,
  box: SecretBox,
  code: string,
): Promise<ConsumeAnswer | undefined> {
  const totp = hub.secondFactors.activeTotp();
  const secret = totp && (await box.open(totp.secret));
  if (totp && secret === undefined)
    logLine({ level: "error", message: "second_factor.unreadable_secret", userId: hub.userId });
  const step = secret && (await stepOfCode(secret, code, Date.now()));
  if (!totp || !step || step <= totp.lastStep) return undefined;
  return () => hub.secondFactors.consumeStep(totp, step);
}

/** Returns the consumer of a recovery code, which finds out whether it is correct. */
export function verifyRecoveryCode(hub: HubState, code: string): ConsumeAnswer {
  const hash = hashOfRecoveryCode(hub.userId, code);
  return () => hub.secondFactors.consumeRecoveryCode(hash);
}

/**
 * Verifies the signature of a passkey. A passkey whose counter does not increase may have been copied; its answer is wrong (WebAuthn
 * level 3, section 7.2).
 */
export async function verifyPasskey(
  hub: HubState,
  { credentialId, ...response }: SignedAssertion,
  expected: PasskeyScope & { challenge: string; requireUserVerification: boolean },
): Promise<ConsumeAnswer | undefined> {
  const passkey = hub.secondFactors.passkeyByCredential(credentialId);
  if (!passkey) return undefined;
  const { verifyAuthenticationResponse } = await loadWebAuthn();
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: {
        id: credentialId,
        rawId: credentialId,
        type: "public-key",
        clientExtensionResults: {},
        response,
      },
      expectedChallenge: expected.challenge,
      expectedOrigin: expected.origins,
      expectedRPID: expected.rpId,
      credential: {
        id: passkey.credentialId,
        publicKey: new Uint8Array(base64url.decode(passkey.publicKey)),
        counter: passkey.counter,
      },
      requireUserVerification: expected.requireUserVerification,
    });
    if (!verified) return undefined;
    const { newCounter: counter, credentialBackedUp: isBackedUp } = authenticationInfo;
    return () => hub.secondFactors.recordPasskeyUse(passkey, { counter, isBackedUp }, Date.now());
  } catch (error) {
    if (error instanceof Error && error.message.includes("counter"))
      logLine({
        level: "warn",
        message: "second_factor.passkey_counter_regressed",
        userId: hub.userId,
        passkeyId: passkey.id,
      });
    return undefined;
  }
}
