import type { z } from "zod";
import type { Endpoint } from "../protocol/endpoint.ts";
import { errorFromResponse, errorFromSilence, ParleyError } from "./error.ts";
import type { TokenHolder } from "./tokens.ts";

/** Numbers are welcome where the URL wants digits. */
type Loose<T> = T extends string ? (string extends T ? string | number : T) : T;
type QueryOf<S extends z.ZodType> = { [K in keyof z.input<S>]: Loose<z.input<S>[K]> };
type Optional<Name extends string, T> = Partial<T> extends T ? { [K in Name]?: T } : { [K in Name]: T };
type Nothing = Record<never, never>;

/** What an endpoint takes: `params`, `query` and `body` as its definition says, or `bytes`, which may take their time. */
export type CallInput<E extends Endpoint> = (E extends { params: infer S extends z.ZodType }
  ? { params: z.input<S> }
  : Nothing) &
  (E extends { query: infer S extends z.ZodType } ? Optional<"query", QueryOf<S>> : Nothing) &
  (E extends { body: infer S extends z.ZodType } ? { body: z.input<S> } : Nothing) &
  (E extends { consumes: readonly string[] } ? { bytes: Blob } : Nothing) & { signal?: AbortSignal };

/** What it gives: its response; nothing for 204; the `Response` itself where the answer is not JSON. */
export type Answer<E extends Endpoint> = E extends { response: infer S extends z.ZodType }
  ? z.output<S>
  : E extends { status: 204 }
    ? undefined
    : Response;

export type CallArguments<E extends Endpoint> =
  Nothing extends CallInput<E> ? [input?: CallInput<E>] : [input: CallInput<E>];

/**
 * Calls an endpoint of the catalogue. On 401 the tokens are refreshed once and the call is repeated.
 * Throws `ParleyError`, also when no answer comes.
 */
export type Call = <E extends Endpoint>(endpoint: E, ...args: CallArguments<E>) => Promise<Answer<E>>;

export interface CallerOptions {
  /** Of the server, for example `https://chat.example.com`. */
  url: string;
  tokens: TokenHolder;
  fetch: typeof fetch;
  timeoutMs: number;
  checkAnswers: boolean;
}

interface AnyInput {
  params?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: unknown;
  bytes?: Blob;
  signal?: AbortSignal;
}

export function createCall(options: CallerOptions): Call {
  const { tokens, checkAnswers } = options;
  return async <E extends Endpoint>(endpoint: E, ...[input = {}]: [AnyInput?]): Promise<Answer<E>> => {
    const authenticated = endpoint.auth === "user";
    const accessToken = authenticated ? tokens.current?.accessToken : undefined;
    let response = await request(options, endpoint, input, accessToken);
    if (response.status === 401 && authenticated && accessToken !== undefined) {
      await response.body?.cancel();
      await tokens.refresh(accessToken);
      response = await request(options, endpoint, input, tokens.current?.accessToken);
    }
    if (!response.ok) throw await errorFromResponse(response);
    return (await answerOf(endpoint, response, checkAnswers)) as Answer<E>;
  };
}

async function request(
  options: CallerOptions,
  endpoint: Endpoint,
  input: AnyInput,
  accessToken?: string,
): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (accessToken !== undefined) headers["authorization"] = `Bearer ${accessToken}`;
  const { signal, bytes } = input;
  if (endpoint.body) headers["content-type"] = "application/json";
  // What it is, the server sees; without a type nothing is claimed.
  if (bytes) headers["content-type"] = bytes.type || "application/octet-stream";
  // A download may take its time once it has begun.
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), options.timeoutMs);
  const timeout = endpoint.produces
    ? waiting.signal
    : AbortSignal.timeout(bytes ? 2 ** 31 - 1 : options.timeoutMs);
  try {
    return await options.fetch(urlOf(options.url, endpoint.path, input), {
      method: endpoint.method.toUpperCase(),
      headers,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      ...(bytes ? { body: bytes } : endpoint.body ? { body: JSON.stringify(input.body) } : {}),
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw errorFromSilence(error);
  } finally {
    clearTimeout(timer);
  }
}

async function answerOf(endpoint: Endpoint, response: Response, check: boolean): Promise<unknown> {
  if (!endpoint.response) {
    if (endpoint.status !== 204) return response;
    await response.body?.cancel();
    return undefined;
  }
  const body: unknown = await response.json().catch((error: unknown) => {
    throw errorFromSilence(error);
  });
  // Not by default: a newer server may say things that this client's schemas do not know yet.
  if (!check) return body;
  const parsed = endpoint.response.safeParse(body);
  if (parsed.success) return parsed.data;
  const detail = `${endpoint.method.toUpperCase()} ${endpoint.path} answered against the contract`;
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
  throw new ParleyError({ code: "internal", detail, issues });
}

/** The address of an endpoint: `:name`s filled in, the query behind. */
export function urlOf(
  base: string,
  path: string,
  { params = {}, query = {} }: Pick<AnyInput, "params" | "query">,
): string {
  const filled = path.replace(/:([A-Za-z]+)/g, (_, name: string) => encodeURIComponent(String(params[name])));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  const suffix = search.size > 0 ? `?${search}` : "";
  return `${base.replace(/\/+$/, "")}${filled}${suffix}`;
}
