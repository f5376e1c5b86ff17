import type { Config } from "../../config.ts";
import { AppError } from "../../errors/app-error.ts";
import { LruMap } from "../../lib/lru-map.ts";
import { detectType } from "../files/index.ts";
import { dataCenterCache } from "./cache.ts";
import { fetchPage } from "./fetch-page.ts";
import { SharedWork } from "./shared-work.ts";

const imageLimits = { accept: "image/*", timeoutMs: 10_000, maxBytes: 5 * 1024 * 1024 };
/** Raster images that all browsers display and that contain no script. */
const accepted: ReadonlySet<string> = new Set([
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/avif",
]);
const foundSeconds = 24 * 3_600;
const missingSeconds = 600;
/**
 * An image that is in no cache is fetched at most once in this time by an isolate, because its address needs no token. One that could not be fetched is not
 * fetched again for `missingSeconds`, also where the platform has no cache.
 */
const intervalMs = 10_000;
/** Addresses kept in one isolate, at most 2 KB each. */
const maxAddresses = 1_000;

export interface PreviewImage {
  type: string;
  bytes: Uint8Array<ArrayBuffer>;
}

interface Fetch {
  at: number;
  isMissing: boolean;
}

const fetches = new LruMap<string, Fetch>(maxAddresses);
const fetching = new SharedWork<PreviewImage | null>({
  concurrency: 6,
  concurrencyPerOwner: 3,
  timeoutMs: imageLimits.timeoutMs + 2_000,
});

/**
 * Returns the image of a preview, from the data center's cache or from its server. Null if it can't be fetched, is larger than 5 MiB, or its
 * bytes are no raster image.
 *
 * @param options `address`: of the client, if it is known
 * @throws `unavailable` if too many images are being fetched, or this one was fetched a moment ago
 */
export async function getPreviewImage(
  config: Config,
  url: string,
  { address, keepAlive }: { address: string | undefined; keepAlive: (work: Promise<unknown>) => void },
): Promise<PreviewImage | null> {
  const cached = await dataCenterCache.find("image", url);
  if (cached) return imageOf(cached);
  const last = fetches.get(url);
  if (last?.isMissing && ageOf(last) < missingSeconds * 1_000) return null;
  return fetching.run(url, { owner: address, start: () => fetchImage(config, url), keepAlive });
}

async function imageOf(cached: Response): Promise<PreviewImage | null> {
  const type = cached.headers.get("Content-Type") ?? "";
  const bytes = new Uint8Array(await cached.arrayBuffer());
  return accepted.has(type) ? { type, bytes } : null;
}

/** In ms. A clock that was set back must not extend a wait. */
const ageOf = ({ at }: Fetch): number => Math.abs(Date.now() - at);

async function fetchImage(config: Config, url: string): Promise<PreviewImage | null> {
  const last = fetches.get(url);
  if (last && ageOf(last) < intervalMs)
    throw new AppError({
      code: "unavailable",
      detail: "This image was fetched a moment ago; try again later",
      retryAfterMs: intervalMs,
    });
  const current = { at: Date.now(), isMissing: false };
  fetches.set(url, current);
  const file = await fetchPage(config, url, imageLimits);
  const type = file && !file.isTruncated ? await typeOf(config, file.bytes) : undefined;
  const image = file && type !== undefined ? { type, bytes: file.bytes } : null;
  current.isMissing = image === null;
  const seconds = image ? foundSeconds : missingSeconds;
  const headers = { "Cache-Control": `max-age=${seconds}`, "Content-Type": image?.type ?? "text/plain" };
  await dataCenterCache.store("image", url, new Response(image?.bytes ?? "", { headers }));
  return image;
}

/** Returns the type of a raster image by its bytes, whatever the server declares; undefined for anything else. */
async function typeOf(config: Config, bytes: Uint8Array): Promise<string | undefined> {
  try {
    const typed = await detectType({ head: bytes, whole: true }, {}, { ...config, FILE_TYPES: ["image/*"] });
    typed.inspect(bytes);
    const { type, size } = typed.kind();
    return accepted.has(type) && size ? type : undefined;
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}
