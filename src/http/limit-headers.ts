import { createMiddleware } from "hono/factory";
import { invalidField } from "../errors/app-error.ts";
import type { AppEnv } from "./context.ts";
import { limitedHeaders } from "./parsed-headers.ts";

/** In characters; more than any of these headers needs. */
const maxHeaderLength = 8_192;

/**
 * Rejects a request with an overlong header before any code parses it. Headers in `selfLimitedHeaders` are exempt.
 *
 * @throws `validation_failed` with the name of the header
 */
export const limitHeaders = createMiddleware<AppEnv>(async (c, next) => {
  for (const name of limitedHeaders)
    if ((c.req.raw.headers.get(name)?.length ?? 0) > maxHeaderLength)
      throw invalidField(name, "Too long", `A header has at most ${maxHeaderLength} characters`);
  await next();
});
