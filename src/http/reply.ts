import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { z } from "zod";
import type { Endpoint } from "../protocol/index.ts";
import type { AppEnv } from "./context.ts";

type ResponseBody<E extends Endpoint> = E extends { response: infer R extends z.ZodType }
  ? z.input<R>
  : undefined;

/**
 * Responds with the status and the type of body that the contract declares for the endpoint.
 *
 * @param repeated the request repeated an earlier one: responds with the endpoint's `repeatStatus`, if it has one
 * @example return reply(c, getMe, user)
 */
export function reply<E extends Endpoint>(
  c: Pick<Context<AppEnv>, "body" | "json">,
  endpoint: E,
  ...[body, repeated]: ResponseBody<E> extends undefined ? [] : [ResponseBody<E>, boolean?]
) {
  if (endpoint.status === 204) return c.body(null, 204);
  if (!endpoint.response) return c.body(null, endpoint.status as 202);
  const status = repeated && endpoint.repeatStatus ? endpoint.repeatStatus : endpoint.status;
  return c.json(body as unknown as object, status as 200 | 201 | 202);
}

/** Responds with the endpoint's `acceptedStatus` and `acceptedResponse`. */
export function replyAccepted<E extends Endpoint & { acceptedStatus: 202; acceptedResponse: z.ZodType }>(
  c: Pick<Context<AppEnv>, "json">,
  endpoint: E,
  body: z.input<E["acceptedResponse"]>,
) {
  return c.json(body as unknown as object, endpoint.acceptedStatus);
}

/** Forbids caches to store responses with tokens (RFC 6749, section 5.1). */
export const noStore = createMiddleware<AppEnv>(async (c, next) => {
  c.header("Cache-Control", "no-store");
  await next();
});

/** Responds with JSON text that an object has serialized, without parsing it again. */
export function replyRaw(c: Context<AppEnv>, json: string) {
  return c.body(json, 200, { "Content-Type": "application/json" });
}
