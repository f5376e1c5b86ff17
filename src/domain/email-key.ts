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

/**
 * Returns whether two addresses certainly name one mailbox: they differ at most in the case of ASCII letters and in the spelling of the domain. Keys are
 * unique in a wider sense, so that no two accounts have addresses that look alike; a provider may give such addresses to different people.
 */
export const isSameMailbox = (one: string, other: string): boolean => mailboxOf(one) === mailboxOf(other);

function mailboxOf(address: string): string {
  const local = address.slice(0, address.lastIndexOf("@"));
  return `${local.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())}@${emailDomain(address)}`;
}

/**
 * Returns the key by which mails to an address are counted: that of its mailbox without a tag (`ann+tag@example.org`), which most mail
 * servers deliver to the same mailbox.
 */
export function recipientKey(address: string): string {
  const key = emailKey(address);
  const at = key.lastIndexOf("@");
  const tag = key.indexOf("+");
  return tag > 0 && tag < at ? `${key.slice(0, tag)}${key.slice(at)}` : key;
}
