import type { PageMessage } from "../service-worker/protocol.ts";

declare const __DEVELOPMENT__: boolean;

const workerPath = "/service-worker.js";
/** How long a new version of the worker has to replace the old one before the page is loaded again anyway, in ms. */
const activationTimeoutMs = 2_000;

/** The parts of Trusted Types that are used; not all browsers have them. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL: (url: string) => string };
}

let registering: Promise<ServiceWorkerRegistration | undefined> | undefined;

/** Registers the service worker once. Undefined where there is none: in development, and in browsers without them. A failure is repeated by the next call. */
export function registerServiceWorker(): Promise<ServiceWorkerRegistration | undefined> {
  registering ??= register().catch(() => (registering = undefined));
  return registering ?? Promise.resolve(undefined);
}

async function register(): Promise<ServiceWorkerRegistration | undefined> {
  if (!("serviceWorker" in navigator)) return undefined;
  if (__DEVELOPMENT__) return void (await removeWorkers());
  const registration = await navigator.serviceWorker.register(trustedPath(), { updateViaCache: "none" });
  // This page was just loaded, so that it is not of an earlier build than the version that waits.
  activate(registration.waiting);
  return registration;
}

/** A worker that a production build left at this address would show the pages of that build. */
async function removeWorkers(): Promise<void> {
  for (const registration of await navigator.serviceWorker.getRegistrations())
    await registration.unregister();
}

/** The policy of the worker's path. A page can create one policy of a name, so that each attempt to register uses the same. */
let policy: { createScriptURL: (url: string) => string } | undefined;

/** Returns the path in the form that the page's policy accepts: `trusted-types parley` in web/public/_headers. */
function trustedPath(): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  policy ??= trustedTypes?.createPolicy("parley", {
    createScriptURL: (url) => {
      if (url !== workerPath) throw new TypeError(`${url} is not the service worker`);
      return url;
    },
  });
  return policy?.createScriptURL(workerPath) ?? workerPath;
}

function activate(worker: ServiceWorker | null | undefined): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker is of the page's origin
  worker?.postMessage({ type: "activate" } satisfies PageMessage);
}

/** Loads the page again, in the new version. The new version of the worker starts first, whose stored page is the new one. */
export async function reloadToUpdate(): Promise<void> {
  const container = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  const registration = await container?.getRegistration();
  if (container && registration?.waiting) {
    const { promise, resolve } = Promise.withResolvers<void>();
    container.addEventListener("controllerchange", () => resolve(), { once: true });
    setTimeout(resolve, activationTimeoutMs);
    activate(registration.waiting);
    await promise;
  }
  location.reload();
}
