import type { Endpoint } from "./endpoint.ts";
import { errorFromNetwork, ParleyError } from "./error.ts";

/** Any endpoint of the catalogue. */
export type AnyEndpoint = Endpoint<never, unknown>;

/** The input of a call without the types of its endpoint. */
export interface AnyInput {
  params?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: unknown;
  bytes?: Blob;
  signal?: AbortSignal;
  retry?: boolean;
}

export interface RequestOptions {
  /** Base URL of the server, for example `https://chat.example.com`. */
  url: string;
  fetch: typeof fetch;
}

/**
 * Sends one request, without retries.
 *
 * @param timeoutMs - timeout of the whole request, of a download only until the headers arrive; uploads have none
 * @throws ParleyError `unavailable` with status 0 without a response
 */
export async function sendRequest(
  options: RequestOptions,
  endpoint: AnyEndpoint,
  input: AnyInput,
  { accessToken, timeoutMs }: { accessToken: string | undefined; timeoutMs: number },
): Promise<Response> {
  const headers: Record<string, string> = { accept: endpoint.accepts ?? "application/json" };
  if (accessToken !== undefined) headers["authorization"] = `Bearer ${accessToken}`;
  const { signal, bytes } = input;
  const isJson = endpoint.sends === "json";
  if (isJson) headers["content-type"] = "application/json";
  // The server detects the type from the bytes; a `Blob` without a type declares none.
  if (bytes) headers["content-type"] = bytes.type || "application/octet-stream";
  const url = urlOf(options.url, endpoint, input);
  // The timeout of a download ends with the headers, since a large body may take longer.
  const beginning = new AbortController();
  const timer = setTimeout(() => beginning.abort(new DOMException("Timeout", "TimeoutError")), timeoutMs);
  const isDownload = endpoint.answers === "response";
  const timeout = isDownload ? beginning.signal : AbortSignal.timeout(bytes ? 2 ** 31 - 1 : timeoutMs);
  try {
    return await options.fetch(url, {
      method: endpoint.method,
      headers,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      ...(bytes ? { body: bytes } : isJson ? { body: JSON.stringify(input.body) } : {}),
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw errorFromNetwork(error);
  } finally {
    clearTimeout(timer);
  }
}

/** Reads a successful response: returns its JSON, undefined for none, or the response itself. */
export async function readAnswer(endpoint: AnyEndpoint, response: Response): Promise<unknown> {
  if (endpoint.answers === "response") return response;
  if (endpoint.answers === "nothing" || (response.status === 202 && !response.headers.has("Content-Type"))) {
    await response.body?.cancel();
    return undefined;
  }
  return response.json().catch((error: unknown) => {
    throw errorFromNetwork(error);
  });
}

/**
 * Builds the URL of an endpoint: replaces `:name` by `params` and appends the query. Arrays are joined by commas.
 *
 * @throws ParleyError `validation_failed` that names a missing parameter
 */
export function urlOf(
  base: string,
  { path, method = "GET" }: { path: string; method?: string },
  { params = {}, query = {} }: Pick<AnyInput, "params" | "query">,
): string {
  const filled = path.replace(/:([A-Za-z]+)/g, (_, name: string) => {
    const value = params[name];
    // URL parsers remove the path segments `.` and `..`, which would change the path.
    if (value === undefined || value === null || /^\.{0,2}$/.test(String(value)))
      throw new ParleyError({
        code: "validation_failed",
        status: 0,
        detail: `${method} ${path} needs params.${name}, not ${JSON.stringify(value)}`,
        issues: [{ path: `params.${name}`, message: "Required" }],
      });
    return encodeURIComponent(String(value));
  });
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  const suffix = search.size > 0 ? `?${search}` : "";
  return `${base.replace(/\/+$/, "")}${filled}${suffix}`;
}
