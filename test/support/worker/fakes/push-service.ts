import { onTestFinished, vi } from "vitest";
import { createPushSubscription, type PushPayload } from "../../../../src/protocol/index.ts";
import { PushBrowser, type ReceivedPush } from "../../push-browser.ts";
import { eventually } from "../assertions/eventually.ts";
import { expectOk } from "../clients/endpoint-client.ts";

export const pushOrigin = "https://push.parley.dev";
/** The push service of Safari, whose browsers may not receive pushes that show nothing. */
export const appleOrigin = "https://web.push.apple.com";

type Answer = (push: ReceivedPush) => number | Response | Error | Promise<number | Response | Error>;

let made = 0;
const receivers = new Map<string, (init: RequestInit) => Promise<Response>>();
let stub: typeof fetch | undefined;

/** Answers requests to push services: a URL without a browser, or whose test has ended, responds with 410. */
export function stubPushServices(): void {
  if (stub && globalThis.fetch === stub) return;
  const original = globalThis.fetch;
  stub = (async (input: RequestInfo | URL, init?: RequestInit) => {
    const url = String(input);
    if (![pushOrigin, appleOrigin].includes(new URL(url).origin)) return original(input as RequestInfo, init);
    return receivers.get(url)?.(init ?? {}) ?? new Response(null, { status: 410 });
  }) as typeof fetch;
  vi.stubGlobal("fetch", stub);
}

/** A browser whose push service is a fake. */
export interface FakeBrowser {
  browser: PushBrowser;
  endpoint: string;
  /** All requests, also those that the push service did not accept. */
  pushes: ReceivedPush[];
  payloads(): PushPayload[];
  /** Waits until `count` requests have arrived. */
  received(count: number): Promise<ReceivedPush[]>;
  /** The body of the request that subscribes it. */
  body(): { endpoint: string; expirationTime: number | null; keys: { p256dh: string; auth: string } };
}

/**
 * Creates a browser with a new endpoint at the fake push service.
 *
 * @param answer decides about each request: a status, a response or an error. Default: 201
 * @param origin of the push service
 */
export function openBrowser(answer: Answer = () => 201, origin: string = pushOrigin): FakeBrowser {
  const browser = new PushBrowser();
  const endpoint = `${origin}/${++made}`;
  const pushes: ReceivedPush[] = [];
  receivers.set(endpoint, async ({ headers, body }) => {
    const push = browser.receive(headers as Record<string, string>, body as Uint8Array);
    pushes.push(push);
    const answered = await answer(push);
    if (answered instanceof Error) throw answered;
    const response = answered instanceof Response ? answered : new Response(null, { status: answered });
    if (response.ok) browser.show(push.payload);
    return response;
  });
  onTestFinished(() => void receivers.delete(endpoint));
  stubPushServices();
  return {
    browser,
    endpoint,
    pushes,
    payloads: () => pushes.map(({ payload }) => payload),
    async received(count) {
      await eventually(() => pushes.length >= count, `push ${count}`);
      return pushes;
    },
    body: () => browser.subscription(endpoint),
  };
}

/** Opens a browser and subscribes it with a session. */
export async function subscribeBrowser(
  as: { token: string },
  answer?: Answer,
  origin?: string,
): Promise<FakeBrowser & { id: string }> {
  const browser = openBrowser(answer, origin);
  const { id } = await expectOk(createPushSubscription, { as, body: browser.body() });
  return { ...browser, id };
}

/** Waits long enough for a push that must not be sent. */
export const waitForNoPush = (): Promise<void> => scheduler.wait(50);
