import type { Context } from "hono";
import { hasScope, includesChannel, missingScope, type TokenGrant } from "../domain/token-grant.ts";
import { AppError } from "../errors/app-error.ts";
import { type Endpoint, isOpenToRestricted, scopeOf } from "../protocol/index.ts";
import type { AppEnv } from "./context.ts";

/**
 * Decides whether a grant permits an operation. This is the only place that does so for REST.
 *
 * @param endpoint undefined for a route that is not in the catalogue, which no token may use
 * @param channelId the channel in the request's path
 * @returns the error to reject the request with; undefined if it is permitted
 */
export function rejectionOf(
  grant: TokenGrant,
  endpoint: Endpoint | undefined,
  channelId: string | undefined,
): AppError | undefined {
  const scope = endpoint ? scopeOf(endpoint) : "session";
  if (scope === "session")
    return new AppError({
      code: "forbidden",
      detail: "No token may do this: log in, and use the session's access token",
    });
  if (!hasScope(grant, scope)) return missingScope(scope);
  if (grant.channelIds === null) return undefined;
  if (!endpoint || !isOpenToRestricted(endpoint))
    return new AppError({
      code: "forbidden",
      detail: "This token is restricted to some channels and may not do this",
    });
  // Decided by the token alone, so that the response does not reveal whether the channel exists.
  if (endpoint.path.includes("/:channelId") && !includesChannel(grant, channelId ?? ""))
    return new AppError({ code: "not_found", detail: "No such channel" });
  return undefined;
}

/** Returns the channels to which the request's token is restricted; null without a restriction. */
export const restrictionOf = (c: Context<AppEnv>): readonly string[] | null =>
  c.var.claims.grant?.channelIds ?? null;
