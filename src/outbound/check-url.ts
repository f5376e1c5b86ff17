import ipaddr from "ipaddr.js";
import type { Config } from "../config.ts";
import { OutboundError } from "./outbound-error.ts";
import { isLoopbackAddress, isPublicAddress } from "./public-address.ts";

/** The variables that decide which addresses are permitted. */
export type OutboundPolicy = Pick<
  Config,
  | "ENVIRONMENT"
  | "PUBLIC_URL"
  | "OUTBOUND_ALLOW_LOOPBACK"
  | "OUTBOUND_PORTS"
  | "OUTBOUND_DENIED_HOSTS"
  | "OUTBOUND_DNS_URL"
>;

/** The longest URL, in UTF-16 code units. */
const maxUrlLength = 2_048;

/** Top-level domains that are no part of the public DNS (RFC 6761, RFC 6762, RFC 7686, RFC 8375, ICANN's `internal`). */
const specialDomains = new Set([
  "localhost",
  "localdomain",
  "local",
  "internal",
  "intranet",
  "private",
  "corp",
  "home",
  "lan",
  "onion",
  "test",
  "invalid",
  "example",
  "alt",
  "svc",
  "arpa",
]);

/**
 * Parses a URL that a user chose and checks everything about it that needs no network. In production only https to a public address or a public
 * name, on a permitted port, is accepted.
 *
 * The URL is judged after parsing by the WHATWG algorithm, which is the one that `fetch` applies: it has decoded percent-encoding, mapped full-width
 * and circled digits, and converted decimal, octal, hexadecimal and shortened IPv4 addresses.
 *
 * @throws OutboundError `invalid_url`, `forbidden_url`
 */
export function checkOutboundUrl(policy: OutboundPolicy, text: string): URL {
  if (text.length > maxUrlLength)
    throw new OutboundError("invalid_url", `Must have at most ${maxUrlLength} characters`);
  if (!URL.canParse(text)) throw new OutboundError("invalid_url", "Must be an absolute URL");
  const url = new URL(text);
  if (url.username !== "" || url.password !== "")
    throw forbidden("Must not contain a user name or a password");
  const host = hostOf(url);
  if (permitsLoopback(policy) && isLoopbackHost(host) && isHttp(url)) return url;
  if (url.protocol !== "https:") throw forbidden("Must begin with https://");
  if (!policy.OUTBOUND_PORTS.includes(Number(url.port || 443)))
    throw forbidden(`Must use one of the ports ${policy.OUTBOUND_PORTS.join(", ")}`);
  if (isAddress(host)) {
    if (!isPublicAddress(host)) throw forbidden("Must not lead to a private or reserved address");
  } else requirePublicName(host);
  if (deniedHosts(policy).some((denied) => host === denied || host.endsWith(`.${denied}`)))
    throw forbidden("Must not lead to this server");
  return url;
}

const forbidden = (message: string): OutboundError => new OutboundError("forbidden_url", message);

const isHttp = ({ protocol }: URL): boolean => protocol === "http:" || protocol === "https:";

/** The host without the brackets of an IPv6 address and without trailing dots. */
export const hostOf = ({ hostname }: Pick<URL, "hostname">): string =>
  hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.{1,8}$/, "");

/** Whether a host is an IP address; the URL parser leaves no other notation of one than these. */
export const isAddress = (host: string): boolean =>
  host.includes(":") || ipaddr.IPv4.isValidFourPartDecimal(host);

/** Whether http and loopback addresses are permitted: on a local server whose operator has set the variable. */
const permitsLoopback = ({ ENVIRONMENT, OUTBOUND_ALLOW_LOOPBACK }: OutboundPolicy): boolean =>
  ENVIRONMENT === "local" && OUTBOUND_ALLOW_LOOPBACK === "on";

const isLoopbackHost = (host: string): boolean => host === "localhost" || isLoopbackAddress(host);

/** @throws OutboundError for a name that is not resolved by the public DNS */
function requirePublicName(host: string): void {
  const labels = host.split(".");
  if (labels.length < 2) throw forbidden("Must have a host name with a dot");
  const last = labels.at(-1) ?? "";
  // No top-level domain has a digit, except in Punycode (RFC 3696 section 2).
  if (!/^(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$/.test(last) || specialDomains.has(last))
    throw forbidden("Must have a public host name");
  if (labels.some((label) => !/^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label)))
    throw forbidden("Must have a valid host name");
}

/** The hosts of this deployment: that of `PUBLIC_URL`, and those that the operator lists. */
function deniedHosts({ PUBLIC_URL, OUTBOUND_DENIED_HOSTS }: OutboundPolicy): string[] {
  return PUBLIC_URL ? [hostOf(new URL(PUBLIC_URL)), ...OUTBOUND_DENIED_HOSTS] : OUTBOUND_DENIED_HOSTS;
}
