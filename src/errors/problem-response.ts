import type { AppError } from "./app-error.ts";

/**
 * Makes the HTTP response for an error: a problem document (RFC 9457) with the headers of its status, such as `Retry-After`
 * for 429 and 503 (1 s unless the error has its own time) and `WWW-Authenticate` for 401.
 */
export function problemResponse(
  error: AppError,
  requestId?: string,
  headers: Record<string, string> = {},
): Response {
  const body = error.toProblem(requestId);
  const waitMs = error.retryAfterMs ?? (body.status === 429 || body.status === 503 ? 1_000 : undefined);
  return new Response(JSON.stringify(body), {
    status: body.status,
    headers: {
      "Content-Type": "application/problem+json",
      // By default a 404 may be cached (RFC 9111, section 4.2.2), although the resource may exist a moment later.
      "Cache-Control": "no-store",
      ...(requestId && { "X-Request-Id": requestId }),
      ...(waitMs !== undefined && { "Retry-After": String(Math.ceil(waitMs / 1_000)) }),
      ...(body.status === 401 && { "WWW-Authenticate": "Bearer" }),
      ...headers,
    },
  });
}
