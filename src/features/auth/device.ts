/** From which device and about where a session was begun: enough to recognize it in a list, not enough to follow anyone. */
export function deviceOf(request: Request): { device: string; addressPrefix: string } {
  const agent = (request.headers.get("User-Agent") ?? "")
    .slice(0, 1_024)
    .replaceAll(/[^\x21-\x7e]+/g, " ")
    .trim();
  return {
    device: agent.slice(0, 120) || "unknown",
    addressPrefix: addressPrefix(request.headers.get("CF-Connecting-IP") ?? ""),
  };
}

/** The /24 of an IPv4 address, the /48 of an IPv6 one. */
export function addressPrefix(address: string): string {
  const [, ipv4] = /^(?:::ffff:)?(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/i.exec(address) ?? [];
  if (ipv4) return `${ipv4}.0/24`;
  if (!/^[0-9a-f:.]+$/i.test(address) || !address.includes(":")) return "unknown";
  const [head = "", tail] = address.split("::");
  const groups = head.split(":").filter(Boolean);
  const behind = tail?.split(":").filter(Boolean) ?? [];
  const all =
    tail === undefined
      ? groups
      : [...groups, ...Array<string>(Math.max(0, 8 - groups.length - behind.length)).fill("0"), ...behind];
  const prefix = all.slice(0, 3).map((group) => Number.parseInt(group, 16).toString(16));
  return `${prefix.join(":")}::/48`;
}
