import { z } from "zod";
import { hostOf, isAddress, type OutboundPolicy } from "./check-url.ts";
import { OutboundError } from "./outbound-error.ts";
import { isPublicAddress } from "./public-address.ts";
import { readAtMost } from "./read-at-most.ts";

const timeoutMs = 3_000;
const maxAnswerBytes = 64 * 1024;

/** The types of records with an address, by their numbers (RFC 1035, RFC 3596). */
const recordTypes = { A: 1, AAAA: 28 } as const;

const Answer = z.object({
  Status: z.int(),
  Answer: z.array(z.object({ type: z.int(), data: z.string() })).optional(),
});

/**
 * Resolves the name of a URL with the resolver of `OUTBOUND_DNS_URL`, if there is one, and checks that all its addresses are public. `fetch`
 * resolves the name again: the platform has no way to connect to a given address under another name, so a name that changes its address
 * within that time passes. docs/event-subscriptions.md, "Addresses", states what prevents a connection then.
 *
 * @throws OutboundError `forbidden_url`, `unknown_host`, `resolver_failed`
 * @see https://developers.cloudflare.com/1.1.1.1/encryption/dns-over-https/make-api-requests/dns-json/
 */
export async function requirePublicHost(policy: OutboundPolicy, url: URL): Promise<void> {
  const host = hostOf(url);
  const { OUTBOUND_DNS_URL: resolver } = policy;
  if (resolver === undefined || isAddress(host) || host === "localhost") return;
  const found = await Promise.all([lookUp(resolver, host, "A"), lookUp(resolver, host, "AAAA")]);
  const addresses = found.flat();
  if (addresses.length === 0) throw new OutboundError("unknown_host", "The host name has no address");
  if (!addresses.every(isPublicAddress))
    throw new OutboundError("forbidden_url", "The host name leads to a private or reserved address");
}

async function lookUp(resolver: string, host: string, type: keyof typeof recordTypes): Promise<string[]> {
  const query = new URL(resolver);
  query.searchParams.set("name", host);
  query.searchParams.set("type", type);
  try {
    const response = await fetch(query, {
      headers: { Accept: "application/dns-json" },
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    const { bytes } = await readAtMost(response, maxAnswerBytes);
    if (!response.ok) throw new Error(`The resolver answered ${response.status}`);
    const answer = Answer.parse(JSON.parse(new TextDecoder().decode(bytes)));
    return (answer.Answer ?? [])
      .filter((record) => record.type === recordTypes[type])
      .map(({ data }) => data);
  } catch {
    throw new OutboundError("resolver_failed", "The host name could not be resolved");
  }
}
