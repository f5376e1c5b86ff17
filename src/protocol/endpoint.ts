import type { z } from "zod";
import type { ErrorCode } from "./errors.ts";

export type Method = "get" | "post" | "put" | "patch" | "delete";

/** One REST operation: all that the router, the validators, OpenAPI and the SDK know of it. */
export interface Endpoint {
  method: Method;
  /** With `:name` parameters. */
  path: string;
  summary: string;
  tag: string;
  /** `user`: a live session. `public`: no authentication. */
  auth: "user" | "public";
  params?: z.ZodType;
  query?: z.ZodType;
  body?: z.ZodType;
  /** Which row of the table of permissions (`core/permissions.ts`) decides. */
  action?: string;
  /** Of a success that did something. */
  status: 200 | 201 | 204;
  /** Of a success that found it already done. */
  repeatStatus?: 200;
  /** A `POST` that a client may repeat when no answer came, though nothing in it says so. */
  repeatable?: true;
  /** Of an answer with the same body that says that the server is not well. */
  unhealthyStatus?: 503;
  /** Absent: no body (204), or one that is not JSON. */
  response?: z.ZodType;
  /** Media types of a request's body that is bytes or a form, and not JSON. */
  consumes?: readonly [string, ...string[]];
  /** It also answers 206 to a range, 304 to a known `ETag`, and `HEAD`. */
  partial?: true;
  /** Media types of a body that is not JSON. */
  produces?: readonly [string, ...string[]];
  /** Besides those that every endpoint can give (see `commonErrors`). */
  errors: readonly ErrorCode[];
}

/** Declares an endpoint and keeps the exact types of its schemas. */
export const endpoint = <const E extends Endpoint>(definition: E): E => definition;

/** The errors an endpoint can give: its own, and those that follow from what it takes. */
export function errorsOf({ auth, body, consumes, params, unhealthyStatus, errors }: Endpoint): ErrorCode[] {
  // An overlong header is `validation_failed` everywhere.
  const implied: ErrorCode[] = ["internal", "rate_limited", "validation_failed"];
  if (!unhealthyStatus) implied.push("unavailable");
  if (auth === "user") implied.push("unauthenticated");
  if (body) implied.push("payload_too_large", "request_timeout", "unsupported_media_type");
  if (consumes) implied.push("request_timeout", "unsupported_media_type");
  if (params) implied.push("not_found");
  return [...new Set([...errors, ...implied])].toSorted();
}
