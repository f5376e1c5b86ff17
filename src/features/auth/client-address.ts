import type { Config } from "../../config.ts";

/**
 * The address that a request's attempts are counted by: in production `CF-Connecting-IP`, which Cloudflare sets and no client can, an
 * IPv6 one as its /64. A local server has no header that a client could not have sent: there all requests share one address.
 */
export function clientAddress({ ENVIRONMENT }: Pick<Config, "ENVIRONMENT">, request: Request): string {
  if (ENVIRONMENT !== "production") return "local";
  const address = request.headers.get("CF-Connecting-IP")?.trim().toLowerCase() ?? "";
  return address.includes(":") && !address.startsWith("::ffff:") ? prefix64(address) : address || "unknown";
}

/** The first four groups of an IPv6 address, without leading zeros. */
function prefix64(address: string): string {
  const [head = "", tail] = address.split("::");
  const groups = head.split(":").filter(Boolean);
  const behind = tail?.split(":").filter(Boolean) ?? [];
  const zeros =
    tail === undefined ? [] : Array<string>(Math.max(0, 8 - groups.length - behind.length)).fill("0");
  const all = [...groups, ...zeros, ...behind].slice(0, 4);
  return `${all.map((group) => group.replace(/^0+(?=.)/, "")).join(":")}::/64`;
}
