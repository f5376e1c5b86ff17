import type { Context } from "hono";
import { matchedRoutes } from "hono/route";
import { type Endpoint, endpoints, sockets } from "../protocol/index.ts";
import type { AppEnv } from "./context.ts";

const byRoute = new Map<string, Endpoint | "socket">([
  ...Object.values(endpoints).map((endpoint: Endpoint): [string, Endpoint] => [
    `${endpoint.method.toUpperCase()} ${endpoint.path}`,
    endpoint,
  ]),
  ...Object.values(sockets).map(({ path }): [string, "socket"] => [`GET ${path}`, "socket"]),
]);

/**
 * Returns what handles a request: the first route that it matches, of an endpoint of the catalogue or of a socket. `HEAD` is handled as `GET`.
 *
 * @returns undefined for any other path
 */
export function requestedRoute(c: Context<AppEnv>): Endpoint | "socket" | undefined {
  const method = c.req.method === "HEAD" ? "GET" : c.req.method;
  for (const { path } of matchedRoutes(c)) {
    const route = byRoute.get(`${method} ${path}`);
    if (route) return route;
  }
  return undefined;
}

/** Returns the endpoint that handles a request; undefined for a socket or any other path. */
export function requestedEndpoint(c: Context<AppEnv>): Endpoint | undefined {
  const route = requestedRoute(c);
  return route === "socket" ? undefined : route;
}
