import { exports } from "cloudflare:workers";
import type { Endpoint, Problem } from "../../../../src/protocol/index.ts";
import { checkResponse, type RestResponse } from "./rest-client.ts";

/** The names of the cookies of a session by https. */
export const refreshName = "__Host-parley-refresh";
export const accessName = "__Host-parley-access";

interface PageRequest {
  body?: unknown;
  as?: { token: string } | undefined;
  params?: Record<string, string>;
  headers?: Record<string, string>;
}

/** A page in a browser that keeps its session in cookies: it sends the header, its origin and its cookies, and stores those that it gets. */
export class BrowserPage {
  readonly cookies = new Map<string, string>();
  /** The `Set-Cookie` headers of the last response. */
  setCookies: string[] = [];
  readonly #origin: string;

  constructor(origin = "https://parley.test") {
    this.#origin = origin;
  }

  /** Copies the page's cookies, as a backup of the browser's profile does. */
  clone(): BrowserPage {
    const copy = new BrowserPage(this.#origin);
    for (const [name, value] of this.cookies) copy.cookies.set(name, value);
    return copy;
  }

  get cookieHeader(): Record<string, string> {
    if (this.cookies.size === 0) return {};
    return { Cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ") };
  }

  /** Sends a request of the session, with the checks of `callRest`. */
  async send(
    endpoint: Endpoint,
    { body, as, params = {}, headers = {} }: PageRequest = {},
  ): Promise<RestResponse> {
    const path = endpoint.path.replaceAll(/:(\w+)/g, (_, name: string) => params[name] ?? "");
    const method = endpoint.method.toUpperCase();
    const text = body === undefined ? undefined : JSON.stringify(body);
    const response = await exports.default.fetch(`${this.#origin}${path}`, {
      method,
      redirect: "manual",
      headers: {
        Origin: this.#origin,
        "Sec-Fetch-Site": "same-origin",
        "Parley-Session": "cookie",
        ...this.cookieHeader,
        ...(as && { Authorization: `Bearer ${as.token}` }),
        ...(text !== undefined && { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(text !== undefined && { body: text }),
    });
    this.setCookies = response.headers.getSetCookie();
    for (const cookie of this.setCookies) this.#store(cookie);
    return checkResponse(method, path, response);
  }

  /** Sends a request that is rejected, and returns the problem. */
  async sendRejected(endpoint: Endpoint, request?: PageRequest): Promise<Problem> {
    const { status, body, text } = await this.send(endpoint, request);
    if (status < 400) throw new Error(`${endpoint.path} was not rejected: ${status} ${text}`);
    return body as Problem;
  }

  #store(cookie: string): void {
    const [pair = "", ...attributes] = cookie.split("; ");
    const [name = "", value = ""] = pair.split("=");
    if (attributes.includes("Max-Age=0")) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
