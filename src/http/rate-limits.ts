import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { matchedRoutes } from "hono/route";
import type { Config } from "../config.ts";
import { AppError } from "../errors/app-error.ts";
import { describeError, logLine } from "../lib/log-line.ts";
import { LruMap } from "../lib/lru-map.ts";
import {
  compatibilityRoutes,
  type Endpoint,
  endpoints,
  type RateClass,
  rateClassOf,
  sockets,
} from "../protocol/index.ts";
import { clientAddress } from "./client-address.ts";
import type { AppEnv } from "./context.ts";

/** The platform's limit of a class, which counts the requests of all isolates in a data center. Local servers have none. */
const platformLimits = {
  read: "RATE_READ",
  write: "RATE_WRITE",
  search: "RATE_SEARCH",
  upload: "RATE_UPLOAD",
  auth: "RATE_AUTH",
  admin: "RATE_ADMIN",
} as const satisfies Record<RateClass, keyof Env>;

/** In seconds: one of the two periods that the platform offers. */
const periodSeconds = 60;
const periodMs = periodSeconds * 1_000;
/** Windows kept in one isolate, about 150 bytes each. */
const maxWindows = 20_000;

/** The requests of one user, or of one address, in one class. */
interface Window {
  /** In ms since 1970. */
  startedAt: number;
  used: number;
  /** The platform counted more than the limit in this window. */
  isRejectedByPlatform: boolean;
}

const windows = new LruMap<string, Window>(maxWindows);

/** Starts counting again. For tests. */
export const clearRateLimits = (): void => windows.clear();

/** Returns how many requests of a class a user, or an address, may send a minute. */
const limitOf = (config: Config, rateClass: RateClass): number =>
  config[`${platformLimits[rateClass]}_PER_MINUTE`];

interface LimitedEndpoint {
  rateClass: RateClass;
  isPublic: boolean;
}

const limitedEndpoints = new Map<string, LimitedEndpoint>([
  ...Object.values(endpoints).map((endpoint: Endpoint): [string, LimitedEndpoint] => [
    `${endpoint.method.toUpperCase()} ${endpoint.path}`,
    { rateClass: rateClassOf(endpoint), isPublic: endpoint.auth === "public" },
  ]),
  ...Object.values(sockets).map(({ path }): [string, LimitedEndpoint] => [
    `GET ${path}`,
    { rateClass: "read", isPublic: false },
  ]),
  ...Object.values(compatibilityRoutes).flatMap(({ methods, path, rateClass }) =>
    methods.map((method): [string, LimitedEndpoint] => [
      `${method.toUpperCase()} ${path}`,
      { rateClass, isPublic: false },
    ]),
  ),
]);

/** Returns the endpoint that handles a request: the first of those that it matches; undefined for other paths. */
function endpointOf(c: Context<AppEnv>): LimitedEndpoint | undefined {
  const method = c.req.method === "HEAD" ? "GET" : c.req.method;
  for (const { path } of matchedRoutes(c)) {
    const endpoint = limitedEndpoints.get(`${method} ${path}`);
    if (endpoint) return endpoint;
  }
  return undefined;
}

/**
 * Counts a request towards its user's limit. It waits for nothing: the platform's limit counts beside the
 * request, and its verdict applies to the next requests.
 *
 * @throws `rate_limited` beyond the limit, before any object is called
 */
export function limitUser(c: Context<AppEnv>, userId: string): void {
  const endpoint = endpointOf(c);
  if (endpoint) countRequest(c, endpoint.rateClass, userId);
}

/**
 * Counts a request without a valid credential towards the limit of its address. Only in production, because a local server does not know
 * addresses.
 *
 * @throws `rate_limited` beyond the limit
 */
export function limitAddress(c: Context<AppEnv>): void {
  const { config } = c.var;
  const endpoint = endpointOf(c);
  if (endpoint && config.ENVIRONMENT === "production")
    countRequest(c, endpoint.rateClass, clientAddress(config, c.req.raw));
}

/**
 * Counts the requests of public endpoints by address; those of all others are counted once their user is known. Sets the `RateLimit` headers of
 * every counted request: the fields of draft-ietf-httpapi-ratelimit-headers-06, which clients support most widely.
 */
export const limitRequests = createMiddleware<AppEnv>(async (c, next) => {
  if (endpointOf(c)?.isPublic) limitAddress(c);
  await next();
  const { rateLimit } = c.var;
  // The headers of a 101 response are immutable.
  if (!rateLimit || c.res.status === 101) return;
  const { limit, remaining, resetMs } = rateLimit;
  c.header("RateLimit-Policy", `${limit};w=${periodSeconds}`);
  c.header("RateLimit-Limit", String(limit));
  c.header("RateLimit-Remaining", String(remaining));
  c.header("RateLimit-Reset", String(Math.ceil(resetMs / 1_000)));
});

function countRequest(c: Context<AppEnv>, rateClass: RateClass, key: string): void {
  const limit = limitOf(c.var.config, rateClass);
  const nowMs = Date.now();
  const window = windowAt(`${rateClass} ${key}`, nowMs);
  const resetMs = window.startedAt + periodMs - nowMs;
  const isRejected = window.isRejectedByPlatform || window.used >= limit;
  if (!isRejected) window.used++;
  c.set("rateLimit", { limit, remaining: isRejected ? 0 : limit - window.used, resetMs });
  if (isRejected)
    throw new AppError({
      code: "rate_limited",
      detail: `Too many requests (${rateClass}); slow down`,
      retryAfterMs: resetMs,
    });
  countOnPlatform(c, rateClass, key, window);
}

function windowAt(key: string, nowMs: number): Window {
  const current = windows.get(key);
  // A clock that was set back starts a new window as well.
  if (current && nowMs >= current.startedAt && nowMs < current.startedAt + periodMs) return current;
  const next = { startedAt: nowMs, used: 0, isRejectedByPlatform: false };
  windows.set(key, next);
  return next;
}

function countOnPlatform(c: Context<AppEnv>, rateClass: RateClass, key: string, window: Window): void {
  const platform = c.env[platformLimits[rateClass]];
  if (!platform) return;
  const counting = platform.limit({ key }).then(
    ({ success }) => {
      if (!success) window.isRejectedByPlatform = true;
    },
    (error: unknown) =>
      logLine({ level: "warn", message: "rate_limit.platform_failed", error: describeError(error) }),
  );
  c.executionCtx.waitUntil(counting);
}
