import { z } from "zod";

/** Bytes in base64url without padding (RFC 4648 section 5). */
const base64url = (maxLength: number) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .regex(/^[A-Za-z0-9_-]+$/, "Must be base64url without padding");

/** A credential id has at most 1,023 bytes (WebAuthn level 3, section 4). */
const CredentialId = base64url(1_364);

const credential = {
  id: CredentialId,
  rawId: CredentialId,
  type: z.literal("public-key"),
  authenticatorAttachment: z.string().max(32).nullable().optional(),
  clientExtensionResults: z.record(z.string().max(64), z.unknown()),
};

/** `PublicKeyCredential.toJSON()` of a login (WebAuthn level 3, `AuthenticationResponseJSON`). */
export const PasskeyAssertion = z
  .strictObject({
    ...credential,
    response: z.strictObject({
      clientDataJSON: base64url(8_192),
      authenticatorData: base64url(8_192),
      signature: base64url(8_192),
      userHandle: base64url(128).nullable().optional(),
    }),
  })
  .meta({ id: "PasskeyAssertion" });
export type PasskeyAssertion = z.infer<typeof PasskeyAssertion>;

/** `PublicKeyCredential.toJSON()` of a new passkey (WebAuthn level 3, `RegistrationResponseJSON`). */
export const PasskeyAttestation = z
  .strictObject({
    ...credential,
    response: z.strictObject({
      clientDataJSON: base64url(8_192),
      attestationObject: base64url(32_768),
      authenticatorData: base64url(32_768).optional(),
      transports: z.array(z.string().max(32)).max(16).optional(),
      publicKey: base64url(8_192).nullable().optional(),
      publicKeyAlgorithm: z.int().optional(),
    }),
  })
  .meta({ id: "PasskeyAttestation" });
export type PasskeyAttestation = z.infer<typeof PasskeyAttestation>;

/** For `PublicKeyCredential.parseRequestOptionsFromJSON()`. */
export const PasskeyRequestOptions = z
  .looseObject({ challenge: z.string(), rpId: z.string() })
  .meta({ id: "PasskeyRequestOptions" });
export type PasskeyRequestOptions = z.infer<typeof PasskeyRequestOptions>;

/** For `PublicKeyCredential.parseCreationOptionsFromJSON()`. */
export const PasskeyCreationOptions = z
  .looseObject({ challenge: z.string(), rp: z.looseObject({ id: z.string(), name: z.string() }) })
  .meta({ id: "PasskeyCreationOptions" });
export type PasskeyCreationOptions = z.infer<typeof PasskeyCreationOptions>;
