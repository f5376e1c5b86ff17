// Generated from src/protocol/second-factor.ts by `npm run docs`. Do not edit.

import type { Endpoint, NoInput } from "../endpoint.ts";
import type { MfaChallenge, UserAndTokens } from "./login-result.ts";
import type { Page, PasskeyId, Timestamp, UserId } from "./common.ts";
import type { PasskeyAssertion, PasskeyCreationOptions, PasskeyRequestOptions } from "./passkeys.ts";

export interface AnswerSecondFactorInput {
  body: AnswerSecondFactorBody;
}

export interface AnswerSecondFactorBody {
  /** Of the challenge. */
  token: string;
  /** One of the challenge's methods. */
  method: "totp" | "passkey" | "recovery";
  /** For `totp` and `recovery`. */
  code?: string;
  /** For `passkey`: the answer to `passkeyOptions`. */
  assertion?: PasskeyAssertion;
}

export type BeginSecondFactorInput = NoInput;

export interface BeginSecondFactorResponse {
  mfa: MfaChallenge;
}

export interface ConfirmTotpInput {
  body: ConfirmTotpBody;
}

export interface ConfirmTotpBody {
  code: string;
}

export interface ConfirmTotpResponse {
  recoveryCodes: RecoveryCodes;
}

/** Ten codes, each of which replaces the second factor once. They are shown only here. */
export type RecoveryCodes = string[];

export interface CreatePasskeyInput {
  body: CreatePasskeyBody;
}

export interface CreatePasskeyBody {
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
  /** The new credential. */
  response: {
    /** The challenge and the origin, as the browser saw them. */
    clientDataJSON: string;
    /** The public key and what the authenticator reports. */
    attestationObject: string;
    /** Not used. */
    authenticatorData?: string;
    /** How browsers reach the authenticator. */
    transports?: string[];
    /** Not used. */
    publicKey?: string | null;
    /** Not used. */
    publicKeyAlgorithm?: number;
  };
  /** 1 to 80 characters. */
  name?: string;
}

export interface CreatePasskeyResponse {
  passkey: Passkey;
  /** Ten codes if this is the first second factor, otherwise null. */
  recoveryCodes: RecoveryCodes | null;
}

/** A passkey (WebAuthn) of the user. */
export interface Passkey {
  id: PasskeyId;
  /** As its user named it. */
  name: string;
  /** Whether the passkey is synchronized between devices. */
  backedUp: boolean;
  createdAt: Timestamp;
  /** When it was last used; null for never. */
  lastUsedAt: Timestamp | null;
}

export type CreatePasskeyLoginOptionsInput = NoInput;

export type CreatePasskeyOptionsInput = NoInput;

export interface CreateRecoveryCodesInput {
  body: Proof;
}

/** The current password or a code. Both may be absent if the session began within the last 15 minutes. */
export interface Proof {
  /** The current password. */
  password?: string;
  /** A code of the authenticator app, or a recovery code. */
  code?: string;
}

export interface CreateRecoveryCodesResponse {
  recoveryCodes: RecoveryCodes;
}

export type CreateTotpInput = NoInput;

export interface CreateTotpResponse {
  /** In base32. */
  secret: string;
  /** An `otpauth://` URI, to be shown as a QR code. */
  uri: string;
}

export interface DeletePasskeyInput {
  params: {
    passkeyId: PasskeyId;
  };
  body: Proof;
}

export interface DeleteTotpInput {
  body: Proof;
}

export type GetPasskeysInput = NoInput;

export type GetSecondFactorsInput = NoInput;

/** Which second factors are enabled. */
export interface SecondFactors {
  /** Whether an authenticator app is enabled. */
  totp: boolean;
  /** The number of passkeys. */
  passkeys: number;
  /** The number of unused recovery codes. */
  recoveryCodes: number;
  /** Whether this session passed a second factor. */
  passed: boolean;
  /** Whether the workspace requires a second factor, as far as this user's sessions are concerned. */
  required: boolean;
}

export interface LoginWithPasskeyInput {
  body: PasskeyAssertion;
}

export interface ResetSecondFactorsInput {
  params: {
    userId: UserId;
  };
}

export interface UpdatePasskeyInput {
  params: {
    passkeyId: PasskeyId;
  };
  body: UpdatePasskeyBody;
}

export interface UpdatePasskeyBody {
  /** 1 to 80 characters. */
  name: string;
}

/**
 * Pass the second factor of a login, and start its session.
 *
 * `POST /v1/auth/mfa`
 *
 * @throws ParleyError `forbidden`, `payload_too_large`, `request_timeout`, `unauthenticated`,
 * `validation_failed`
 */
export const answerSecondFactor: Endpoint<AnswerSecondFactorInput, UserAndTokens> = {
  method: "POST",
  path: "/v1/auth/mfa",
  isPublic: true,
  sends: "json",
};

/**
 * Begin to pass the second factor in place of this session, which ends when the new one starts.
 *
 * `POST /v1/auth/mfa/challenge`
 *
 * @throws ParleyError `conflict`, `forbidden`, `validation_failed`
 */
export const beginSecondFactor: Endpoint<BeginSecondFactorInput, BeginSecondFactorResponse> = {
  method: "POST",
  path: "/v1/auth/mfa/challenge",
};

