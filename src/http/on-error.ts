import { logDefect } from "../errors/log-defect.ts";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { AppError, invalidField } from "../errors/app-error.ts";
import { problemResponse } from "../errors/problem-response.ts";
import { toAppError } from "../errors/to-app-error.ts";
import type { AppEnv } from "./context.ts";
import { routes } from "./requested-endpoint.ts";

/**
 * Responds to an error with a problem document (RFC 9457). A defect becomes `internal`, a database that does not answer `unavailable`; both
 * are logged without values of the request.
 */
export function onError(error: Error, c: Context<AppEnv>): Response {
  const appError = error instanceof HTTPException && error.status === 400 ? notJson() : toAppError(error);
  const requestId = c.get("requestId");
  if (appError.code !== "validation_failed") logDefect(error, { requestId });
  return problemResponse(appError, requestId);
}

const notJson = (): AppError => invalidField("", "Not JSON", "The body is not valid JSON");

/** Responds with 405 and `Allow` to a path that has other methods, with 404 to a path that does not exist. */
export function onNotFound(c: Context<AppEnv>): Response {
  const methods = methodsOf(c.req.path);
  if (methods.length === 0)
    return problemResponse(new AppError({ code: "not_found", detail: "No such path" }), c.get("requestId"));
  const error = new AppError({
    code: "method_not_allowed",
    detail: `This path supports ${methods.join(", ")}`,
  });
  return problemResponse(error, c.get("requestId"), { Allow: methods.join(", ") });
}

const patterns = routes.map(({ method, path }) => ({
  method,
  pattern: new RegExp(`^${path.replaceAll(".", "\\.").replace(/:\w+/g, "[^/]+")}$`),
}));

function methodsOf(path: string): string[] {
  const found = new Set(patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method));
  if (found.has("GET")) found.add("HEAD");
  return [...found].sort();
}
