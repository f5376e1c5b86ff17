import type { z } from "zod";
import { type Endpoint, errorsOf, type Problem } from "../../../../src/protocol/index.ts";
import { callRest, type RestResponse } from "./rest-client.ts";

interface CallOptions {
  /** The caller: any holder of an access token. */
  as?: { token: string } | undefined;
  params?: Record<string, string>;
  query?: Record<string, string | number>;
  body?: unknown;
  headers?: Record<string, string>;
}

type BodyOf<E extends Endpoint> = E extends { response: infer R extends z.ZodType } ? z.output<R> : undefined;

/** Calls an endpoint by its definition, with the checks of `callRest`. */
export function callEndpoint(
  { method, path }: Endpoint,
  { as, params = {}, query = {}, body, headers = {} }: CallOptions = {},
): Promise<RestResponse> {
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
  const search = new URLSearchParams(
    Object.entries(query).map(([name, value]) => [name, String(value)]),
  ).toString();
  return callRest(method.toUpperCase(), search ? `${filled}?${search}` : filled, {
    token: as?.token,
    body,
    headers,
  });
}

/** Calls an endpoint and returns the body; throws if the response is an error. */
export async function expectOk<E extends Endpoint>(
  endpoint: E,
  options: CallOptions = {},
): Promise<BodyOf<E>> {
  const { status, body, text } = await callEndpoint(endpoint, options);
  if (status >= 400) throw new Error(`${endpoint.method} ${endpoint.path}: ${text}`);
  return body as BodyOf<E>;
}

/** Calls an endpoint and returns the problem; throws if the response is a success or an error that the endpoint does not declare. */
export async function expectRejected(endpoint: Endpoint, options: CallOptions = {}): Promise<Problem> {
  const { status, body, text } = await callEndpoint(endpoint, options);
  if (status < 400)
    throw new Error(`${endpoint.method} ${endpoint.path} was not rejected: ${status} ${text}`);
  const problem = body as Problem;
  if (!errorsOf(endpoint).includes(problem.code))
    throw new Error(`${endpoint.method} ${endpoint.path} may not answer ${text}`);
  return problem;
}
