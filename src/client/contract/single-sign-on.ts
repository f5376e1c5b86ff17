// Generated from src/protocol/single-sign-on.ts by `npm run docs`. Do not edit.

import type { Endpoint, NoInput } from "../endpoint.ts";
import type { LoginResult } from "./login-result.ts";
import type { Page } from "./common.ts";

export interface ExchangeProviderCodeInput {
  body: ExchangeProviderCodeBody;
}

export interface ExchangeProviderCodeBody {
  /** From the fragment of the page. */
  code: string;
  /** Required if the login was started with a `codeChallenge`. */
  codeVerifier?: string;
}

export interface FinishProviderLoginInput {
  params: {
    /** The id of the provider. */
    provider: string;
  };
  query?: FinishProviderLoginQuery;
}

export interface FinishProviderLoginQuery {
  /** As it was sent to the provider. */
  state?: string;
  [key: string]: unknown;
}

export type GetLoginProvidersInput = NoInput;

export interface GetLoginProvidersResponse extends Page<LoginProvider> {
  /** Whether members can log in with a password as well. */
  passwordLogin: boolean;
}

/** A provider for single sign-on (OpenID Connect). */
export interface LoginProvider {
  /** In the paths of the provider's endpoints. */
  id: string;
  name: string;
}

export interface StartProviderLoginInput {
  params: {
    /** The id of the provider. */
    provider: string;
  };
  query?: StartProviderLoginQuery;
}

export interface StartProviderLoginQuery {
  /** The page of the application to return to, on an allowed origin. It receives `code` or `error` in its fragment. */
  returnTo?: string;
  /** Binds the code to this application: base64url(SHA-256(codeVerifier)) (RFC 7636). */
  codeChallenge?: string;
}

/**
 * Exchange the code that the application's page received for a session.
 *
 * `POST /v1/auth/oidc/exchange`
 *
 * @throws ParleyError `forbidden`, `payload_too_large`, `request_timeout`, `unauthenticated`,
 * `validation_failed`
 */
export const exchangeProviderCode: Endpoint<ExchangeProviderCodeInput, LoginResult> = {
  method: "POST",
  path: "/v1/auth/oidc/exchange",
  isPublic: true,
  sends: "json",
};

/**
 * The address to which the provider returns the browser. Redirects to the application.
 *
 * `GET /v1/auth/oidc/:provider/callback`
 *
 * @throws ParleyError `not_found`, `unauthenticated`, `validation_failed`
 */
export const finishProviderLogin: Endpoint<FinishProviderLoginInput, Response> = {
  method: "GET",
  path: "/v1/auth/oidc/:provider/callback",
  isPublic: true,
  answers: "response",
  idempotent: true,
};

/**
 * List the providers for single sign-on (OpenID Connect).
 *
 * `GET /v1/auth/oidc`
 *
 * @throws ParleyError `validation_failed`
 */
export const getLoginProviders: Endpoint<GetLoginProvidersInput, GetLoginProvidersResponse> = {
  method: "GET",
  path: "/v1/auth/oidc",
  isPublic: true,
  idempotent: true,
};

/**
 * Redirect the browser to a provider, to log in there.
 *
 * `GET /v1/auth/oidc/:provider/start`
 *
 * @throws ParleyError `not_found`, `validation_failed`
 */
export const startProviderLogin: Endpoint<StartProviderLoginInput, Response> = {
  method: "GET",
  path: "/v1/auth/oidc/:provider/start",
  isPublic: true,
  answers: "response",
  idempotent: true,
};
