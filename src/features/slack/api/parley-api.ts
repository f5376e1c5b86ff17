import type { Context } from "hono";
import type { z } from "zod";
import type { AppEnv } from "../../../http/context.ts";
import { hasScope, type TokenGrant } from "../../../domain/token-grant.ts";
import { type Endpoint, Problem, scopeOf, textContent } from "../../../protocol/index.ts";
import { EndpointProblem, SlackError } from "./slack-error.ts";

type AppContext = Context<AppEnv>;

/** The application's `fetch`. Passed in, because the application imports this feature. */
export type Dispatch = (
  request: Request,
  env: Env,
  executionCtx: AppContext["executionCtx"],
) => Response | Promise<Response>;

type ResponseOf<E extends Endpoint> = E extends { response: infer R extends z.ZodType }
  ? z.output<R>
  : undefined;
type BodyOf<E extends Endpoint> = E extends { body: infer B extends z.ZodType } ? z.input<B> : never;

export interface EndpointInput<E extends Endpoint> {
  params?: Record<string, string>;
  query?: Record<string, string | number | undefined>;
  body?: BodyOf<E>;
}

export interface ParleyApiOptions {
  dispatch: Dispatch;
  token: string;
  /** What the token permits; undefined for the access token of a session. */
  grant: TokenGrant | undefined;
}

/** Returns the path of an endpoint with its parameters and its query. */
export function pathOf(
  { path }: Pick<Endpoint, "path">,
  { params = {}, query = {} }: Pick<EndpointInput<Endpoint>, "params" | "query"> = {},
): string {
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? filled : `${filled}?${new URLSearchParams(given).toString()}`;
}

/**
 * Calls this Worker's own endpoints within the isolate, with the token of the request. Each call passes the application's middlewares, so
 * that authentication, scopes, limits, validation and the audit log are those of the endpoint.
 */
export class ParleyApi {
  /** Of the request, such as `https://chat.example.com`. */
  readonly origin: string;
  readonly #c: AppContext;
  readonly #options: ParleyApiOptions;

  /** @param c the request for which endpoints are called */
  constructor(c: AppContext, options: ParleyApiOptions) {
    this.#c = c;
    this.#options = options;
    this.origin = new URL(c.req.url).origin;
  }

  /** Calls an endpoint and returns the body of its response. @throws SlackError `missing_scope`; EndpointProblem for any other error */
  async call<E extends Endpoint>(endpoint: E, input: EndpointInput<E> = {}): Promise<ResponseOf<E>> {
    const { body } = input;
    const response = await this.send(endpoint, input, {
      ...(body !== undefined && {
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      }),
    });
    return (response.status === 204 ? undefined : await response.json()) as ResponseOf<E>;
  }

  /** As `call`, with a request body that is not JSON, and the response as it is. */
  async send(
    endpoint: Endpoint,
    input: Pick<EndpointInput<Endpoint>, "params" | "query">,
    init: { headers?: Record<string, string>; body?: BodyInit } = {},
  ): Promise<Response> {
    const { env, executionCtx, req } = this.#c;
    const { dispatch, token } = this.#options;
    // By which requests are counted whose credential is not valid.
    const clientAddress = req.header("CF-Connecting-IP");
    const request = new Request(`${this.origin}${pathOf(endpoint, input)}`, {
      method: endpoint.method.toUpperCase(),
      redirect: "manual",
      ...init,
      headers: {
        Authorization: `Bearer ${token}`,
        // Programs post what begins with `/` as it is.
        [textContent.header]: textContent.value,
        ...(clientAddress !== undefined && { "CF-Connecting-IP": clientAddress }),
        ...init.headers,
      },
    });
    const response = await dispatch(request, env, executionCtx);
    if (response.ok) return response;
    throw this.#errorOf(endpoint, Problem.parse(await response.json()));
  }

  #errorOf(endpoint: Endpoint, problem: Problem): Error {
    const { grant } = this.#options;
    const needed = scopeOf(endpoint);
    if (problem.code === "forbidden" && grant && needed !== "session" && !hasScope(grant, needed))
      return new SlackError("missing_scope", { needed, provided: grant.scopes.join(",") });
    return new EndpointProblem(problem);
  }
}