/**
 * Enable the authenticator app by a code of it.
 *
 * `POST /v1/users/me/totp/confirm`
 *
 * @throws ParleyError `conflict`, `forbidden`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const confirmTotp: Endpoint<ConfirmTotpInput, ConfirmTotpResponse> = {
  method: "POST",
  path: "/v1/users/me/totp/confirm",
  sends: "json",
};

/**
 * Add a passkey.
 *
 * `POST /v1/users/me/passkeys`
 *
 * @throws ParleyError `conflict`, `forbidden`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const createPasskey: Endpoint<CreatePasskeyInput, CreatePasskeyResponse> = {
  method: "POST",
  path: "/v1/users/me/passkeys",
  sends: "json",
};

/**
 * Get the options for a login with a passkey (WebAuthn, `navigator.credentials.get`).
 *
 * `POST /v1/auth/passkey/options`
 *
 * Options for `navigator.credentials.get` (WebAuthn level 3).
 *
 * @throws ParleyError `validation_failed`
 */
export const createPasskeyLoginOptions: Endpoint<CreatePasskeyLoginOptionsInput, PasskeyRequestOptions> = {
  method: "POST",
  path: "/v1/auth/passkey/options",
  isPublic: true,
};

/**
 * Get the options for a new passkey (WebAuthn, `navigator.credentials.create`).
 *
 * `POST /v1/users/me/passkeys/options`
 *
 * Options for `navigator.credentials.create` (WebAuthn level 3).
 *
 * @throws ParleyError `conflict`, `forbidden`, `validation_failed`
 */
export const createPasskeyOptions: Endpoint<CreatePasskeyOptionsInput, PasskeyCreationOptions> = {
  method: "POST",
  path: "/v1/users/me/passkeys/options",
};

/**
 * Replace all recovery codes by ten new ones.
 *
 * `POST /v1/users/me/recovery-codes`
 *
 * @throws ParleyError `conflict`, `forbidden`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const createRecoveryCodes: Endpoint<CreateRecoveryCodesInput, CreateRecoveryCodesResponse> = {
  method: "POST",
  path: "/v1/users/me/recovery-codes",
  sends: "json",
};

/**
 * Begin to enable an authenticator app (TOTP, RFC 6238). It has no effect until a code confirms it, within 15
 * minutes.
 *
 * `POST /v1/users/me/totp`
 *
 * @throws ParleyError `conflict`, `forbidden`, `validation_failed`
 */
export const createTotp: Endpoint<CreateTotpInput, CreateTotpResponse> = {
  method: "POST",
  path: "/v1/users/me/totp",
};

/**
 * Remove a passkey.
 *
 * `DELETE /v1/users/me/passkeys/:passkeyId`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `request_timeout`,
 * `validation_failed`
 */
export const deletePasskey: Endpoint<DeletePasskeyInput, undefined> = {
  method: "DELETE",
  path: "/v1/users/me/passkeys/:passkeyId",
  sends: "json",
  answers: "nothing",
  idempotent: true,
};

/**
 * Disable the authenticator app.
 *
 * `DELETE /v1/users/me/totp`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `request_timeout`,
 * `validation_failed`
 */
export const deleteTotp: Endpoint<DeleteTotpInput, undefined> = {
  method: "DELETE",
  path: "/v1/users/me/totp",
  sends: "json",
  answers: "nothing",
  idempotent: true,
};

/**
 * List your passkeys, oldest first.
 *
 * `GET /v1/users/me/passkeys`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getPasskeys: Endpoint<GetPasskeysInput, Page<Passkey>> = {
  method: "GET",
  path: "/v1/users/me/passkeys",
  idempotent: true,
};

/**
 * List which second factors are enabled.
 *
 * `GET /v1/users/me/second-factors`
 *
 * Which second factors are enabled.
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getSecondFactors: Endpoint<GetSecondFactorsInput, SecondFactors> = {
  method: "GET",
  path: "/v1/users/me/second-factors",
  idempotent: true,
};

/**
 * Start a session with a passkey that verified its user. It counts as a second factor as well.
 *
 * `POST /v1/auth/passkey`
 *
 * @throws ParleyError `forbidden`, `payload_too_large`, `request_timeout`, `unauthenticated`,
 * `validation_failed`
 */
export const loginWithPasskey: Endpoint<LoginWithPasskeyInput, UserAndTokens> = {
  method: "POST",
  path: "/v1/auth/passkey",
  isPublic: true,
  sends: "json",
};

/**
 * Remove all second factors of a user who lost their device, and end their sessions.
 *
 * `DELETE /v1/users/:userId/second-factors`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `validation_failed`
 */
export const resetSecondFactors: Endpoint<ResetSecondFactorsInput, undefined> = {
  method: "DELETE",
  path: "/v1/users/:userId/second-factors",
  answers: "nothing",
  idempotent: true,
};

/**
 * Rename a passkey.
 *
 * `PATCH /v1/users/me/passkeys/:passkeyId`
 *
 * A passkey (WebAuthn) of the user.
 *
 * @throws ParleyError `forbidden`, `not_found`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const updatePasskey: Endpoint<UpdatePasskeyInput, Passkey> = {
  method: "PATCH",
  path: "/v1/users/me/passkeys/:passkeyId",
  sends: "json",
};
