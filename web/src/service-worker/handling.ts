/**
 * How the worker answers a request. `page`: from the network, else the stored page. `asset`: from the cache, else the network. `file`: from the
 * network, else the cache. `none`: the browser does.
 */
export type Handling = "page" | "asset" | "file" | "none";

/** Paths that the Worker of the server answers itself, or that are pages of their own. */
const otherPaths = /^\/(?:v1|hooks|slack|docs|errors|\.well-known|\.local)(?:\/|$)/;

/** Whether a path of the origin is a page of the application: neither a file nor a path of the server's Worker. */
export const isPage = (path: string): boolean => !otherPaths.test(path) && !isFile(path);

const isFile = (path: string): boolean => path.includes(".", path.lastIndexOf("/"));

interface HandlingOptions {
  origin: string;
  /** Whether the cache has a file of this path. */
  isShellFile: (path: string) => boolean;
}

/** Decides how a request is answered. */
export function handlingOf(
  { method, mode, url }: { method: string; mode: string; url: string },
  { origin, isShellFile }: HandlingOptions,
): Handling {
  const target = new URL(url);
  const { pathname } = target;
  if (method !== "GET" || target.origin !== origin || otherPaths.test(pathname)) return "none";
  if (mode === "navigate") return isPage(pathname) ? "page" : "none";
  if (pathname.startsWith("/assets/")) return "asset";
  return pathname !== "/" && isShellFile(pathname) ? "file" : "none";
}
