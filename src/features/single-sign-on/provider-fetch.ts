import type { Config } from "../../config.ts";
import { readAtMost } from "../../outbound/index.ts";

/** How long a provider may take for a response, in ms. */
const timeoutMs = 5_000;
/** The largest response of a provider. Key sets and discovery documents have some 10 KB. */
const maxBytes = 256 * 1024;
const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whether requests without TLS are permitted: on a local server, to a provider on the same machine. */
export const isLoopback = ({ ENVIRONMENT }: Pick<Config, "ENVIRONMENT">, url: string): boolean =>
  ENVIRONMENT === "local" && loopback.has(new URL(url).hostname);

/** The provider did not answer in time, or not at all. */
export class ProviderUnreachable extends Error {
  override readonly name = "ProviderUnreachable";
}

/**
 * Makes the `fetch` for requests to a provider. It follows no redirect, waits at most 5 s and reads at most 256 KiB.
 *
 * @throws `ProviderUnreachable`; Error if the URL is not https, or the response is too large
 */
export function providerFetch(config: Pick<Config, "ENVIRONMENT">) {
  return async (url: string, init: object): Promise<Response> => {
    if (!url.startsWith("https://") && !isLoopback(config, url))
      throw new Error("A provider's URL must be https");
    const response = await fetch(url, {
      ...init,
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    }).catch(() => {
      throw new ProviderUnreachable();
    });
    const { bytes, isTruncated } = await readAtMost(response, maxBytes);
    if (isTruncated) throw new Error("The response of the provider is too large");
    const { status, headers } = response;
    return new Response(bytes.byteLength === 0 ? null : bytes, { status, headers });
  };
}
