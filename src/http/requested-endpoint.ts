import type { Context } from "hono";
import { matchedRoutes } from "hono/route";
import {
  compatibilityRoutes,
  type Endpoint,
  endpoints,
  type RateClass,
  rateClassOf,
  sockets,
} from "../protocol/index.ts";
import type { AppEnv } from "./context.ts";

/** What handles requests of one method and path. */
interface RequestedRoute {
  rateClass: RateClass;
  /** Absent for a socket and for a route of another product's API. */
  endpoint?: Endpoint;
}

const byRoute = new Map<string, RequestedRoute>([
  ...Object.values(endpoints).map((endpoint: Endpoint): [string, RequestedRoute] => [
    `${endpoint.method.toUpperCase()} ${endpoint.path}`,
    { rateClass: rateClassOf(endpoint), endpoint },
  ]),
  ...Object.values(sockets).map(({ path }): [string, RequestedRoute] => [
    `GET ${path}`,
    { rateClass: "read" },
  ]),
  ...Object.values(compatibilityRoutes).flatMap(({ methods, path, rateClass }) =>
    methods.map((method): [string, RequestedRoute] => [`${method.toUpperCase()} ${path}`, { rateClass }]),
  ),
]);

/**
 * Returns what handles a request: the first route that it matches, of an endpoint of the catalogue, of a socket or of another product's API.
 * `HEAD` is handled as `GET`.
 *
 * @returns undefined for any other path
 */
export function requestedRoute(c: Context<AppEnv>): RequestedRoute | undefined {
  const method = c.req.method === "HEAD" ? "GET" : c.req.method;
  for (const { path } of matchedRoutes(c)) {
    const route = byRoute.get(`${method} ${path}`);
    if (route) return route;
  }
  return undefined;
}

/** Returns the endpoint that handles a request; undefined for a socket or any other path. */
export const requestedEndpoint = (c: Context<AppEnv>): Endpoint | undefined => requestedRoute(c)?.endpoint;
