/** What the workspace requires of sessions. Its authority is D1; hubs keep the newest that they received, by `rev`. */
export interface SecondFactorPolicy {
  rev: number;
  isRequired: boolean;
}

/** The signature algorithms of passkeys, in order of preference: EdDSA, ES256 and RS256 (IANA COSE algorithms). */
export const passkeyAlgorithms = [-8, -7, -257];

/** The page from which passkeys are used (WebAuthn). */
export interface PasskeyScope {
  /** The domain to which passkeys belong. */
  rpId: string;
  /** The origins of pages that may use them. */
  origins: string[];
}

/** What a passkey signed in a login: the parts of `PasskeyAssertion` that are verified. Bytes are in base64url. */
export interface SignedAssertion {
  credentialId: string;
  clientDataJSON: string;
  authenticatorData: string;
  signature: string;
}

/** A challenge that waits for the second factor of a login. */
export interface IssuedChallenge {
  token: string;
  methods: ("totp" | "passkey" | "recovery")[];
  /** What a passkey must sign, in base64url. */
  challenge: string;
  /** In seconds. */
  expiresIn: number;
  passkeys: { credentialId: string; transports: string[] }[];
}

/** An answer to the challenge of a login. */
export type SecondFactorAnswer =
  | { method: "totp" | "recovery"; code: string }
  | { method: "passkey"; assertion: SignedAssertion; scope: PasskeyScope };

/** The proof that comes with a change of second factors, besides the session. */
export interface ProofOfUser {
  /** Whether the Worker has verified the password. */
  isPasswordVerified?: boolean;
  /** A code for the hub to verify. */
  code?: string | undefined;
}

/** A change of the user's second factors by one of their sessions. */
export type SecondFactorChange =
  | { kind: "removeTotp"; proof: ProofOfUser }
  | { kind: "replaceRecoveryCodes"; proof: ProofOfUser }
  | { kind: "removePasskey"; passkeyId: string; proof: ProofOfUser };

/** A new passkey, as the browser reports it. */
export interface NewPasskey {
  credentialId: string;
  clientDataJSON: string;
  attestationObject: string;
  transports: string[];
  name: string;
  scope: PasskeyScope;
}
