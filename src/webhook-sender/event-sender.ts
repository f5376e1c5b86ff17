import type { Config } from "../config.ts";
import type { SubscriptionEvent } from "../domain/event-subscriptions.ts";
import { derivedId } from "../lib/derived-id.ts";
import { logLine } from "../lib/log-line.ts";
import { fetchOutbound, OutboundError, type OutboundResponse, retryAfterOf } from "../outbound/index.ts";
import type { AttemptResult, DeliveryLog } from "./delivery-log.ts";
import type { FormattedRequest } from "./formats/format.ts";
import { formatOf } from "./formats/index.ts";
import type { SubscriptionStore } from "./subscription-store.ts";

/** An attempt to send an event. It has failed if `error` is not null. */
export interface Attempt extends AttemptResult {
  event: SubscriptionEvent;
  epoch: string;
  deliveryId: string;
  /** Of a failed one, if the response has `Retry-After`. */
  retryAfterMs: number | undefined;
}

/** Sends one event to the receiver and stores how it went. */
export class EventSender {
  readonly #env: Env;
  readonly #config: Config;
  readonly #store: SubscriptionStore;
  readonly #log: DeliveryLog;

  constructor(env: Env, config: Config, store: SubscriptionStore, log: DeliveryLog) {
    this.#env = env;
    this.#config = config;
    this.#store = store;
    this.#log = log;
  }

  /**
   * @param attempts how many attempts failed before
   * @param isLast a failure is not repeated
   */
  async send(
    event: SubscriptionEvent,
    { epoch, attempts, isLast = false }: { epoch: string; attempts: number; isLast?: boolean },
  ): Promise<Attempt> {
    const subscription = this.#store.current;
    const format = formatOf(subscription);
    const atMs = Date.now();
    const deliveryId = derivedId(
      "dlv",
      event.at,
      `${subscription.id}|${event.channelId}|${epoch}|${event.seq}`,
    );
    const about = { event, epoch, deliveryId, atMs };
    const requests = await format.requests({
      env: this.#env,
      config: this.#config,
      subscription,
      event,
      deliveryId,
      secrets: this.#store.secrets(atMs),
      attempt: attempts,
      nowMs: atMs,
    });
    const response = await this.#postAll(subscription.url, requests, format.timeoutMs);
    if (!response) return { ...about, ...success, latencyMs: 0 };
    const latencyMs = Date.now() - atMs;
    const attempt: Attempt = { ...about, ...resultOf(response), latencyMs };
    if (isLast && attempt.error !== null) attempt.state = "failed";
    this.#log.record(deliveryId, event, attempt);
    logLine({
      level: "info",
      message: "event_subscription.sent",
      subscriptionId: subscription.id,
      deliveryId,
      attempt: attempts + 1,
      status: attempt.status,
      latencyMs,
      ...(attempt.error !== null && { error: attempt.error }),
    });
    return attempt;
  }

  /** Stores that a failed delivery will not be repeated. */
  giveUp({ deliveryId }: Attempt): void {
    this.#log.setFailed(deliveryId);
  }

  /** Sends requests one after the other, up to the first that fails. Returns the last response; undefined without requests. */
  async #postAll(
    url: string,
    requests: readonly FormattedRequest[],
    timeoutMs: number,
  ): Promise<OutboundResponse | OutboundError | undefined> {
    let response: OutboundResponse | OutboundError | undefined;
    for (const request of requests) {
      response = await this.#post(url, request, timeoutMs);
      if (resultOf(response).error !== null) break;
    }
    return response;
  }

  async #post(
    url: string,
    { headers, body }: FormattedRequest,
    timeoutMs: number,
  ): Promise<OutboundResponse | OutboundError> {
    try {
      return await fetchOutbound(this.#config, { url, headers, body, timeoutMs });
    } catch (error) {
      if (error instanceof OutboundError) return error;
      throw error;
    }
  }
}

const success = { state: "delivered", status: null, error: null, retryAfterMs: undefined } as const;

type Result = Pick<Attempt, "state" | "status" | "error" | "retryAfterMs">;

function resultOf(response: OutboundResponse | OutboundError): Result {
  if (response instanceof OutboundError) return { ...success, state: "retrying", error: response.code };
  const { status, headers } = response;
  if (status >= 200 && status < 300) return { ...success, status };
  return { state: "retrying", status, error: "status", retryAfterMs: retryAfterOf(headers, Date.now()) };
}
