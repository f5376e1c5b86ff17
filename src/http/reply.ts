import type { Context } from "hono";
import type { z } from "zod";
import type { Endpoint } from "../protocol/index.ts";
import type { AppEnv } from "./context.ts";

type Answer<E extends Endpoint> = E extends { response: infer R extends z.ZodType } ? z.input<R> : undefined;

/**
 * Answers as the endpoint promises: its status (or its `repeatStatus` for what was done already) and a body of its shape.
 * @example return reply(c, getMe, user)
 */
export function reply<E extends Endpoint>(
  c: Pick<Context<AppEnv>, "body" | "json">,
  endpoint: E,
  ...[body, repeated]: Answer<E> extends undefined ? [] : [Answer<E>, boolean?]
) {
  if (endpoint.status === 204) return c.body(null, 204);
  const status = repeated && endpoint.repeatStatus ? endpoint.repeatStatus : endpoint.status;
  return c.json(body as unknown as object, status as 200 | 201);
}

/** An answer whose JSON an object has made already: passed on as it is. */
export function replyRaw(c: Context<AppEnv>, json: string) {
  return c.body(json, 200, { "Content-Type": "application/json" });
}
