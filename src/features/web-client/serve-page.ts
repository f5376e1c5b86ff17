import type { Context } from "hono";
import type { AppEnv } from "../../http/context.ts";

/** Paths that programs call: an unknown one below them is a problem document, also in a browser. */
const programPaths = /^\/(?:v1|hooks|slack|errors|assets|\.well-known|\.local)(?:\/|$)/;

/** Whether a browser opens a page, rather than a program calling the API. */
export function isPageRequest(request: Request): boolean {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  if (programPaths.test(new URL(request.url).pathname)) return false;
  const mode = request.headers.get("Sec-Fetch-Mode");
  return mode === null ? /\btext\/html\b/.test(request.headers.get("Accept") ?? "") : mode === "navigate";
}

/**
 * Returns the page of the web client, which shows what the path names. Undefined if the client is not part of the deployment: then
 * `web/dist` was not built.
 */
export async function webClientPage({ env, req }: Context<AppEnv>): Promise<Response | undefined> {
  const { ASSETS } = env;
  if (!ASSETS) return undefined;
  const page = await ASSETS.fetch(new Request(new URL("/", req.url), { method: req.method }));
  // The headers of an asset's response can't be changed.
  return page.ok ? new Response(page.body, page) : undefined;
}
