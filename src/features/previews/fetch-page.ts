import { checkOutboundUrl, fetchOutbound, OutboundError, type OutboundPolicy } from "../../outbound/index.ts";

export interface FetchedBytes {
  /** The address after redirects. */
  url: string;
  /** The media type in lower case, with its parameters. */
  contentType: string;
  bytes: Uint8Array<ArrayBuffer>;
  isTruncated: boolean;
}

export interface FetchLimits {
  /** The `Accept` header. */
  accept: string;
  /** For the whole chain of redirects. */
  timeoutMs: number;
  maxBytes: number;
}

/** How many redirects are followed. */
const maxRedirects = 3;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const userAgent = "Parley/1 (link previews)";

/**
 * Fetches a page or an image that a user named. Every address, also of a redirect, passes the checks of `fetchOutbound`. The request has no
 * cookie and nothing about the user.
 *
 * @returns undefined if there is no successful response, for whatever reason
 */
export async function fetchPage(
  policy: OutboundPolicy,
  address: string,
  { accept, timeoutMs, maxBytes }: FetchLimits,
): Promise<FetchedBytes | undefined> {
  const deadline = Date.now() + timeoutMs;
  let url = address;
  try {
    for (let hop = 0; hop <= maxRedirects; hop++) {
      const leftMs = deadline - Date.now();
      if (leftMs <= 0) return undefined;
      const { status, headers, ...body } = await fetchOutbound(policy, {
        url,
        method: "GET",
        headers: { Accept: accept, "User-Agent": userAgent },
        timeoutMs: leftMs,
        maxBytes,
      });
      if (status === 200)
        return { url, contentType: (headers.get("Content-Type") ?? "").toLowerCase(), ...body };
      const location = headers.get("Location");
      if (!redirects.has(status) || location === null || !URL.canParse(location, url)) return undefined;
      url = new URL(location, url).href;
    }
    return undefined;
  } catch (error) {
    if (error instanceof OutboundError) return undefined;
    throw error;
  }
}

/** Returns the address of an image as a page names it, if it may be fetched; otherwise null. */
export function permittedUrl(policy: OutboundPolicy, reference: string, base: string): string | null {
  try {
    const url = checkOutboundUrl(policy, new URL(reference, base).href);
    url.hash = "";
    return url.href;
  } catch {
    return null;
  }
}
