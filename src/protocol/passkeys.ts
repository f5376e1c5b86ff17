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
  id: CredentialId.meta({ description: "The id of the credential." }),
  rawId: CredentialId.meta({ description: "The same id." }),
  type: z.literal("public-key"),
  authenticatorAttachment: z.string().max(32).nullable().optional().meta({ description: "Not used." }),
  clientExtensionResults: z
    .strictObject({
      appid: z.boolean().optional().meta({ description: "Not used." }),
      credProps: z
        .strictObject({
          rk: z.boolean().optional().meta({ description: "Not used." }),
          authenticatorDisplayName: z.string().max(256).optional().meta({ description: "Not used." }),
        })
        .optional()
        .meta({ description: "Not used." }),
    })
    .meta({ description: "Not used." }),
};

/** `PublicKeyCredential.toJSON()` of a login (WebAuthn level 3, `AuthenticationResponseJSON`). */
export const PasskeyAssertion = z.strictObject({
  ...credential,
  response: z
    .strictObject({
      clientDataJSON: base64url(8_192).meta({
        description: "The challenge and the origin, as the browser saw them.",
      }),
      authenticatorData: base64url(8_192).meta({ description: "What the authenticator reports." }),
      signature: base64url(8_192).meta({ description: "The signature of the passkey." }),
      userHandle: base64url(128).nullable().optional().meta({ description: "The id of the user." }),
    })
    .meta({ description: "What the passkey signed." }),
});
export type PasskeyAssertion = z.infer<typeof PasskeyAssertion>;

/** `PublicKeyCredential.toJSON()` of a new passkey (WebAuthn level 3, `RegistrationResponseJSON`). */
export const PasskeyAttestation = z.strictObject({
  ...credential,
  response: z
    .strictObject({
      clientDataJSON: base64url(8_192).meta({
        description: "The challenge and the origin, as the browser saw them.",
      }),
      attestationObject: base64url(32_768).meta({
        description: "The public key and what the authenticator reports.",
      }),
      authenticatorData: base64url(32_768).optional().meta({ description: "Not used." }),
      transports: z
        .array(z.string().max(32))
        .max(16)
        .optional()
        .meta({ description: "How browsers reach the authenticator." }),
      publicKey: base64url(8_192).nullable().optional().meta({ description: "Not used." }),
      publicKeyAlgorithm: z.int().optional().meta({ description: "Not used." }),
    })
    .meta({ description: "The new credential." }),
});
export type PasskeyAttestation = z.infer<typeof PasskeyAttestation>;

/** For `PublicKeyCredential.parseRequestOptionsFromJSON()`. */
export const PasskeyRequestOptions = z
  .looseObject({
    challenge: z.string().meta({ description: "What the passkey signs, in base64url." }),
    rpId: z.string().meta({ description: "The domain to which the passkeys belong." }),
  })
  .meta({
    id: "PasskeyRequestOptions",
    description: "Options for `navigator.credentials.get` (WebAuthn level 3).",
  });
export type PasskeyRequestOptions = z.infer<typeof PasskeyRequestOptions>;

/** For `PublicKeyCredential.parseCreationOptionsFromJSON()`. */
export const PasskeyCreationOptions = z
  .looseObject({
    challenge: z
      .string()
      .meta({ description: "What the browser returns with the new passkey, in base64url." }),
    rp: z
      .looseObject({
        id: z.string().meta({ description: "The domain to which the passkey belongs." }),
        name: z.string(),
      })
      .meta({ description: "The service for which the passkey is." }),
  })
  .meta({
    id: "PasskeyCreationOptions",
    description: "Options for `navigator.credentials.create` (WebAuthn level 3).",
  });
export type PasskeyCreationOptions = z.infer<typeof PasskeyCreationOptions>;
