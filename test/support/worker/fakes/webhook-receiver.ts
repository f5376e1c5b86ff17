import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Webhook as Verifier } from "standardwebhooks";
import { onTestFinished, vi } from "vitest";
import { type Config, configOf } from "../../../../src/config.ts";
import {
  createEventSubscription,
  type EventType,
  type EventSubscription,
} from "../../../../src/protocol/index.ts";
import { eventually } from "../assertions/eventually.ts";
import { expectOk } from "../clients/endpoint-client.ts";
import { advanceClock } from "./clock.ts";

const host = "https://hooks.parley.dev";
let made = 0;
const receivers = new Map<string, (event: ReceivedEvent) => Promise<Response>>();
let stub: typeof fetch | undefined;

/** Answers requests of subscriptions, for the rest of the file: a URL without a receiver, or whose test has ended, responds with 410. */
export function stubFetch(): void {
  if (stub && globalThis.fetch === stub) return;
  const original = globalThis.fetch;
  stub = (async (input: RequestInfo | URL, init?: RequestInit) => {
    const url = String(input);
    if (!url.startsWith(host)) return original(input as RequestInfo, init);
    const headers = init?.headers as Record<string, string>;
    const text = String(init?.body);
    const receive = receivers.get(url);
    if (!receive) return new Response(null, { status: 410 });
    return receive({ id: headers["webhook-id"] ?? "", headers, text, body: JSON.parse(text) });
  }) as typeof fetch;
  vi.stubGlobal("fetch", stub);
}

/** A request that a receiver got. */
export interface ReceivedEvent {
  id: string;
  headers: Record<string, string>;
  text: string;
  body: any;
}

/**
 * Receives the requests of subscriptions in the test.
 *
 * @param answer decides about each request: a status, a response or an error. Default: 204
 */
export function openReceiver(
  answer: (event: ReceivedEvent) => number | Response | Error | Promise<number | Response | Error> = () =>
    204,
) {
  const url = `${host}/${++made}`;
  const events: ReceivedEvent[] = [];
  receivers.set(url, async (event) => {
    events.push(event);
    const answered = await answer(event);
    if (answered instanceof Error) throw answered;
    return answered instanceof Response ? answered : new Response(null, { status: answered });
  });
  onTestFinished(() => void receivers.delete(url));
  stubFetch();
  return {
    url,
    events,
    contents: () => events.map(({ body }) => body.data.message?.content as string | undefined),
    /** Waits until `count` requests have arrived. */
    async received(count: number): Promise<ReceivedEvent[]> {
      await eventually(() => events.length >= count, `request ${count} of a subscription`);
      return events;
    },
  };
}

/** Creates a subscription for messages. */
export async function createEventSubscriptionFor(
  as: { token: string },
  url: string,
  {
    events = ["messageCreate"],
    ...rest
  }: { events?: EventType[]; channelIds?: string[]; name?: string } = {},
): Promise<{ subscription: EventSubscription; secret: string; id: string; verifier: Verifier }> {
  const body = { name: "hook", url, events, ...rest };
  const { subscription, secret } = await expectOk(createEventSubscription, { as, body });
  return { subscription, secret, id: subscription.id, verifier: new Verifier(secret) };
}

const senderStub = (subscriptionId: string) => env.WEBHOOKS.getByName(subscriptionId);

/** Queries the SQLite of a subscription's sender. */
export const senderRows = <Row extends Record<string, SqlStorageValue>>(
  subscriptionId: string,
  query: string,
): Promise<Row[]> =>
  runInDurableObject(senderStub(subscriptionId), (_, { storage }) => storage.sql.exec<Row>(query).toArray());

/** Returns whether a subscription's sender is subscribed to a channel. */
export const hasChannel = async (subscriptionId: string, channelId: string): Promise<boolean> =>
  (await senderRows(subscriptionId, `SELECT 1 FROM channels WHERE channel_id = '${channelId}'`)).length === 1;

/** Advances the clock and runs the sender's alarm. */
export async function runSenderAlarmAfter(subscriptionId: string, ms: number): Promise<void> {
  advanceClock(ms);
  await runDurableObjectAlarm(senderStub(subscriptionId));
}

/** Overrides configuration values of a subscription's sender. */
export const setSenderConfig = (subscriptionId: string, vars: Partial<Config>): Promise<void> =>
  runInDurableObject(senderStub(subscriptionId), (sender) => {
    Object.assign(configOf((sender as unknown as { env: Env }).env), vars);
  });

/** Waits until everything that happened in the channels was sent. */
export const waitUntilIdle = (subscriptionId: string): Promise<void> =>
  eventually(
    async () => (await senderRows(subscriptionId, "SELECT 1 FROM channels WHERE is_idle = 0")).length === 0,
    "an idle subscription",
  );
