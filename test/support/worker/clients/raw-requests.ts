import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { expect } from "vitest";
import { app } from "../../../../src/app.ts";
import { errorCatalog, type ErrorCode, Problem } from "../../../../src/protocol/index.ts";

export const origin = "https://parley.test";

interface RawOptions {
  token?: string | undefined;
  /** Sent as it is: text, bytes or a stream. Says `application/json` unless `headers` say otherwise. */
  body?: BodyInit | undefined;
  headers?: Record<string, string>;
}

export function buildRequest(
  method: string,
  path: string,
  { token, body, headers = {} }: RawOptions = {},
): Request {
  const saysType = Object.keys(headers).some((name) => name.toLowerCase() === "content-type");
  return new Request(`${origin}${path}`, {
    method,
    headers: {
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && !saysType && { "Content-Type": "application/json" }),
      ...(typeof body === "string" && { "Content-Length": String(new TextEncoder().encode(body).length) }),
      ...headers,
    },
    ...(body !== undefined && { body }),
  });
}

/** A request as it stands, through the Worker's own door; no check is made of the answer. */
export const sendRaw = (method: string, path: string, options?: RawOptions): Promise<Response> =>
  exports.default.fetch(buildRequest(method, path, options));

/** A request to the same app with other bindings: a database that fails, a variable that is wrong. */
export async function sendWithBindings(bindings: Record<string, unknown>, sent: Request): Promise<Response> {
  const context = createExecutionContext();
  const response = await app.fetch(sent, { ...env, ...bindings } as Env, context);
  await waitOnExecutionContext(context);
  return response;
}

/** A body that comes in pieces, so that no `Content-Length` announces it; with `error` it breaks off at the end. */
export function chunkedBody(
  text: string,
  { size = 4_096, error }: { size?: number; error?: Error } = {},
): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at < bytes.length) return controller.enqueue(bytes.slice(at, (at += size)));
      if (error) controller.error(error);
      else controller.close();
    },
  });
}

/** The problem that an answer must be: exactly of RFC 9457's and the contract's shape, with the headers that its status asks for. */
export async function expectProblem(response: Response, code?: ErrorCode): Promise<Problem> {
  const text = await response.text();
  expect(response.headers.get("Content-Type"), text).toBe("application/problem+json");
  const problem = Problem.strict().parse(JSON.parse(text));
  const { status, title } = errorCatalog[problem.code];
  if (code) expect(problem.code, text).toBe(code);
  expect(problem, text).toMatchObject({ type: `/errors/${problem.code}`, title, status });
  expect(response.status, text).toBe(status);
  expect(problem.requestId, text).toMatch(/^req_[0-9A-Z]{26}$/);
  expect(response.headers.get("X-Request-Id"), text).toBe(problem.requestId);
  expect(response.headers.get("Cache-Control"), text).toBe("no-store");
  expect(problem.detail, text).not.toBe("");
  expect(response.headers.get("WWW-Authenticate"), text).toBe(status === 401 ? "Bearer" : null);
  expect(response.headers.has("Allow"), text).toBe(status === 405);
  expect(/^[1-9]\d*$/.test(response.headers.get("Retry-After") ?? ""), text).toBe(
    status === 429 || status === 503,
  );
  if (problem.code === "validation_failed") expect(problem.issues, text).not.toHaveLength(0);
  return problem;
}

/** An answer's bytes but for what differs from request to request. */
export async function comparableResponse(response: Response): Promise<string> {
  const id = response.headers.get("X-Request-Id") ?? "no id";
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).sort();
  return `${response.status}\n${headers.join("\n")}\n\n${await response.text()}`.replaceAll(id, "req_…");
}
