import type { IssuedChallenge, PasskeyScope } from "../../domain/second-factor.ts";
import type { MfaChallenge } from "../../protocol/index.ts";

/** Converts a challenge to what the client receives. @param scope undefined: passkeys cannot be used from the page of the request */
export function presentChallenge(
  { token, expiresIn, methods, challenge, passkeys }: IssuedChallenge,
  scope: PasskeyScope | undefined,
): MfaChallenge {
  const usable = methods.filter((method) => method !== "passkey" || scope);
  if (!scope || passkeys.length === 0) return { token, expiresIn, methods: usable };
  const passkeyOptions = {
    challenge,
    rpId: scope.rpId,
    timeout: expiresIn * 1_000,
    userVerification: "preferred",
    allowCredentials: passkeys.map(({ credentialId: id, transports }) => ({
      type: "public-key",
      id,
      transports,
    })),
  };
  return { token, expiresIn, methods: usable, passkeyOptions };
}
