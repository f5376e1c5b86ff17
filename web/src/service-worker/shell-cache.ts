import { buildLockPrefix } from "./protocol.ts";
import { scope } from "./scope.ts";

/** The id of the build that this worker belongs to, and the paths of everything that its page may load. */
declare const __BUILD__: string;
declare const __SHELL__: readonly string[];

const prefix = "parley-shell-";
const cacheName = prefix + __BUILD__;
const page = "/";

/** Whether the cache has a file that changes with each build, but keeps its path. */
export const isShellFile = (path: string): boolean => __SHELL__.includes(path);

/**
 * Stores everything that the page of this build may load.
 *
 * @throws Error if something is missing, or of another build; then nothing is stored
 */
export async function storeShell(): Promise<void> {
  const responses = await Promise.all(__SHELL__.map(async (path) => [path, await load(path)] as const));
  const isNew = !(await caches.has(cacheName));
  try {
    const cache = await caches.open(cacheName);
    await Promise.all(responses.map(([path, response]) => cache.put(path, response)));
  } catch (error) {
    // There may be no space left.
    if (isNew) await caches.delete(cacheName);
    throw error;
  }
}

async function load(path: string): Promise<Response> {
  const isImmutable = path.startsWith("/assets/");
  const known = isImmutable ? await caches.match(path, { ignoreVary: true }) : undefined;
  if (known) return known;
  const response = await fetch(path, { cache: isImmutable ? "default" : "no-cache" });
  if (!response.ok || response.redirected) throw new Error(`${path} could not be stored: ${response.status}`);
  // A deployment may have replaced the page since this worker was loaded.
  if (path === page && !(await response.clone().text()).includes(`name="build" content="${__BUILD__}"`))
    throw new Error("The page is of another build than the service worker");
  return response;
}

/** Returns the page of this build. */
export const cachedPage = (): Promise<Response | undefined> => cachedFile(page);

/** Returns a file of this build. */
export const cachedFile = (path: string): Promise<Response | undefined> =>
  caches.match(path, { cacheName, ignoreVary: true });

/** Returns a file whose name changes with its content: of this build, or of an earlier one that a page still shows. */
export const cachedAsset = (url: string): Promise<Response | undefined> =>
  caches.match(url, { ignoreVary: true });

/** Deletes the files of earlier builds that no page shows any more. */
export async function deleteOldShells(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith(prefix) && name !== cacheName);
  // A newer build may be waiting to replace this one.
  if (old.length === 0 || scope.registration.waiting || scope.registration.installing) return;
  const builds = await shownBuilds();
  for (const name of old) if (!builds.has(name.slice(prefix.length))) await caches.delete(name);
}

/** Whether a page of this build is open. */
export const isShown = async (): Promise<boolean> => (await shownBuilds()).has(__BUILD__);

async function shownBuilds(): Promise<ReadonlySet<string>> {
  const { held = [] } = await scope.navigator.locks.query();
  return new Set(
    held.flatMap(({ name }) => (name?.startsWith(buildLockPrefix) ? name.slice(buildLockPrefix.length) : [])),
  );
}
