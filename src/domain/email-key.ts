import { asciiDomain } from "../protocol/index.ts";
import { foldKey } from "../text/fold-key.ts";

/** Returns the key under which an e-mail address is unique. An international domain has the same key as its Punycode. */
export function emailKey(address: string): string {
  const at = address.lastIndexOf("@");
  const domain = address.slice(at + 1);
  return foldKey(`${address.slice(0, at)}@${asciiDomain(domain) ?? domain}`);
}

/** Returns the domain of an address in ASCII, in lower case. */
export function emailDomain(address: string): string {
  const domain = address.slice(address.lastIndexOf("@") + 1);
  return asciiDomain(domain) ?? domain.toLowerCase();
}
