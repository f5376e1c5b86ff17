import { base64url } from "jose";
import { passkeyAlgorithms, type NewPasskey } from "../../domain/second-factor.ts";
import { newId } from "../../lib/ids.ts";
import { loadWebAuthn } from "./load-webauthn.ts";
import type { StoredPasskey } from "./second-factors.ts";

/**
 * Verifies a new passkey. Attestation statements are not requested and not relied on; the authenticator must have verified its user.
 *
 * @param challenge what was issued for it, in base64url
 * @returns undefined if it is not valid
 */
export async function verifyNewPasskey(
  { credentialId, clientDataJSON, attestationObject, transports, name, scope }: NewPasskey,
  challenge: string,
): Promise<StoredPasskey | undefined> {
  const { verifyRegistrationResponse } = await loadWebAuthn();
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: {
        id: credentialId,
        rawId: credentialId,
        type: "public-key",
        clientExtensionResults: {},
        response: { clientDataJSON, attestationObject },
      },
      expectedChallenge: challenge,
      expectedOrigin: scope.origins,
      expectedRPID: scope.rpId,
      requireUserVerification: true,
      supportedAlgorithmIDs: passkeyAlgorithms,
    });
    if (!verified) return undefined;
    const { credential, credentialBackedUp } = registrationInfo;
    const nowMs = Date.now();
    return {
      id: newId("psk", nowMs),
      credentialId: credential.id,
      name,
      publicKey: base64url.encode(credential.publicKey),
      counter: credential.counter,
      transports,
      isBackedUp: credentialBackedUp,
      createdAt: nowMs,
      lastUsedAt: null,
    };
  } catch {
    return undefined;
  }
}
