import { z } from "zod";
import type { ErrorCode } from "./errors.ts";

export type Method = "get" | "post" | "put" | "patch" | "delete";

/** What a token may be permitted to do. A session of a person may do everything that their role permits. */
export const TokenScope = z
  .enum(["read", "write", "files", "admin", "users:email"])
  .meta({ id: "TokenScope" });
export type TokenScope = z.infer<typeof TokenScope>;

/** The classes of requests that have separate limits, for each user or, without a user, each address. */
export const rateClasses = ["read", "write", "search", "upload", "auth", "admin"] as const;
export type RateClass = (typeof rateClasses)[number];

/** Describes one REST operation. The routes, the validators, OpenAPI and the client are made from it. */
export interface Endpoint {
  method: Method;
  /** With `:name` parameters. */
  path: string;
  summary: string;
  tag: string;
  /** `user`: an active session or a token is required. `server`: a server key. `public`: no authentication. */
  auth: "user" | "server" | "public";
  /**
   * The scope that a token needs, or `session` if no token may perform the operation, such as a change of the password. Default: `scopeOf`.
   */
  scope?: TokenScope | "session";
  /** The class whose limit counts the request. Default: `rateClassOf`. */
  rateClass?: RateClass;
  /**
   * A token that is restricted to channels may perform the operation, although its path names no channel: what it returns or changes is
   * limited to these channels, the user's own profile, the directory or the user's own files. Default: `isOpenToRestricted`.
   */
  restricted?: true;
  params?: z.ZodType;
  query?: z.ZodType;
  body?: z.ZodType;
  /** The row of the permission tables (`domain/permissions.ts`) that authorizes the operation. */
  action?: string;
  /** The status of a request that changed something, or of a read. 302: redirects a browser. */
  status: 200 | 201 | 202 | 204 | 302;
  /** The status of a request whose outcome is not that of `status`: it depends on a link in a mail, or a command was run instead. */
  acceptedStatus?: 202;
  /** The JSON body with `acceptedStatus`. Absent: no body. */
  acceptedResponse?: z.ZodType;
  /** The status of a repeated request that changed nothing. */
  repeatStatus?: 200;
  /** A `POST` that clients may retry when no response arrived, although it has no nonce. */
  repeatable?: true;
  /** The status with which the same body reports that the server is unhealthy. */
  unhealthyStatus?: 503;
  /** The JSON body of the response. Absent: no body (204), or a body that is not JSON. */
  response?: z.ZodType;
  /** The media types of a request body that is not JSON (raw bytes or a form). */
  consumes?: readonly [string, ...string[]];
  /** The operation also supports `Range` (206), `If-None-Match` (304) and `HEAD`. */
  partial?: true;
  /** The response has an `ETag`; `If-None-Match` is answered with 304. */
  etag?: true;
  /** The operation redirects (302), if the deployment configures a target. */
  redirects?: true;
  /** The operation starts, renews or ends a session, and accepts the header `Parley-Session: cookie` from pages of the server's own origin. */
  cookieSession?: true;
  /** Pages of the server's own origin may embed the bytes: without `Authorization`, the cookie with the access token authenticates the request. */
  embeddable?: true;
  /** The media types of a response body that is not JSON. */
  produces?: readonly [string, ...string[]];
  /** Error codes in addition to those that `errorsOf` derives from the other fields. */
  errors: readonly ErrorCode[];
}

/** Declares an endpoint, preserving the exact types of its schemas. */
export const endpoint = <const E extends Endpoint>(definition: E): E => definition;

/** Returns the scope that a token needs for an operation: by default `read` for a `GET`, and `write` for any other method. */
export const scopeOf = ({ scope, method }: Endpoint): TokenScope | "session" =>
  scope ?? (method === "get" ? "read" : "write");

/**
 * Returns the class whose limit counts a request: by default `auth`, `search` or `admin` for operations of these families, `upload` for bytes of
 * files, `read` for any other `GET`, and `write` for the rest.
 */
export function rateClassOf({ rateClass, tag, scope, consumes, method }: Endpoint): RateClass {
  if (rateClass) return rateClass;
  if (tag === "auth" || tag === "search") return tag;
  if (tag === "admin" || scope === "admin") return "admin";
  if (consumes) return "upload";
  return method === "get" ? "read" : "write";
}

/** Returns whether a token that is restricted to channels may perform an operation, on its channels. */
export const isOpenToRestricted = ({ restricted, path }: Endpoint): boolean =>
  restricted === true || path.includes("/:channelId");

/** Lists the error codes of an endpoint, sorted: its own, and those implied by its authentication, parameters and body. */
export function errorsOf({
  auth,
  body,
  consumes,
  params,
  unhealthyStatus,
  cookieSession,
  errors,
}: Endpoint): ErrorCode[] {
  // Any request can have an overlong header, which is `validation_failed`.
  const implied: ErrorCode[] = ["internal", "rate_limited", "validation_failed"];
  if (!unhealthyStatus) implied.push("unavailable");
  if (auth !== "public") implied.push("unauthenticated");
  // For a token without the scope, and a session without the second factor that the workspace requires.
  if (auth === "user") implied.push("forbidden", "second_factor_required");
  // For a page of another origin.
  if (cookieSession) implied.push("forbidden");
  if (body) implied.push("payload_too_large", "request_timeout", "unsupported_media_type");
  if (consumes) implied.push("request_timeout", "unsupported_media_type");
  if (params) implied.push("not_found");
  return [...new Set([...errors, ...implied])].toSorted();
}
