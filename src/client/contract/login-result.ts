// Generated from src/protocol/login-result.ts by `npm run docs`. Do not edit.

import type { PasskeyRequestOptions } from "./passkeys.ts";
import type { Self } from "./users.ts";
import type { Tokens } from "./session-tokens.ts";

/** The outcome of a login: a session, or a challenge if the account has a second factor. */
export type LoginResult =
  | UserAndTokens
  | {
      mfa: MfaChallenge;
    };

export interface UserAndTokens {
  user: Self;
  tokens: Tokens;
}

/** The challenge of a login to an account with a second factor. No session exists yet. */
export interface MfaChallenge {
  /** For `POST /v1/auth/mfa`. Usable for one session. */
  token: string;
  /** The lifetime of the token, in seconds. */
  expiresIn: number;
  /** How it can be answered. */
  methods: ("totp" | "passkey" | "recovery")[];
  /** For `navigator.credentials.get`, if `methods` contains `passkey`. */
  passkeyOptions?: PasskeyRequestOptions;
}
