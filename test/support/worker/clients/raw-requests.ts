import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { expect } from "vitest";
import { app } from "../../../../src/app.ts";
import { errorCatalog, type ErrorCode, type Problem } from "../../../../src/protocol/index.ts";
import { StrictProblem } from "./rest-client.ts";

export const origin = "https://parley.test";

interface RawOptions {
  token?: string | undefined;
  /** Sent unchanged: text, bytes or a stream. The type is `application/json` unless `headers` set another. */
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
    redirect: "manual",
    headers: {
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && !saysType && { "Content-Type": "application/json" }),
      ...(typeof body === "string" && { "Content-Length": String(new TextEncoder().encode(body).length) }),
      ...headers,
    },
    ...(body !== undefined && { body }),
  });
}

/** Sends a request through the Worker's `fetch` without checking the response. */
export const sendRaw = (method: string, path: string, options?: RawOptions): Promise<Response> =>
  exports.default.fetch(buildRequest(method, path, options));

/** Sends a request to the same app with other bindings, such as a failing database or an invalid variable. */
export async function sendWithBindings(bindings: Record<string, unknown>, sent: Request): Promise<Response> {
  const context = createExecutionContext();
  const response = await app.fetch(sent, { ...env, ...bindings } as Env, context);
  await waitOnExecutionContext(context);
  return response;
}

/** Returns a body as a stream of chunks, sent without `Content-Length`; with `error` it fails after the last chunk. */
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

/** Returns the problem of a response, asserting RFC 9457's and the contract's shape and the headers that its status requires. */
export async function expectProblem(response: Response, code?: ErrorCode): Promise<Problem> {
  const text = await response.text();
  expect(response.headers.get("Content-Type"), text).toBe("application/problem+json");
  const problem = StrictProblem.parse(JSON.parse(text));
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

/** The headers that count the client's own requests. */
const counting = /^ratelimit-(remaining|reset)$/i;

/** Returns status, headers and body as text, with the request id replaced, so that two responses can be compared. */
export async function comparableResponse(response: Response): Promise<string> {
  const id = response.headers.get("X-Request-Id") ?? "no id";
  const headers = [...response.headers]
    .filter(([name]) => !counting.test(name))
    .map(([name, value]) => `${name}: ${value}`)
    .sort();
  return `${response.status}\n${headers.join("\n")}\n\n${await response.text()}`.replaceAll(id, "req_…");
}
