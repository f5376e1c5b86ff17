import { z } from "zod";
import type { Config } from "../../config.ts";
import { LruMap } from "../../lib/lru-map.ts";
import { dataCenterCache } from "./cache.ts";
import { fetchPage, permittedUrl } from "./fetch-page.ts";
import { isPage, readMetadata } from "./read-metadata.ts";
import { SharedWork } from "./shared-work.ts";

/** A preview as it is cached: `image` is the address on the other server. */
const CachedPreview = z.object({
  url: z.string(),
  title: z.string().nullable(),
  description: z.string().nullable(),
  siteName: z.string().nullable(),
  image: z.string().nullable(),
});
export type CachedPreview = z.infer<typeof CachedPreview>;
const Entry = z.object({ preview: CachedPreview.nullable(), until: z.number() });
type Entry = z.infer<typeof Entry>;

const pageLimits = {
  accept: "text/html, application/xhtml+xml;q=0.9",
  timeoutMs: 5_000,
  maxBytes: 1024 * 1024,
};
const foundTtlMs = 24 * 3_600_000;
/** A page without a preview, or that can't be fetched, is fetched again after this time. */
const missingTtlMs = 10 * 60_000;
/** Previews kept in one isolate, at most 9 KB each. */
const maxEntries = 300;

const entries = new LruMap<string, Entry>(maxEntries);
const fetching = new SharedWork<Entry>({
  concurrency: 8,
  concurrencyPerOwner: 4,
  timeoutMs: pageLimits.timeoutMs + 2_000,
});

export interface PreviewRequest {
  /** Without a fragment. */
  url: string;
  userId: string;
  /** Counts the request towards its user's budget. Called only if the page has to be fetched. @throws `rate_limited` */
  spend: () => Promise<void>;
  keepAlive: (work: Promise<unknown>) => void;
}

/**
 * Returns the preview of a page, from the isolate's memory, the data center's cache, or the page itself. Null if there is none.
 *
 * @throws `rate_limited`; `unavailable` if too many pages are being fetched
 */
export async function getPreview(
  config: Config,
  { url, userId, spend, keepAlive }: PreviewRequest,
): Promise<CachedPreview | null> {
  const known = (await findEntry(url)) ?? (await fetching.join(url));
  if (known) return known.preview;
  await spend();
  const { preview } = await fetching.run(url, {
    owner: userId,
    start: () => fetchEntry(config, url),
    keepAlive,
  });
  return preview;
}

async function findEntry(url: string): Promise<Entry | undefined> {
  const kept = entries.get(url);
  if (kept && kept.until > Date.now()) return kept;
  const cached = await dataCenterCache.find("page", url);
  const entry = Entry.safeParse(await cached?.json()).data;
  if (!entry || entry.until <= Date.now()) return undefined;
  entries.set(url, entry);
  return entry;
}

async function fetchEntry(config: Config, url: string): Promise<Entry> {
  const preview = await fetchPreview(config, url);
  const ttlMs = preview ? foundTtlMs : missingTtlMs;
  const entry = { preview, until: Date.now() + ttlMs };
  entries.set(url, entry);
  const headers = { "Cache-Control": `max-age=${ttlMs / 1_000}` };
  await dataCenterCache.store("page", url, Response.json(entry, { headers }));
  return entry;
}

async function fetchPreview(config: Config, address: string): Promise<CachedPreview | null> {
  const page = await fetchPage(config, address, pageLimits);
  if (!page || !isPage(page)) return null;
  const { title = null, description = null, siteName = null, image } = await readMetadata(page);
  if (title === null && description === null) return null;
  const withImage = config.LINK_PREVIEWS === "images" && image !== undefined;
  return {
    url: page.url,
    title,
    description,
    siteName,
    image: withImage ? permittedUrl(config, image, page.url) : null,
  };
}
