import { sha256Of } from "../../lib/macs.ts";

/**
 * The cache of the data center, which removes expired entries. Keys are hashes, so that they contain no addresses; it stores nothing about users. Where
 * the platform has none (`workers.dev`), every call misses.
 */
export const dataCenterCache = {
  async find(kind: "page" | "image", url: string): Promise<Response | undefined> {
    try {
      return await caches.default.match(keyOf(kind, url));
    } catch {
      return undefined;
    }
  },

  async store(kind: "page" | "image", url: string, response: Response): Promise<void> {
    try {
      await caches.default.put(keyOf(kind, url), response);
    } catch {
      // A cache may fail: the next request fetches again.
    }
  },
};

const keyOf = (kind: string, url: string): string =>
  `https://previews.invalid/${kind}/${sha256Of(url)}?release=1`;
