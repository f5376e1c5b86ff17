import { createMiddleware } from "hono/factory";
import { invalidField } from "../errors/app-error.ts";
import type { AppEnv } from "./context.ts";
import { limitedHeaders } from "./parsed-headers.ts";

/** Longer than any of them has a reason to be. */
const maxHeaderLength = 8_192;

/** Rejects a request with an overlong header before anything parses it. `Cookie` is exempt: only its presence counts. */
export const limitHeaders = createMiddleware<AppEnv>(async (c, next) => {
  for (const name of limitedHeaders)
    if ((c.req.raw.headers.get(name)?.length ?? 0) > maxHeaderLength)
      throw invalidField(name, "Too long", `A header has at most ${maxHeaderLength} characters`);
  await next();
});
