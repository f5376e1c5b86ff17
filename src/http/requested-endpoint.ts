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
interface Route {
  /** In upper case. */
  method: string;
  path: string;
  rateClass: RateClass;
  /** Absent for a socket and for a route of another product's API. */
  endpoint?: Endpoint;
}

/** All routes: endpoints of the catalogue, sockets, and routes of other products' APIs. */
export const routes: readonly Route[] = [
  ...Object.values(endpoints).map((endpoint) => ({
    method: endpoint.method.toUpperCase(),
    path: endpoint.path,
    rateClass: rateClassOf(endpoint),
    endpoint,
  })),
  ...Object.values(sockets).map(({ path }) => ({ method: "GET", path, rateClass: "read" as const })),
  ...Object.values(compatibilityRoutes).flatMap(({ methods, path, rateClass }) =>
    methods.map((method) => ({ method: method.toUpperCase(), path, rateClass })),
  ),
];

const byRoute = new Map(routes.map((route) => [`${route.method} ${route.path}`, route]));

/**
 * Returns what handles a request: the first route that it matches, of an endpoint of the catalogue, of a socket or of another product's API.
 * `HEAD` is handled as `GET`.
 *
 * @returns undefined for any other path
 */
export function requestedRoute(c: Context<AppEnv>): Route | undefined {
  const method = c.req.method === "HEAD" ? "GET" : c.req.method;
  for (const { path } of matchedRoutes(c)) {
    const route = byRoute.get(`${method} ${path}`);
    if (route) return route;
  }
  return undefined;
}

/** Returns the endpoint that handles a request; undefined for a socket or any other path. */
export const requestedEndpoint = (c: Context<AppEnv>): Endpoint | undefined => requestedRoute(c)?.endpoint;
