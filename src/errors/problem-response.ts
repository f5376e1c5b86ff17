import type { AppError } from "./app-error.ts";

/** A refusal as a response (RFC 9457), with the headers that its status asks for. */
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
      // A 404 could be cached otherwise, though what is asked for may be there a moment later.
      "Cache-Control": "no-store",
      ...(requestId && { "X-Request-Id": requestId }),
      ...(waitMs !== undefined && { "Retry-After": String(Math.ceil(waitMs / 1_000)) }),
      ...(body.status === 401 && { "WWW-Authenticate": "Bearer" }),
      ...headers,
    },
  });
}
