import { exports } from "cloudflare:workers";
import { expect } from "vitest";
import { type Endpoint, endpoints, Problem } from "../../../../src/protocol/index.ts";

export interface RestResponse<Body = any> {
  status: number;
  body: Body;
  headers: Headers;
  text: string;
}

/** A problem without extra fields. Made once: zod compiles each new schema, which takes longer than the request. */
export const StrictProblem = Problem.strict();

const patterns = Object.entries(endpoints).map(([name, endpoint]) => ({
  name,
  endpoint,
  pattern: new RegExp(`^${endpoint.path.replaceAll(".", "\\.").replace(/:\w+/g, "[^/]+")}$`),
}));

/** Returns the endpoint that matches a method and path; a literal segment takes precedence over a parameter. */
export function endpointOf(method: string, path: string): Endpoint | undefined {
  const fitting = patterns.filter(
    ({ endpoint, pattern }) => endpoint.method === method.toLowerCase() && pattern.test(path),
  );
  return fitting.sort((a, b) => a.endpoint.path.split(":").length - b.endpoint.path.split(":").length)[0]
    ?.endpoint;
}

/**
 * Sends one REST request to the Worker and checks the response against the contract: a success against the endpoint's status and
 * schema, without extra fields, an error against Problem and its status.
 */
export async function callRest(
  method: string,
  path: string,
  {
    token,
    body,
    headers = {},
  }: { token?: string | undefined; body?: unknown; headers?: Record<string, string> } = {},
): Promise<RestResponse> {
  const json = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
  const response = await exports.default.fetch(`https://parley.test${path}`, {
    method,
    redirect: "manual",
    headers: {
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(json !== undefined && {
        "Content-Type": "application/json",
        "Content-Length": String(new TextEncoder().encode(json).length),
      }),
      ...headers,
    },
    ...(json !== undefined && { body: json }),
  });
  return checkResponse(method, path, response);
}

/** Parses a response and checks it against the contract as `callRest` does. */
export async function checkResponse(method: string, path: string, response: Response): Promise<RestResponse> {
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("Content-Type") ?? "");
  const answer: RestResponse = {
    status: response.status,
    body: isJson ? JSON.parse(text) : text,
    headers: response.headers,
    text,
  };
  expect(response.headers.get("X-Request-Id"), `${method} ${path} bears a request id`).toMatch(/^req_/);
  checkAnswer(method, path, answer);
  return answer;
}

function checkAnswer(method: string, path: string, { status, body, headers }: RestResponse): void {
  const what = `${method} ${path} ${status} ${JSON.stringify(body).slice(0, 300)}`;
  if (status >= 400 && headers.get("Content-Type") === "application/problem+json") {
    const problem = StrictProblem.parse(body);
    expect(problem.status, what).toBe(status);
    expect(problem.requestId, what).toBe(headers.get("X-Request-Id"));
    return;
  }
  const endpoint = endpointOf(method, path.split("?")[0] ?? path);
  if (!endpoint) return;
  if (status < 400)
    expect(
      [
        endpoint.status,
        endpoint.repeatStatus,
        endpoint.acceptedStatus,
        endpoint.redirects && 302,
        (endpoint.etag || endpoint.partial) && 304,
      ],
      what,
    ).toContain(status);
  if (
    status === 204 ||
    (status === 202 && !endpoint.response) ||
    (status === endpoint.acceptedStatus && !endpoint.acceptedResponse && !body)
  )
    return expect(body, what).toBe("");
  const response =
    status === endpoint.acceptedStatus && endpoint.acceptedResponse
      ? endpoint.acceptedResponse
      : endpoint.response;
  if (response && status < 300) {
    const parsed = response.safeParse(body);
    if (!parsed.success) throw new Error(`An answer against the contract: ${what} ${parsed.error.message}`);
    expect(body, `${what} holds nothing besides the contract's fields`).toEqual(parsed.data);
  }
}
