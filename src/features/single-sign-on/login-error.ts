/** Why a login at a provider failed, as the application's page receives it. */
export type LoginErrorCode =
  | "access_denied"
  | "login_failed"
  | "email_not_verified"
  | "domain_not_allowed"
  | "no_account"
  | "provider_unavailable";

/** Ends a login at a provider; the browser is sent back to the application with the code. */
export class LoginError extends Error {
  readonly code: LoginErrorCode;

  constructor(code: LoginErrorCode) {
    super(code);
    this.code = code;
  }
}
