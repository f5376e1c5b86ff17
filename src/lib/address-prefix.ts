import ipaddr from "ipaddr.js";

/** The longest text of an address: an IPv6 address whose last 32 bits are written as IPv4 (`INET6_ADDRSTRLEN` less its NUL). */
const maxAddressLength = 45;

/** How many leading bits of an address form its network prefix. */
export interface PrefixBits {
  /** A multiple of 8. With 32 the address is returned as it is, without `/32`. */
  ipv4: number;
  /** A multiple of 16. */
  ipv6: number;
}

/**
 * Returns the network prefix of an IP address, such as `192.0.2.0/24` or `2001:db8:0::/48`. One subscriber usually has a whole IPv6 /64
 * (RFC 6177 recommends a /48 to a /64 a site), so a count by single IPv6 addresses limits nothing.
 * An IPv4-mapped IPv6 address (`::ffff:192.0.2.1`, RFC 4291 section 2.5.5.2) counts as its IPv4 address.
 *
 * @param address the text of one address; surrounding white space and case do not matter
 * @returns the prefix in CIDR notation, with every group of an IPv6 prefix written out in lower case and without leading zeros;
 *   undefined for a text that is no IP address
 */
export function addressPrefix(address: string, { ipv4, ipv6 }: PrefixBits): string | undefined {
  const text = address.trim();
  if (text.length > maxAddressLength) return undefined;
  // `IPv4.parse` alone also reads hexadecimal, octal and shortened forms, such as `0x7f.1`.
  const isIpv4 = ipaddr.IPv4.isValidFourPartDecimal(text);
  if (!isIpv4 && !ipaddr.IPv6.isValid(text)) return undefined;
  const parsed = ipaddr.process(text);
  if (parsed.kind() === "ipv6") {
    const groups = (parsed as ipaddr.IPv6).parts.slice(0, ipv6 / 16);
    return `${groups.map((group) => group.toString(16)).join(":")}::/${ipv6}`;
  }
  if (ipv4 === 32) return parsed.toString();
  const octets = (parsed as ipaddr.IPv4).octets.map((octet, index) => (index < ipv4 / 8 ? octet : 0));
  return `${octets.join(".")}/${ipv4}`;
}
