/**
 * Requests to addresses that users chose: subscriptions, slash commands, link previews, push services. Everything that calls such an address uses `fetchOutbound`.
 *
 *     checkOutboundUrl(config, text)      when a user enters a URL: throws OutboundError with a message for the user
 *     await fetchOutbound(config, { url, method, headers, body, timeoutMs, maxBytes })
 *                                         when it is called: checks the URL again, sends, reads the beginning of the response
 *     retryAfterOf(headers, nowMs)        how long the receiver asks to wait
 *     standardWebhookHeaders(…)           the headers that sign a body (Standard Webhooks); `newWebhookSecret()` makes a secret
 *
 * `config` is `configOf(env)`. It decides by `OUTBOUND_ALLOW_LOOPBACK`, `OUTBOUND_PORTS`, `OUTBOUND_DENIED_HOSTS`, `OUTBOUND_DNS_URL` and
 * `PUBLIC_URL`. docs/event-subscriptions.md, "Addresses", states what is guaranteed, and by what.
 */
import { within } from "../lib/parallel.ts";
import { checkOutboundUrl, type OutboundPolicy } from "./check-url.ts";
import { OutboundError } from "./outbound-error.ts";
import { type BodyStart, readAtMost } from "./read-at-most.ts";
import { requirePublicHost } from "./resolve-host.ts";

export interface OutboundRequest {
  url: string;
  method?: "GET" | "POST";
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
  /** For the whole request, from the resolution of the name to the last byte that is read. Default 10 s. */
  timeoutMs?: number;
  /** How much of the response's body is read; the rest is cancelled. Default 64 KiB. */
  maxBytes?: number;
}

export interface OutboundResponse extends BodyStart {
  /** Any status: a redirection is returned and not followed. */
  status: number;
  headers: Headers;
}

const defaultTimeoutMs = 10_000;
const defaultMaxBytes = 64 * 1024;
const userAgent = "Parley/1";

/**
 * Sends a request to an address that a user chose. It follows no redirection, sends no cookie and keeps nothing in a cache.
 *
 * @throws OutboundError
 */
export async function fetchOutbound(
  policy: OutboundPolicy,
  {
    url: text,
    method = "POST",
    headers = {},
    body,
    timeoutMs = defaultTimeoutMs,
    maxBytes = defaultMaxBytes,
  }: OutboundRequest,
): Promise<OutboundResponse> {
  const url = checkOutboundUrl(policy, text);
  const abort = new AbortController();
  const request = async (): Promise<OutboundResponse> => {
    await requirePublicHost(policy, url);
    const response = await fetch(url, {
      method,
      headers: { "User-Agent": userAgent, ...headers },
      ...(body !== undefined && { body }),
      redirect: "manual",
      signal: abort.signal,
    });
    const { status, headers: received } = response;
    return { status, headers: received, ...(await readAtMost(response, maxBytes)) };
  };
  try {
    // Not only the signal: a receiver that sends one byte now and then must not extend the time.
    return await within(
      timeoutMs,
      request(),
      () => new OutboundError("timeout", `The receiver did not respond within ${timeoutMs} ms`),
    );
  } catch (error) {
    if (error instanceof OutboundError) throw error;
    // Without the original message, which may contain the URL.
    throw new OutboundError("unreachable", "The receiver could not be reached");
  } finally {
    abort.abort();
  }
}
