import { cachedFile } from "./shell-cache.ts";

const paths = { icon: "/icon-192.png", badge: "/badge-96.png" };

/**
 * Returns the pictures of a notification from the cache, as data URLs: the browser shows a notification only after it has loaded them, and its
 * requests for them do not pass through the worker, so that a server that does not respond would delay it.
 */
export async function notificationIcons(): Promise<{ icon: string; badge: string }> {
  return { icon: await dataUrl(paths.icon), badge: await dataUrl(paths.badge) };
}

async function dataUrl(path: string): Promise<string> {
  const response = await cachedFile(path);
  if (!response) return path;
  const bytes = new Uint8Array(await response.arrayBuffer());
  return `data:image/png;base64,${btoa(String.fromCharCode(...bytes))}`;
}
