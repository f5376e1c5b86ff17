// Generated from src/protocol/passkeys.ts by `npm run docs`. Do not edit.

/** Options for `navigator.credentials.get` (WebAuthn level 3). */
export interface PasskeyRequestOptions {
  /** What the passkey signs, in base64url. */
  challenge: string;
  /** The domain to which the passkeys belong. */
  rpId: string;
  [key: string]: unknown;
}

/** `PublicKeyCredential.toJSON()` of a login (WebAuthn level 3, `AuthenticationResponseJSON`). */
export interface PasskeyAssertion {
  /** The id of the credential. */
  id: string;
  /** The same id. */
  rawId: string;
  type: "public-key";
  /** Not used. */
  authenticatorAttachment?: string | null;
  /** Not used. */
  clientExtensionResults: {
    /** Not used. */
    appid?: boolean;
    /** Not used. */
    credProps?: {
      /** Not used. */
      rk?: boolean;
      /** Not used. */
      authenticatorDisplayName?: string;
    };
  };
  /** What the passkey signed. */
  response: {
    /** The challenge and the origin, as the browser saw them. */
    clientDataJSON: string;
    /** What the authenticator reports. */
    authenticatorData: string;
    /** The signature of the passkey. */
    signature: string;
    /** The id of the user. */
    userHandle?: string | null;
  };
}

/** Options for `navigator.credentials.create` (WebAuthn level 3). */
export interface PasskeyCreationOptions {
  /** What the browser returns with the new passkey, in base64url. */
  challenge: string;
  /** The service for which the passkey is. */
  rp: {
    /** The domain to which the passkey belongs. */
    id: string;
    name: string;
    [key: string]: unknown;
  };
  [key: string]: unknown;
}
