// Generated from src/protocol/service.ts by `npm run docs`. Do not edit.

import type { Endpoint, NoInput } from "../endpoint.ts";

export type GetAsyncApiInput = NoInput;

export interface GetAsyncApiResponse {
  asyncapi: string;
  [key: string]: unknown;
}

export interface GetErrorPageInput {
  params: {
    code:
      | "validation_failed"
      | "unauthenticated"
      | "forbidden"
      | "second_factor_required"
      | "not_found"
      | "method_not_allowed"
      | "request_timeout"
      | "conflict"
      | "nonce_reused"
      | "length_required"
      | "payload_too_large"
      | "quota_exceeded"
      | "range_not_satisfiable"
      | "unsupported_media_type"
      | "upgrade_required"
      | "rate_limited"
      | "internal"
      | "bot_unavailable"
      | "unavailable";
  };
}

export type GetHealthInput = NoInput;

export interface Health {
  status: "ok" | "degraded" | "down";
  version: string;
  checks: Record<
    string,
    {
      status: "ok" | "degraded" | "down";
      detail?: string;
    }
  >;
}

export type GetOpenApiInput = NoInput;

export interface GetOpenApiResponse {
  openapi: string;
  [key: string]: unknown;
}

/**
 * Get the WebSocket contract as AsyncAPI 3.
 *
 * `GET /v1/asyncapi.json`
 *
 * @throws ParleyError `validation_failed`
 */
export const getAsyncApi: Endpoint<GetAsyncApiInput, GetAsyncApiResponse> = {
  method: "GET",
  path: "/v1/asyncapi.json",
  isPublic: true,
  idempotent: true,
};

/**
 * Get the documentation of an error code.
 *
 * `GET /errors/:code`
 *
 * @throws ParleyError `not_found`, `validation_failed`
 */
export const getErrorPage: Endpoint<GetErrorPageInput, Response> = {
  method: "GET",
  path: "/errors/:code",
  isPublic: true,
  answers: "response",
  idempotent: true,
};

/**
 * Check the health of the server and its dependencies.
 *
 * `GET /v1/health`
 *
 * @throws ParleyError `validation_failed`
 */
export const getHealth: Endpoint<GetHealthInput, Health> = {
  method: "GET",
  path: "/v1/health",
  isPublic: true,
  idempotent: true,
};

/**
 * Get this contract as OpenAPI 3.1.
 *
 * `GET /v1/openapi.json`
 *
 * @throws ParleyError `validation_failed`
 */
export const getOpenApi: Endpoint<GetOpenApiInput, GetOpenApiResponse> = {
  method: "GET",
  path: "/v1/openapi.json",
  isPublic: true,
  idempotent: true,
};
