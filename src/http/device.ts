import { addressPrefix } from "../lib/address-prefix.ts";

/**
 * Returns the device and the approximate network location of a session's first request: enough to recognize the session in a list, not
 * enough to locate its user.
 *
 * @returns `device`: the `User-Agent` in printable ASCII, at most 120 characters; `addressPrefix`: the /24 of an IPv4 address or the /48
 *   of an IPv6 address. Each is `unknown` if the request does not have it.
 */
export function deviceOf(request: Request): { device: string; addressPrefix: string } {
  const agent = (request.headers.get("User-Agent") ?? "")
    .slice(0, 1_024)
    .replaceAll(/[^\x21-\x7e]+/g, " ")
    .trim();
  const address = request.headers.get("CF-Connecting-IP") ?? "";
  return {
    device: agent.slice(0, 120) || "unknown",
    addressPrefix: addressPrefix(address, { ipv4: 24, ipv6: 48 }) ?? "unknown",
  };
}
