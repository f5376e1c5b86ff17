import { cachedAsset, cachedFile, cachedPage, deleteOldShells, isShellFile } from "./shell-cache.ts";
import { scope } from "./scope.ts";
import { type Handling, handlingOf } from "./handling.ts";

/** How long the network has for a page before the stored one is shown, in ms. */
const pageTimeoutMs = 3_000;

/** Answers a request of a page, or leaves it to the browser. */
export function respond(event: FetchEvent): void {
  const { request } = event;
  const handling = handlingOf(request, { origin: scope.location.origin, isShellFile });
  if (handling !== "none") event.respondWith(responses[handling](event));
}

const responses: Record<Exclude<Handling, "none">, (event: FetchEvent) => Promise<Response>> = {
  page: respondWithPage,
  asset: async ({ request }) => (await cachedAsset(request.url)) ?? fetch(request),
  file: async ({ request }) => {
    try {
      return await fetch(request);
    } catch (error) {
      const cached = await cachedFile(new URL(request.url).pathname);
      if (cached) return cached;
      throw error;
    }
  },
};

/** The page of the server, so that a new version appears at the next visit; the stored one without a network, or if the server fails. */
async function respondWithPage(event: FetchEvent): Promise<Response> {
  const network = loadPage(event);
  event.waitUntil(network.then(deleteOldShells).catch(() => {}));
  const first = await Promise.race([network.catch(() => undefined), afterTimeout()]);
  if (first && first.status < 500) return first;
  return (await cachedPage()) ?? network;
}

/** The browser requests the page while it starts the worker. */
async function loadPage({ preloadResponse, request }: FetchEvent): Promise<Response> {
  return ((await preloadResponse) as Response | undefined) ?? fetch(request);
}

const afterTimeout = (): Promise<undefined> =>
  new Promise((resolve) => setTimeout(() => resolve(undefined), pageTimeoutMs));
