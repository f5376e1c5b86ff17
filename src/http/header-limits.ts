import { createMiddleware } from "hono/factory";
import { AppError } from "../core/app-error.ts";
import type { AppEnv } from "./context.ts";

/** Longer than any of them has a reason to be: an access token takes some 500 characters. */
const maxHeaderLength = 8_192;

/** Every header whose value the server or one of its libraries parses. A test compares the list with the reads in `src/`. */
export const parsedHeaders = [
  "Accept",
  "Access-Control-Request-Headers",
  "Access-Control-Request-Method",
  "Authorization",
  "CF-Connecting-IP",
  "Content-Digest",
  "Content-Encoding",
  "Content-Length",
  "Content-Type",
  "If-None-Match",
  "If-Range",
  "Origin",
  "Range",
  "Sec-WebSocket-Protocol",
  "Upgrade",
  "User-Agent",
] as const;

/** Rejects a request with an overlong header before anything parses it. `Cookie` is exempt: only its presence counts. */
export const headerLimits = createMiddleware<AppEnv>(async (c, next) => {
  for (const name of parsedHeaders)
    if ((c.req.raw.headers.get(name)?.length ?? 0) > maxHeaderLength)
      throw new AppError({
        code: "validation_failed",
        detail: `A header has at most ${maxHeaderLength} characters`,
        issues: [{ path: name, message: "Too long" }],
      });
  await next();
});
