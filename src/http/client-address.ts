import type { Config } from "../config.ts";
import { addressPrefix } from "../lib/address-prefix.ts";

/**
 * Returns the address by which a request's attempts are counted: in production that of `CF-Connecting-IP`, which Cloudflare sets and no
 * client can, with IPv6 addresses cut to their /64. On a local server a client could send any header, so all requests share one address.
 */
export function clientAddress({ ENVIRONMENT }: Pick<Config, "ENVIRONMENT">, request: Request): string {
  if (ENVIRONMENT !== "production") return "local";
  const address = request.headers.get("CF-Connecting-IP") ?? "";
  return addressPrefix(address, { ipv4: 32, ipv6: 64 }) ?? "unknown";
}

/** Returns the client's address as `clientAddress` does; undefined if it is not known, as on a local server. */
export function knownAddress(config: Pick<Config, "ENVIRONMENT">, request: Request): string | undefined {
  const address = clientAddress(config, request);
  return address === "local" || address === "unknown" ? undefined : address;
}
