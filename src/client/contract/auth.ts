// Generated from src/protocol/auth.ts by `npm run docs`. Do not edit.

import type { Endpoint, NoInput } from "../endpoint.ts";
import type { LoginResult, UserAndTokens } from "./login-result.ts";
import type { Page, SessionId, Timestamp } from "./common.ts";
import type { Tokens } from "./session-tokens.ts";

export interface ChangePasswordInput {
  body: ChangePasswordBody;
}

export interface ChangePasswordBody {
  currentPassword: string;
  /** 8 to 256 characters. */
  newPassword: string;
}

export type EndAllSessionsInput = NoInput;

export interface EndSessionInput {
  params: {
    sessionId: SessionId;
  };
}

export type GetKeysInput = NoInput;

export interface GetKeysResponse {
  keys: {
    kid: string;
    kty: string;
    alg: string;
    use: string;
    [key: string]: unknown;
  }[];
}

export type GetSessionsInput = NoInput;

export interface Session {
  id: SessionId;
  /** Derived from the User-Agent. */
  device: string;
  /** The /24 (IPv4) or /48 (IPv6) network from which the session was started. */
  addressPrefix: string;
  createdAt: Timestamp;
  lastUsedAt: Timestamp;
  current: boolean;
}

export interface LoginInput {
  body: LoginBody;
}

export interface LoginBody {
  login: string;
  password: string;
}

export type LogoutInput = NoInput;

export interface RefreshTokenInput {
  body: RefreshTokenBody;
}

export interface RefreshTokenBody {
  /**
   * The refresh token. With the header `Parley-Session: cookie` it is absent or empty, and the cookie has the
   * token.
   */
  refreshToken?: string;
}

export interface RefreshTokenResponse {
  tokens: Tokens;
}

export interface RegisterInput {
  body: RegisterBody;
}

export interface RegisterBody {
  /** 0 to 254 characters. */
  email: string;
  username: string;
  /** 8 to 256 characters. */
  password: string;
  /** 1 to 80 characters. */
  displayName?: string;
  /** The token of an invite. Required in the mode `invite` of `GET /v1/auth/registration`. */
  inviteToken?: string;
  /** Required for the first account, which becomes the owner, except on a local server. */
  setupToken?: string;
}

/**
 * Change your password. Ends your other sessions.
 *
 * `PUT /v1/auth/password`
 *
 * @throws ParleyError `conflict`, `forbidden`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const changePassword: Endpoint<ChangePasswordInput, undefined> = {
  method: "PUT",
  path: "/v1/auth/password",
  sends: "json",
  answers: "nothing",
  idempotent: true,
};

/**
 * End all of your sessions, including this one.
 *
 * `DELETE /v1/auth/sessions`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const endAllSessions: Endpoint<EndAllSessionsInput, undefined> = {
  method: "DELETE",
  path: "/v1/auth/sessions",
  answers: "nothing",
  idempotent: true,
};

/**
 * End one of your sessions.
 *
 * `DELETE /v1/auth/sessions/:sessionId`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const endSession: Endpoint<EndSessionInput, undefined> = {
  method: "DELETE",
  path: "/v1/auth/sessions/:sessionId",
  answers: "nothing",
  idempotent: true,
};

/**
 * Get the public keys that verify access tokens (RFC 7517).
 *
 * `GET /.well-known/jwks.json`
 *
 * @throws ParleyError `validation_failed`
 */
export const getKeys: Endpoint<GetKeysInput, GetKeysResponse> = {
  method: "GET",
  path: "/.well-known/jwks.json",
  isPublic: true,
  idempotent: true,
};

/**
 * List your active sessions, newest first.
 *
 * `GET /v1/auth/sessions`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getSessions: Endpoint<GetSessionsInput, Page<Session>> = {
  method: "GET",
  path: "/v1/auth/sessions",
  idempotent: true,
};

/**
 * Start a session with an e-mail address or username. If the account has a second factor, the response has a
 * challenge for it in place of the tokens.
 *
 * `POST /v1/auth/login`
 *
 * @throws ParleyError `forbidden`, `payload_too_large`, `request_timeout`, `unauthenticated`,
 * `validation_failed`
 */
export const login: Endpoint<LoginInput, LoginResult> = {
  method: "POST",
  path: "/v1/auth/login",
  isPublic: true,
  sends: "json",
  idempotent: true,
};

/**
 * End this session, close its sockets and revoke its refresh tokens.
 *
 * `POST /v1/auth/logout`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const logout: Endpoint<LogoutInput, undefined> = {
  method: "POST",
  path: "/v1/auth/logout",
  answers: "nothing",
};

/**
 * Exchange a refresh token for new tokens. Until the new tokens are used, and for 10 s after that, the old one
 * returns the same new tokens again; any later use of it ends the session.
 *
 * `POST /v1/auth/refresh`
 *
 * @throws ParleyError `forbidden`, `payload_too_large`, `request_timeout`, `unauthenticated`,
 * `validation_failed`
 */
export const refreshToken: Endpoint<RefreshTokenInput, RefreshTokenResponse> = {
  method: "POST",
  path: "/v1/auth/refresh",
  isPublic: true,
  sends: "json",
  idempotent: true,
};

/**
 * Create an account and start a session. Where the e-mail address is confirmed first, the answer is 202 without
 * a body, whether or not another account has the address.
 *
 * `POST /v1/auth/register`
 *
 * @throws ParleyError `conflict`, `forbidden`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const register: Endpoint<RegisterInput, UserAndTokens> = {
  method: "POST",
  path: "/v1/auth/register",
  isPublic: true,
  sends: "json",
};
