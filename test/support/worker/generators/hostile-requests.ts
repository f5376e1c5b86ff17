import fc from "fast-check";
import { newId } from "../../../../src/lib/ids.ts";
import { endpoints, sockets } from "../../../../src/protocol/index.ts";
import { fillPath, type SampleWorkspace } from "../fixtures/endpoint-samples.ts";
import { hostileBody, hostileHeaders, hostilePathSegment, hostileQuery } from "./hostile-request-parts.ts";

/** A request as a hostile client might send it. `name`: the endpoint that it targets. */
export interface HostileRequest {
  name: string;
  method: string;
  path: string;
  headers: [string, string][];
  body: BodyInit | undefined;
}

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PROPFIND"];

const routes = [
  ...Object.entries(endpoints).map(([name, { method, path }]) => ({
    name,
    method: method.toUpperCase(),
    path,
  })),
  ...Object.entries(sockets).map(([name, { path }]) => ({ name, method: "GET", path })),
];

/** Generates hostile requests, always the same for one seed. `bodies`: a valid body for each endpoint with one. */
export function hostileRequests(
  count: number,
  seed: number,
  world: SampleWorkspace,
  bodies: Record<string, Record<string, unknown> | undefined>,
): HostileRequest[] {
  const { ann, bob, eve, admin, zoe, channelId, privateId, messageId, privateMessageId } = world;
  const emoji = fc.oneof(
    fc.constantFrom("👍", "👍🏽", "%F0%9F%91%8D", "❤", "x", "👍👍", "%00"),
    hostilePathSegment,
  );
  const id = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        channelId,
        privateId,
        messageId,
        privateMessageId,
        ann.userId,
        bob.userId,
        ann.sessionId,
        "not_found",
      ),
    },
    { weight: 1, arbitrary: hostilePathSegment },
    { weight: 1, arbitrary: fc.constantFrom("chn", "usr", "msg", "ses").map((kind) => newId(kind as "chn")) },
  );
  const ids = (channels: string[], messages: string[]) =>
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          channelId: fc.constantFrom(...channels),
          messageId: fc.constantFrom(...messages),
          userId: fc.constantFrom(ann.userId, bob.userId, eve.userId),
          emoji,
          sessionId: fc.constant(newId("ses")),
          code: fc.constantFrom("not_found", "nope"),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          channelId: id,
          messageId: id,
          userId: id,
          emoji,
          sessionId: hostilePathSegment,
          code: hostilePathSegment,
        }),
      },
    );
  const request = fc.constantFrom(...routes).chain(({ name, method, path }) =>
    fc
      .record({
        method: fc.oneof(
          { weight: 5, arbitrary: fc.constant(method) },
          { weight: 1, arbitrary: fc.constantFrom(...methods) },
        ),
        params: ids([channelId, privateId], [messageId, privateMessageId]),
        tail: fc.oneof(
          { weight: 12, arbitrary: fc.constant("") },
          { weight: 1, arbitrary: fc.constantFrom("/", "//", "/x", "%00", "/..", ";a", "%2F") },
        ),
        query: fc.oneof(fc.constant<[string, string][]>([]), hostileQuery),
        // These requests may end sessions, so they always use Eve's.
        authorization: fc.oneof(
          {
            weight: 6,
            arbitrary: path.startsWith("/v1/auth/")
              ? fc.constant(`Bearer ${eve.token}`)
              : fc.constantFrom(...[ann, bob, admin].map(({ token }) => `Bearer ${token}`)),
          },
          {
            weight: 1,
            arbitrary: fc.constantFrom(
              undefined,
              "Bearer x.y.z",
              "Bearer",
              `bearer ${eve.token}`,
              "Basic eA==",
            ),
          },
        ),
        type: fc.oneof(
          { weight: 5, arbitrary: fc.constant("application/json") },
          {
            weight: 1,
            arbitrary: fc.constantFrom(
              "",
              "text/plain",
              "application/json;charset=utf-16",
              "application/json; a=b; c",
              "application/ld+json",
            ),
          },
        ),
        headers: hostileHeaders,
        body: hostileBody(bodies[name]),
      })
      .map(
        ({
          params,
          tail,
          query: pairs,
          authorization,
          type,
          headers: more,
          body,
          ...rest
        }): HostileRequest => {
          const search = pairs.map(([field, given]) => `${field}=${given}`).join("&");
          const takesBody = rest.method !== "GET" && rest.method !== "HEAD";
          return {
            name,
            method: rest.method,
            // This request may suspend its user, so it targets Zoe, who sends no requests.
            path: `${fillPath(path, path === "/v1/users/:userId" ? { ...params, userId: zoe.userId } : params)}${tail}${search && `?${search}`}`,
            headers: [
              ...(authorization === undefined ? [] : [["Authorization", authorization] as [string, string]]),
              ["Content-Type", type],
              ...more,
            ],
            body: takesBody ? body : undefined,
          };
        },
      ),
  );
  return fc.sample(request, { numRuns: count, seed });
}
