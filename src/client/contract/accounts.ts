// Generated from src/protocol/accounts.ts by `npm run docs`. Do not edit.

import type { Endpoint, NoInput } from "../endpoint.ts";

export interface ChangeEmailInput {
  body: ChangeEmailBody;
}

export interface ChangeEmailBody {
  /** 0 to 254 characters. */
  email: string;
  currentPassword: string;
}

export interface ConfirmEmailInput {
  body: ConfirmEmailBody;
}

export interface ConfirmEmailBody {
  /** The token in the link of a mail. */
  token: string;
}

export interface ForgotPasswordInput {
  body: ForgotPasswordBody;
}

export interface ForgotPasswordBody {
  login: string;
}

export type GetRegistrationInput = NoInput;

export interface Registration {
  mode: RegistrationMode;
  /** The accepted domains, in the mode `domain`. */
  domains: string[];
  /** Whether an account is created only once its e-mail address is confirmed. `register` then answers 202. */
  confirmsEmail: boolean;
  /** Whether the server sends mail: for a forgotten password and a changed address. */
  sendsMail: boolean;
}

/**
 * Who may register. `open`: anyone. `invite`: with an invite. `domain`: addresses of the listed domains.
 * `closed`: no one.
 */
export type RegistrationMode = "open" | "invite" | "domain" | "closed";

export type ResendConfirmationInput = NoInput;

export interface ResetPasswordInput {
  body: ResetPasswordBody;
}

export interface ResetPasswordBody {
  /** The token in the link of a mail. */
  token: string;
  /** 8 to 256 characters. */
  newPassword: string;
}

/**
 * Request a mail to a new e-mail address; it replaces the present one once it is confirmed. The answer does not
 * reveal whether another account has it.
 *
 * `PUT /v1/users/me/email`
 *
 * @throws ParleyError `forbidden`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const changeEmail: Endpoint<ChangeEmailInput, undefined> = {
  method: "PUT",
  path: "/v1/users/me/email",
  sends: "json",
  answers: "nothing",
  idempotent: true,
};

/**
 * Confirm an e-mail address with the token of a mail: of a registration, of an account, or a new address.
 *
 * `POST /v1/auth/email/confirm`
 *
 * @throws ParleyError `conflict`, `forbidden`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const confirmEmail: Endpoint<ConfirmEmailInput, undefined> = {
  method: "POST",
  path: "/v1/auth/email/confirm",
  isPublic: true,
  sends: "json",
  answers: "nothing",
};

/**
 * Request a mail with a link that sets a new password, valid for 30 minutes. The answer does not reveal whether
 * the account exists.
 *
 * `POST /v1/auth/password/forgot`
 *
 * @throws ParleyError `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const forgotPassword: Endpoint<ForgotPasswordInput, undefined> = {
  method: "POST",
  path: "/v1/auth/password/forgot",
  isPublic: true,
  sends: "json",
  answers: "nothing",
  idempotent: true,
};

/**
 * Get who may register, for a page that offers it.
 *
 * `GET /v1/auth/registration`
 *
 * @throws ParleyError `validation_failed`
 */
export const getRegistration: Endpoint<GetRegistrationInput, Registration> = {
  method: "GET",
  path: "/v1/auth/registration",
  isPublic: true,
  idempotent: true,
};

/**
 * Request another mail that confirms your e-mail address.
 *
 * `POST /v1/auth/email/resend`
 *
 * @throws ParleyError `conflict`, `forbidden`, `validation_failed`
 */
export const resendConfirmation: Endpoint<ResendConfirmationInput, undefined> = {
  method: "POST",
  path: "/v1/auth/email/resend",
  answers: "nothing",
};

/**
 * Set a new password with the token of a mail. Ends all sessions and confirms the e-mail address.
 *
 * `POST /v1/auth/password/reset`
 *
 * @throws ParleyError `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const resetPassword: Endpoint<ResetPasswordInput, undefined> = {
  method: "POST",
  path: "/v1/auth/password/reset",
  isPublic: true,
  sends: "json",
  answers: "nothing",
};
