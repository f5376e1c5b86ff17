import ipaddr from "ipaddr.js";

/**
 * Addresses within public ranges that only reach a cloud provider's own services: the agent endpoint of Azure.
 * @see https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
 */
const providerAddresses = new Set(["168.63.129.16"]);

/** Ranges of the IANA registries of special-purpose addresses that `ipaddr.js` counts as ordinary unicast. */
const furtherRanges = ["2001::/23", "3fff::/20", "2620:4f:8000::/48"].map((range) =>
  ipaddr.IPv6.parseCIDR(range),
);

/** The only block from which global unicast addresses are assigned (RFC 4291 section 2.4, IANA). It excludes all that embed IPv4, but 6to4. */
const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3");

/**
 * Returns whether an IP address is one of the public internet: not private, loopback, link-local, shared (RFC 6598), multicast, reserved, for
 * documentation or benchmarks, a tunnel or a translation of an IPv4 address.
 *
 * @param address an address as WHATWG URLs serialize it, without brackets
 */
export function isPublicAddress(address: string): boolean {
  if (ipaddr.IPv4.isValidFourPartDecimal(address))
    return ipaddr.IPv4.parse(address).range() === "unicast" && !providerAddresses.has(address);
  // A zone makes sense for link-local addresses only.
  if (address.includes("%") || !ipaddr.IPv6.isValid(address)) return false;
  const parsed = ipaddr.IPv6.parse(address);
  return (
    parsed.range() === "unicast" &&
    parsed.match(globalUnicast) &&
    !furtherRanges.some((range) => parsed.match(range)) &&
    !isIsatap(parsed)
  );
}

/** Whether the interface identifier contains an IPv4 address, to which a router may tunnel (ISATAP, RFC 5214 section 6.1). */
const isIsatap = ({ parts }: ipaddr.IPv6): boolean =>
  parts[5] === 0x5efe && (parts[4] === 0 || parts[4] === 0x200);

/** Returns whether an address is a loopback address: 127.0.0.0/8 or ::1. */
export function isLoopbackAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === "loopback";
}
