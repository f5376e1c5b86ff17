// Generated from src/protocol/passkeys.ts by `npm run docs`. Do not edit.

/** For `PublicKeyCredential.parseRequestOptionsFromJSON()`. */
export interface PasskeyRequestOptions {
  challenge: string;
  rpId: string;
  [key: string]: unknown;
}

/** `PublicKeyCredential.toJSON()` of a login (WebAuthn level 3, `AuthenticationResponseJSON`). */
export interface PasskeyAssertion {
  id: string;
  rawId: string;
  type: "public-key";
  authenticatorAttachment?: string | null;
  clientExtensionResults: Record<string, unknown>;
  response: {
    clientDataJSON: string;
    authenticatorData: string;
    signature: string;
    userHandle?: string | null;
  };
}

/** For `PublicKeyCredential.parseCreationOptionsFromJSON()`. */
export interface PasskeyCreationOptions {
  challenge: string;
  rp: {
    id: string;
    name: string;
    [key: string]: unknown;
  };
  [key: string]: unknown;
}
