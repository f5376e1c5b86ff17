import type { Context } from "hono";
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
  const status = repeated && endpoint.repeatStatus ? endpoint.repeatStatus : endpoint.status;
  return c.json(body as unknown as object, status as 200 | 201 | 202);
}

/** Responds with JSON text that an object has serialized, without parsing it again. */
export function replyRaw(c: Context<AppEnv>, json: string) {
  return c.body(json, 200, { "Content-Type": "application/json" });
}
